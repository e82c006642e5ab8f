"""How a run is computed within the memory there is: tokens at once, and for each layer whether what it needs for the
backward pass is kept, goes to the host's memory (offload), or is made again (recompute).

None of it changes what is learnt: the loss is a mean over the step's rows however they are packed. The choice is kept
in the checkpoint, because the order of sums decides the last bits.

Forward a layer does 2 operations a weight and token, and its results for one token are a number of bytes. Where the
device does no more operations while its link takes a byte, all layers' results go over in the time of the forward pass
and cost none of it; else that share of the layers, and for any further one it is cheaper to run twice.
"""

import math
from dataclasses import dataclass, field

import torch

from . import device as devices
from .engine import offload as host_copies
from .engine.families import Shape
from .engine.head import WORKSPACE
from .recipe import Recipe

BUDGET = {"cpu": 1024}  # tokens at once where the recipe leaves it open; more make a processor no faster
BUDGET_ELSEWHERE = 4096
SHARE_OF_FREE = 0.9
LIBRARIES = {"cpu": 60_000_000}  # what the first step loads, of it the library of matrix products
SHARE_OF_HOST = 0.4  # of the host's free memory; torch rounds pinned blocks up to powers of two
ON_DEVICE = 2  # layers of those that go to the host: one is used while the other is on its way


@dataclass(frozen=True)
class Host:
    """Memory beside a device's own. balance: operations the device does in matrix products while its link takes one
    byte. room: bytes; 0 = nothing goes there."""

    balance: float = math.inf
    room: int = 0


NOWHERE = Host()


@dataclass
class Plan:
    """token_budget: tokens computed at once. recompute: how many layers run twice. offload: how many have what they
    keep in the host's memory; engine/offload.py says which. parts: bytes by use, their sum is the peak that is expected
    of the device. Without parts nothing is known of the architecture's needs."""

    token_budget: int
    recompute: int = 0
    offload: int = 0
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        return sum(self.parts.values())


def host(device: torch.device, dtype: torch.dtype) -> Host:
    """What there is beside a device; nothing where that is not CUDA's or ROCm's, both "cuda" to torch."""
    if device.type != "cuda":
        return NOWHERE
    _, free = devices.memory(torch.device("cpu"))
    return Host(host_copies.balance(device, dtype), int(free * SHARE_OF_HOST))


def kept_bytes(shape: Shape, recipe: Recipe, width: int) -> int:
    """What a layer keeps of a token for the backward pass: both residuals, turned query/key/value, the attention's
    output, gate and up, the rank-r products, the logarithms of the attention's sums, the masks of dropout."""
    s = shape
    h, q, kv, m = s.hidden, s.q_width, s.kv_width, s.mlp
    low = recipe.rank * (4 if s.fused else 7)
    kept = width * (2 * h + (q + 2 * kv) + q + 2 * m + low) + 4 * s.heads
    if s.qk_norm:
        kept += width * (q + kv)  # query and key before their norms
    if s.post_norms:
        kept += width * 2 * h  # what the norms behind attention and MLP read
    if recipe.dropout:
        kept += h + q + h + m
    return kept


def _places(layers: int, recompute: int, offload: int) -> tuple[int, int, int]:
    """How many layers keep on the device, go to the host, and do so with their input alone."""
    both = max(0, recompute + offload - layers)
    return layers - recompute - offload + both, offload - both, both


