"""One decoder for the dense families, with its adapter inside its matrix products.

A packed batch goes through it as (time, width): rows stand behind one another and attend to themselves alone. For the
backward pass a layer keeps its two residuals, query/key/value, the attention's output and gate/up; norms and
activations are made again.
"""

import math
from contextlib import contextmanager, nullcontext
from itertools import accumulate
from pathlib import Path

import torch
from torch import Tensor

from .. import rng
from ..batch import Batch
from ..flat import Flat
from . import attention, families, nf4, offload, varlen
from .head import token_losses
from .lora import Packed, Projection, Split
from .prologue import Gated, Norm, Plain, normed
from .weights import Weights

PREFIX = "base_model.model."  # of the names in a PEFT file


class Layer:
    """Frozen weights of one layer; its matrices are in four bits where a scratch is given to unpack them into."""

    def __init__(
        self,
        shape: families.Shape,
        weights: Weights,
        number: int,
        dtype: torch.dtype,
        device: torch.device,
        scratch: nf4.Scratch | None,
    ):
        self.window, self.rope = shape.window_of[number], shape.rope_of[number]
        self._at = f"model.layers.{number}."
        self._weights, self._dtype, self._device, self._shape, self._scratch = weights, dtype, device, shape, scratch
        s = shape
        if s.fused:
            self.qkv = self._projection([("self_attn.qkv_proj", s.q_width + 2 * s.kv_width)], s.hidden, s.qkv_bias)
            self.gate_up = self._projection([("mlp.gate_up_proj", 2 * s.mlp)], s.hidden, s.mlp_bias)
        else:
            parts = [
                ("self_attn.q_proj", s.q_width),
                ("self_attn.k_proj", s.kv_width),
                ("self_attn.v_proj", s.kv_width),
            ]
            self.qkv = self._projection(parts, s.hidden, s.qkv_bias)
            self.gate_up = self._projection([("mlp.gate_proj", s.mlp), ("mlp.up_proj", s.mlp)], s.hidden, s.mlp_bias)
        self.o = self._projection([("self_attn.o_proj", s.hidden)], s.q_width, s.out_bias)
        self.down = self._projection([("mlp.down_proj", s.hidden)], s.mlp, s.mlp_bias)
        self.norm_in = self._norm("input_layernorm")
        if s.post_norms:
            self.norm_attention = self._norm("post_attention_layernorm")
            self.norm_mlp = self._norm("pre_feedforward_layernorm")
            self.norm_out = self._norm("post_feedforward_layernorm")
        else:
            self.norm_mlp = self._norm("post_attention_layernorm")
        if s.qk_norm:
            self.norm_q, self.norm_k = self._norm("self_attn.q_norm"), self._norm("self_attn.k_norm")
        del self._weights  # the files need not stay mapped

    @property
    def projections(self) -> tuple[Projection, ...]:
        return self.qkv, self.o, self.gate_up, self.down

    def _norm(self, name: str) -> Norm:
        weight = self._weights.get(f"{self._at}{name}.weight").to(self._device, self._dtype)
        return Norm(weight, self._shape.eps, self._shape.norm_plus_one)

    def _projection(self, parts: list[tuple[str, int]], width: int, biased: bool) -> Projection:
        out = sum(rows for _, rows in parts)
        packed = self._scratch is not None
        if packed:
            stacked = nf4.Matrix(out, width, self._scratch)
        else:
            stacked = torch.empty(out, width, dtype=self._dtype, device=self._device)
        bias = torch.empty(out, dtype=self._dtype, device=self._device) if biased else None
        row = 0
        for name, rows in parts:
            weight = self._weights.get(f"{self._at}{name}.weight")
            if packed:
                stacked.fill(row, weight)
            else:
                stacked[row : row + rows].copy_(weight)
            if bias is not None:
                bias[row : row + rows].copy_(self._weights.get(f"{self._at}{name}.bias"))
            row += rows
        named = [(self._at + name, rows) for name, rows in parts]
        return (Packed if packed else Projection)(named, stacked, bias, width)


