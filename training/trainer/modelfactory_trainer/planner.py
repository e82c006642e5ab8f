"""How a run is computed within the memory there is: tokens at once, and which layers run twice instead of being kept.

None of it changes what is learnt: the loss is a mean over the step's rows however they are packed. The choice is kept
in the checkpoint, because the order of sums decides the last bits.
"""

from dataclasses import dataclass, field

import torch

from .engine.families import Shape
from .engine.head import WORKSPACE
from .recipe import Recipe

BUDGET = {"cpu": 1024}  # tokens at once where the recipe leaves it open; more make a processor no faster
BUDGET_ELSEWHERE = 4096
SHARE_OF_FREE = 0.9
LIBRARIES = {"cpu": 60_000_000}  # what the first step loads, of it the library of matrix products


@dataclass
class Plan:
    """token_budget: tokens computed at once. recompute: how many of the first layers run twice. parts: bytes by use,
    their sum is the peak that is expected. Without parts nothing is known of the architecture's needs."""

    token_budget: int
    recompute: int = 0
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        return sum(self.parts.values())


def parts(
    shape: Shape, recipe: Recipe, device: str, width: int, tokens: int, recompute: int, now: int
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
    # What a layer keeps for the backward pass: both residuals, turned query/key/value, the attention's output, gate and
    # up, the rank-r products, the logarithms of the attention's sums, the masks of dropout.
    low = qkv_tail + r + gate_tail + r
    kept = width * (2 * h + (q + 2 * kv) + q + 2 * m + low) + 4 * s.heads
    if s.qk_norm:
        kept += width * (q + kv)  # query and key before their norms
    if s.post_norms:
        kept += width * 2 * h  # what the norms behind attention and MLP read
    if recipe.dropout:
        kept += h + q + h + m
    # One layer's intermediate results at the worst moment, in the backward pass of the MLP.
    scratch = width * (3 * m + (m + r) + 2 * m + 2 * h)
    every = tokens * ((s.layers - recompute) * kept + recompute * h * width)
    twice = tokens * (scratch + kept) if recompute else 0  # a layer that runs twice
    logits = tokens * s.vocab * 4
    head = min(WORKSPACE, logits) * (1 if width == 4 else 2)
    return {
        "process": now + LIBRARIES.get(device, 0),
        "weights": body + around * width + unpacked,
        "adapter": adapter * 4 * 5,  # numbers, gradient, two moments, scratch of the optimiser
        "kept": every,
        "heap": every // 8 + 2 * twice if device == "cpu" else 0,  # holes that the C library keeps between blocks
        "scratch": twice or tokens * scratch,
        "head": head + 3 * tokens * h * width,
    }


def again(
    shape: Shape | None, recipe: Recipe, device: torch.device, dtype: torch.dtype, tokens: int, recompute: int, now: int
) -> Plan:
    """The plan of a choice that was made before; what it needs is told anew. now: bytes in use."""
    if shape is None:
        return Plan(tokens, recompute)
    return Plan(tokens, recompute, parts(shape, recipe, device.type, dtype.itemsize, tokens, recompute, now))


def plan(
    shape: Shape | None, recipe: Recipe, device: torch.device, dtype: torch.dtype, longest: int, free: int, now: int
) -> Plan:
    """Choose. longest: tokens of the longest unit that cannot be taken apart; free and now: bytes free and in use.

    First fewer tokens at once, then layers that run twice, first to last, until it fits. When nothing fits the smallest
    plan is returned: a real shortage is met when it comes.
    """
    wanted = recipe.token_budget or BUDGET.get(device.type, BUDGET_ELSEWHERE)
    budget = max(wanted, longest)
    if shape is None:
        return Plan(budget)
    limit = int(recipe.memory_gb * 1e9) or int(free * SHARE_OF_FREE) + now
    start = shape.layers if recipe.recompute == "on" else 0
    most = start if recipe.recompute == "off" else shape.layers

    def made(tokens: int, recompute: int) -> Plan:
        return again(shape, recipe, device, dtype, tokens, recompute, now)

    best = made(budget, start)
    while best.expected > limit and best.token_budget // 2 >= max(longest, 256):
        best = made(best.token_budget // 2, start)
    if best.expected > limit and best.token_budget > longest and best.token_budget > 256:
        best = made(max(longest, 256), start)
    while best.expected > limit and best.recompute < most:
        best = made(best.token_budget, best.recompute + 1)
    return best