def parts(
    shape: Shape, recipe: Recipe, device: str, width: int, tokens: int, recompute: int, offload: int, now: int
) -> dict[str, int]:
    """Bytes by use. device: its type; width: of a number of the base; tokens: computed at once; now: in use before
    weights are loaded. The studio's own formula (training/estimate.go) says the same."""
    s, r = shape, recipe.rank
    h, q, kv, m = s.hidden, s.q_width, s.kv_width, s.mlp
    groups = 2 if s.fused else 5  # adapters on q, k, v and on gate, up; of the other two one each
    qkv_tail, gate_tail = (r, r) if s.fused else (3 * r, 2 * r)
    tails = (q + 2 * kv) * qkv_tail + h * r + 2 * m * gate_tail + h * r
    inputs = h * groups + q + m
    outputs = (q + 2 * kv) + h + 2 * m + h
    adapter = s.layers * r * (inputs + outputs)
    around = s.layers * tails + s.vocab * h * (1 if s.tied else 2) + s.layers * 2 * h + h
    body, unpacked = s.body_weights * width, 0
    if recipe.method == "qlora":  # four bits a number and 32 for each 64 of them; the largest matrix at a time in full
        body, unpacked = s.body_weights * 9 // 16, max(q + 2 * kv, 2 * m) * h * width
    kept = kept_bytes(shape, recipe, width)
    # One layer's intermediate results at the worst moment, in the backward pass of the MLP.
    scratch = width * (3 * m + (m + r) + 2 * m + 2 * h)
    here, gone, both = _places(s.layers, recompute, offload)
    here += min(gone, ON_DEVICE)
    inputs_here = recompute - both + min(both, ON_DEVICE if gone == 0 else 0)
    every = tokens * (here * kept + inputs_here * h * width)
    twice = tokens * (scratch + kept) if recompute else 0  # a layer that runs twice
    logits = tokens * s.vocab * 4
    head = min(WORKSPACE, logits) * (1 if width == 4 else 2)
    # The C library keeps what is freed, and holes between blocks. After layers that run twice none of them is long
    # enough for the head's logits.
    holes = 2 * twice + (head if recompute else 0)
    return {
        "process": now + LIBRARIES.get(device, 0),
        "weights": body + around * width + unpacked,
        "adapter": adapter * 4 * 5,  # numbers, gradient, two moments, scratch of the optimiser
        "kept": every,
        "heap": every // 8 + holes if device == "cpu" else 0,
        "scratch": twice or tokens * scratch,
        "head": head + 3 * tokens * h * width,
    }


def again(
    shape: Shape | None,
    recipe: Recipe,
    device: torch.device,
    dtype: torch.dtype,
    tokens: int,
    recompute: int,
    offload: int,
    now: int,
    step: float = math.inf,
) -> Plan:
    """The plan of a choice that was made before; what it needs is told anew. now: bytes in use. step: about how
    many tokens the largest optimiser step has."""
    if shape is None:
        return Plan(tokens, recompute)
    offload = offload if device.type == "cuda" else 0
    told = parts(shape, recipe, device.type, dtype.itemsize, int(min(tokens, step)), recompute, offload, now)
    return Plan(tokens, recompute, offload, told)


def plan(
    shape: Shape | None,
    recipe: Recipe,
    device: torch.device,
    dtype: torch.dtype,
    longest: int,
    free: int,
    now: int,
    host: Host = NOWHERE,
    step: float = math.inf,
) -> Plan:
    """Choose. longest: tokens of the longest unit that cannot be taken apart; free and now: bytes free (0 = not known)
    and in use. step: about how many tokens the largest optimiser step has; no more are computed at once.

    Until it fits: results of as many layers to the host as cost no time; fewer tokens at once; the other layers twice,
    first to last; inputs of these, and results at the cost of time, to the host; all layers twice. When nothing fits
    the smallest plan is returned: a real shortage is met when it comes.
    """
    wanted = recipe.token_budget or BUDGET.get(device.type, BUDGET_ELSEWHERE)
    budget = max(wanted, longest)
    if shape is None:
        return Plan(budget)
    layers, keeps = shape.layers, kept_bytes(shape, recipe, dtype.itemsize)
    limit = int(recipe.memory_gb * 1e9) or (int(free * SHARE_OF_FREE) + now if free else math.inf)
    start = layers if recipe.recompute == "on" else 0
    most = start if recipe.recompute == "off" else layers
    free_of_cost = int(layers * min(1.0, 2 * shape.body_weights / layers / keeps / host.balance))

    def made(tokens: int, recompute: int, offload: int) -> Plan:
        return again(shape, recipe, device, dtype, tokens, recompute, offload, now, step)

    def room_for_one_more(p: Plan) -> bool:
        _, gone, both = _places(layers, p.recompute, p.offload + 1)
        return p.token_budget * (gone * keeps + both * shape.hidden * dtype.itemsize) <= host.room

    def with_offload(p: Plan, most: int) -> Plan:
        best = p
        while best.expected > limit and best.offload < most and room_for_one_more(best):
            best = made(p.token_budget, p.recompute, best.offload + 1)
        return best if best.expected < p.expected else p  # one or two are on the device all the same

    def at(tokens: int) -> Plan:
        return with_offload(made(tokens, start, 0), free_of_cost)

    best = at(budget)
    while best.expected > limit and best.token_budget // 2 >= max(longest, 256):
        best = at(best.token_budget // 2)
    if best.expected > limit and best.token_budget > longest and best.token_budget > 256:
        best = at(max(longest, 256))
    while best.expected > limit and best.recompute < min(most, layers - best.offload):
        best = made(best.token_budget, best.recompute + 1, best.offload)
    best = with_offload(best, layers)
    least = made(best.token_budget, most, best.offload)  # of those that go, none is on the device but its input
    return least if limit < best.expected > least.expected else best