class _Twice(torch.autograd.Function):
    """A layer that keeps its input alone and runs again in the backward pass, with the same draws for dropout
    (Chen et al. 2016). Gradients of the adapter's leaves are added by that second run's own backward pass.

    torch.utils.checkpoint does the same and imports 150 MB of compiler for it.
    """

    @staticmethod
    def forward(ctx, run, _leaf: Tensor, x: Tensor):
        ctx.run, ctx.rng = run, rng.state()
        ctx.save_for_backward(x)
        return run(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        x = x.detach().requires_grad_(ctx.needs_input_grad[2])
        after = rng.state()
        rng.set_state(ctx.rng)
        with torch.enable_grad():
            y = ctx.run(x)
        rng.set_state(after)
        torch.autograd.backward(y, grad)
        return None, None, x.grad


class Decoder:
    """A base in memory with at most one adapter. With four_bits the matrices of its layers are held as NF4, packed one
    after another as they are read, and unpacked for each product.

    flat: the adapter's numbers, None without one. recompute: how many layers keep only their input and run twice.
    offload: how many have what they keep in the host's memory.
    """

    def __init__(
        self,
        folder: Path,
        shape: families.Shape,
        device: torch.device,
        dtype: torch.dtype,
        four_bits: bool = False,
    ):
        weights = Weights(folder)
        scratch = nf4.Scratch(dtype, device) if four_bits else None
        self.shape, self.device, self.dtype = shape, device, dtype
        self.embedding = weights.get("model.embed_tokens.weight").to(device, dtype)
        tied = shape.tied or "lm_head.weight" not in weights
        self.head = self.embedding if tied else weights.get("lm_head.weight").to(device, dtype)
        # Opened anew for each: what was read of a mapped file counts as memory until it is closed.
        self.layers = [Layer(shape, Weights(folder), i, dtype, device, scratch) for i in range(shape.layers)]
        self.norm = Norm(weights.get("model.norm.weight").to(device, dtype), shape.eps, shape.norm_plus_one)
        self.gated = Gated(shape.activation)
        self.embed_scale = torch.tensor(shape.embed_scale).to(dtype).item()
        self.flat: Flat | None = None
        self.recompute = self.offload = 0
        self._adapter, self._train = False, False

    # -- forward --------------------------------------------------------------------------------------------------

    def token_losses(self, batch: Batch) -> Tensor:
        """-log p of each trained token in nats, (n,), in the order of batch.where."""
        hidden = self.hidden(batch)
        return token_losses(normed(self.norm, hidden), self.head, batch.targets, self.shape.final_softcap)

    def logits(self, batch: Batch) -> Tensor:
        """Logits (n, vocabulary) at batch.where, float32 or wider."""
        out = normed(self.norm, self.hidden(batch)) @ self.head.t()
        return self._cap(out.to(torch.promote_types(out.dtype, torch.float32)))

    def _cap(self, logits: Tensor) -> Tensor:
        cap = self.shape.final_softcap
        return cap * torch.tanh(logits / cap) if cap else logits

    def hidden(self, batch: Batch) -> Tensor:
        """The last layer's output at batch.where, (n, hidden), before the last norm."""
        positions = batch.positions
        rotations = [attention.Rotation(rope, positions) for rope in self.shape.ropes]
        lengths = varlen.lengths(batch.spans, self.shape, self.device, self.dtype, attention.causal)
        x = self._embed(batch.ids)
        last = len(self.layers) - 1
        away = offload.Offload(self.device, self.flat.vector) if self.offload and torch.is_grad_enabled() else None
        how = offload.placed(len(self.layers), self.recompute, self.offload)
        for i, (layer, (twice, goes)) in enumerate(zip(self.layers, how, strict=True)):
            args = (layer, rotations[layer.rope], batch.spans, lengths, batch.where if i == last else None)
            with away.layer() if away and goes else nullcontext():
                if twice and torch.is_grad_enabled():
                    # The adapter's matrix is named because the first layer's input asks for no gradient.
                    x = _Twice.apply(lambda x, args=args: self._layer(x, *args), layer.qkv.a, x)
                else:
                    x = self._layer(x, *args)
        return x

    def _embed(self, ids: Tensor) -> Tensor:
        x = self.embedding[ids]
        return x * self.embed_scale if self.shape.embed_scale != 1 else x

    def _layer(self, x: Tensor, layer: Layer, rotation, spans, lengths, where: Tensor | None) -> Tensor:
        q, k, v = self._qkv(x, layer, rotation)
        s = self.shape
        mixed = attention.causal(q, k, v, spans, s.scale, layer.window, s.attn_softcap, lengths)
        if where is not None:  # behind the last attention only the positions that are asked for matter
            mixed, x = mixed[where], x[where]
        return self._behind_attention(x, mixed, layer)

    def _qkv(self, x: Tensor, layer: Layer, rotation) -> tuple[Tensor, Tensor, Tensor]:
        """Query (time, heads, head_dim), key and value (time, kv heads, head_dim), turned by position."""
        s = self.shape
        qkv = layer.qkv(layer.norm_in, None, x, **self._how)
        if s.qk_norm:
            q, k, v = qkv.split([s.q_width, s.kv_width, s.kv_width], 1)
            q = normed(layer.norm_q, q.reshape(len(x), s.heads, s.head_dim)).flatten(1)
            k = normed(layer.norm_k, k.reshape(len(x), s.kv_heads, s.head_dim)).flatten(1)
            qkv = torch.cat([q, k, v], 1)
        qkv = attention.Rotate.apply(qkv, rotation, s.heads + s.kv_heads, s.head_dim)
        heads = qkv.view(len(x), s.heads + 2 * s.kv_heads, s.head_dim)
        return heads.split([s.heads, s.kv_heads, s.kv_heads], 1)

    def _behind_attention(self, x: Tensor, mixed: Tensor, layer: Layer) -> Tensor:
        if not self.shape.post_norms:
            x = layer.o(Plain, x, mixed, **self._how)
            return layer.down(self.gated, x, layer.gate_up(layer.norm_mlp, None, x, **self._how), **self._how)
        x = x + normed(layer.norm_attention, layer.o(Plain, None, mixed, **self._how))
        gate_up = layer.gate_up(layer.norm_mlp, None, x, **self._how)
        return x + normed(layer.norm_out, layer.down(self.gated, None, gate_up, **self._how))

    @property
    def _how(self) -> dict:
        return {"adapter": self._adapter, "train": self._train}

    # -- generation -------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def next_logits(self, rows: list[list[int]], caches: list[list | None]) -> tuple[Tensor, list[list]]:
        """Logits (n, vocabulary) behind each of n rows, float32, and their caches to go on with: keys and values of
        every layer. A row's ids are the tokens since its cache was made; cache None starts it anew.
        """
        s, device = self.shape, self.device
        ends = list(accumulate(len(ids) for ids in rows))
        spans = list(zip([0, *ends], ends, strict=False))
        past = [len(cache[0][0]) if cache else 0 for cache in caches]
        positions = torch.cat([torch.arange(p, p + len(i), device=device) for p, i in zip(past, rows, strict=True)])
        rotations = [attention.Rotation(rope, positions) for rope in s.ropes]
        x = self._embed(torch.tensor([token for ids in rows for token in ids], device=device))
        new: list[list] = [[] for _ in rows]
        for number, layer in enumerate(self.layers):
            at_last = number == len(self.layers) - 1  # from there on only a row's last position matters
            q, k, v = self._qkv(x, layer, rotations[layer.rope])
            mixed = []
            for (a, b), cache, kept in zip(spans, caches, new, strict=True):
                keys, values = k[a:b], v[a:b]
                if cache:
                    keys, values = torch.cat([cache[number][0], keys]), torch.cat([cache[number][1], values])
                kept.append((keys, values))
                asked = q[b - 1 if at_last else a : b]
                mixed.append(attention.cached(asked, keys, values, s.scale, layer.window, s.attn_softcap))
            if at_last:
                x = x[[b - 1 for _, b in spans]]
            x = self._behind_attention(x, torch.cat(mixed), layer)
        return self._cap((normed(self.norm, x) @ self.head.t()).float()), new

    # -- adapter ----------------------------------------------------------------------------------------------------

    def targets(self) -> list[str]:
        """Names of the linear layers an adapter goes on: all but the head."""
        return targets(self.shape)

    def attach_config(self, config: dict) -> None:
        """Put a fresh adapter on the base as an adapter_config.json describes it.

        A is drawn from torch's generator, which the caller has seeded, uniformly within ±1/√in (Kaiming's bound as
        PEFT uses it); B is zero, so that the adapted model starts as the base.
        """
        rank, alpha = int(config["r"]), config["lora_alpha"]
        shapes: dict[str, tuple[int, ...]] = {}
        for p in self._projections():
            for name, _ in p.parts:
                shapes[f"{PREFIX}{name}.lora_A.weight"] = (rank, p.width)
            for name, rows in p.parts:
                shapes[f"{PREFIX}{name}.lora_B.weight"] = (rows, rank)
        master = torch.promote_types(self.dtype, torch.float32)
        self.flat = Flat(shapes, self.device, master)
        scale = alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank
        for p in self._projections():
            a = self.flat.leaf(f"{PREFIX}{p.parts[0][0]}.lora_A.weight", (len(p.parts) * rank, p.width))
            with torch.no_grad():
                # Drawn on the CPU in float32: the same start on every device.
                bound = 1 / math.sqrt(p.width)
                a.copy_(torch.empty(a.shape, dtype=torch.float32).uniform_(-bound, bound))
            b = [self.flat.leaf(f"{PREFIX}{name}.lora_B.weight", (rows, rank)) for name, rows in p.parts]
            p.attach(a, b, scale, float(config.get("lora_dropout", 0)))
        self._adapter = True

    def _projections(self) -> list[Projection]:
        return [p for layer in self.layers for p in layer.projections]

    def refresh(self) -> None:
        """Take over a change of the flat vector: after an optimiser step or a load."""
        for p in self._projections():
            p.refresh()

    @contextmanager
    def without_adapter(self):
        """Context in which the model is the bare base."""
        before, self._adapter = self._adapter, False
        try:
            yield
        finally:
            self._adapter = before

    @contextmanager
    def split(self, batch: Batch, group_of: list[int], into: Tensor):
        """Context in which a backward pass of this batch also adds the adapter's gradient to `into`, group by group.

        group_of: the group of each row of the batch that has a trained token. into: (groups, n) of the master's dtype,
        rows as long as the flat vector.
        """
        everywhere = [(a, b, g) for (a, b), g in zip(batch.spans, group_of, strict=True)]
        counts = torch.unique_consecutive(batch.row_of, return_counts=True)[1].tolist()
        ends = list(accumulate(counts))
        trained = [(end - n, end, g) for end, n, g in zip(ends, counts, group_of, strict=True)]
        gathered = self.layers[-1].projections[1:]  # behind the last attention only trained positions go on
        for p in self._projections():
            names = [name for name, _ in p.parts]
            p.split = Split(
                trained if p in gathered else everywhere,
                [self.flat.part(v, f"{PREFIX}{names[0]}.lora_A.weight", tuple(p.a.shape)) for v in into],
                [
                    [
                        self.flat.part(v, f"{PREFIX}{n}.lora_B.weight", tuple(b.shape))
                        for n, b in zip(names, p.b, strict=True)
                    ]
                    for v in into
                ],
            )
        try:
            yield
        finally:
            for p in self._projections():
                p.split = None

    def train(self, on: bool) -> None:
        """Switch dropout on or off."""
        self._train = on


def targets(shape: families.Shape) -> list[str]:
    """Names of the linear layers an adapter goes on."""
    apart = ["qkv_proj", "gate_up_proj"] if shape.fused else ["q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"]
    return sorted([*apart, "o_proj", "down_proj"])


def takes(config: dict, shape: families.Shape) -> bool:
    """Whether an adapter_config.json asks for nothing but plain LoRA of one rank on all linear layers."""
    odd = ("rank_pattern", "alpha_pattern", "modules_to_save", "layers_to_transform", "use_dora", "fan_in_fan_out")
    return (
        config.get("peft_type") == "LORA"
        and config.get("bias", "none") == "none"
        and not any(config.get(key) for key in odd)
        and isinstance(config.get("target_modules"), list)
        and set(config["target_modules"]) == set(targets(shape))
    )
