"""What a base's config.json asks of the decoder: sizes and switches of the dense model families.

A config with anything that the decoder does not know gives None, and the base runs in compat mode.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text", "phi3")
_ACTIVATIONS = {"silu": "silu", "gelu_pytorch_tanh": "gelu_tanh"}


@dataclass(frozen=True)
class Rope:
    """Rotary position embedding of a kind of layers (Su et al. 2021). dim: rotated dimensions of a head."""

    theta: float
    dim: int
    kind: str = "default"  # or "linear", "llama3"
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_length: int = 8192

    def inv_freq(self) -> Tensor:
        """Angle a position of each pair of dimensions, (dim / 2,), float32."""
        inv = 1.0 / (self.theta ** (torch.arange(0, self.dim, 2, dtype=torch.int64).float() / self.dim))
        if self.kind == "linear":
            return inv / self.factor
        if self.kind == "llama3":  # Llama 3.1: long waves are slowed down, short ones kept, those between blended
            wave = 2 * math.pi / inv
            low, high = self.original_length / self.low_freq_factor, self.original_length / self.high_freq_factor
            slowed = torch.where(wave > low, inv / self.factor, inv)
            smooth = (self.original_length / wave - self.low_freq_factor) / (
                self.high_freq_factor - self.low_freq_factor
            )
            between = (1 - smooth) * slowed / self.factor + smooth * slowed
            return torch.where((wave >= high) & (wave <= low), between, slowed)
        return inv


@dataclass(frozen=True)
class Shape:
    """Sizes and switches of a decoder. Widths count numbers, window counts tokens (0 = the whole past)."""

    family: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: int
    vocab: int
    eps: float
    tied: bool
    activation: str  # "silu" or "gelu_tanh"
    ropes: tuple[Rope, ...]
    rope_of: tuple[int, ...]  # per layer: index into ropes
    window_of: tuple[int, ...]  # per layer
    scale: float  # of the attention scores
    qkv_bias: bool = False
    out_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    norm_plus_one: bool = False  # Gemma: the weight of a norm is 1 + w
    post_norms: bool = False  # Gemma: a norm behind attention and behind the MLP
    fused: bool = False  # Phi-3: qkv_proj and gate_up_proj are one matrix each
    embed_scale: float = 1.0
    attn_softcap: float = 0.0
    final_softcap: float = 0.0

    @property
    def q_width(self) -> int:
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        return self.kv_heads * self.head_dim

    @property
    def body_weights(self) -> int:
        """Weights of the linear layers without the head."""
        per_layer = self.hidden * (2 * self.q_width + 2 * self.kv_width + 3 * self.mlp)
        return self.layers * per_layer


def read(config: dict) -> Shape | None:
    """The shape of a config.json, or None when the decoder does not cover it."""
    family = config.get("model_type")
    if family not in FAMILIES or config.get("quantization_config"):
        return None
    try:
        return _read(family, config)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _read(family: str, c: dict) -> Shape | None:
    hidden, layers, heads = int(c["hidden_size"]), int(c["num_hidden_layers"]), int(c["num_attention_heads"])
    gemma = family.startswith("gemma")
    head_dim = int(c.get("head_dim") or hidden // heads)
    activation = c.get("hidden_activation") if gemma else c.get("hidden_act", "silu")
    activation = _ACTIVATIONS.get(activation or ("gelu_pytorch_tanh" if gemma else "silu"))
    kinds = _layer_kinds(family, c, layers)
    ropes = {kind: _rope(family, c, kind, head_dim) for kind in dict.fromkeys(kinds)}
    if activation is None or None in ropes.values() or c.get("use_bidirectional_attention"):
        return None
    if c.get("attention_dropout") or c.get("resid_pdrop") or c.get("embd_pdrop"):
        return None
    kv_heads = int(c.get("num_key_value_heads") or heads)
    if heads % kv_heads or any(rope.dim > head_dim for rope in ropes.values()):
        return None
    distinct = list(dict.fromkeys(ropes.values()))
    window = int(c.get("sliding_window") or 0)
    bias = bool(c.get("attention_bias", False))
    return Shape(
        family=family,
        hidden=hidden,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        mlp=int(c["intermediate_size"]),
        vocab=int(c["vocab_size"]),
        eps=float(c.get("rms_norm_eps", 1e-6)),
        tied=bool(c.get("tie_word_embeddings", gemma)),
        activation=activation,
        ropes=tuple(distinct),
        rope_of=tuple(distinct.index(ropes[kind]) for kind in kinds),
        window_of=tuple(window if kind == "sliding_attention" else 0 for kind in kinds),
        scale=float(c.get("query_pre_attn_scalar") or head_dim) ** -0.5 if gemma else head_dim**-0.5,
        qkv_bias=True if family == "qwen2" else bias,
        out_bias=False if family == "qwen2" else bias,
        mlp_bias=bool(c.get("mlp_bias", False)),
        qk_norm=family in ("qwen3", "gemma3_text"),
        norm_plus_one=gemma,
        post_norms=gemma,
        fused=family == "phi3",
        embed_scale=hidden**0.5 if gemma else 1.0,
        attn_softcap=float(c.get("attn_logit_softcapping") or 0) if family == "gemma2" else 0.0,
        final_softcap=float(c.get("final_logit_softcapping") or 0) if gemma else 0.0,
    )


def _layer_kinds(family: str, c: dict, layers: int) -> list[str]:
    """Per layer "full_attention" or "sliding_attention"."""
    named = c.get("layer_types")
    if named:
        if len(named) != layers or set(named) - {"full_attention", "sliding_attention"}:
            raise ValueError("layer types")
        return list(named)
    if family in ("mistral", "phi3") and c.get("sliding_window"):
        return ["sliding_attention"] * layers
    if family == "gemma2":
        return ["full_attention" if i % 2 else "sliding_attention" for i in range(layers)]
    if family == "gemma3_text":
        every = int(c.get("sliding_window_pattern") or 6)
        return ["sliding_attention" if (i + 1) % every else "full_attention" for i in range(layers)]
    if family in ("qwen2", "qwen3") and c.get("use_sliding_window"):
        first = int(c["max_window_layers"])
        return ["sliding_attention" if i >= first else "full_attention" for i in range(layers)]
    return ["full_attention"] * layers


def _rope(family: str, c: dict, kind: str, head_dim: int) -> Rope | None:
    """Rotary settings of a kind of layers, in the old form (rope_theta, rope_scaling) or the new (rope_parameters)."""
    p = c.get("rope_parameters") or {}
    if kind in p:
        p = p[kind] or {}
    elif not p:
        p = dict(c.get("rope_scaling") or {})
        local = family == "gemma3_text" and kind == "sliding_attention"
        if local:
            p = {}
        default = {"gemma3_text": 1_000_000.0}.get(family, 10_000.0)
        p["rope_theta"] = c.get("rope_local_base_freq", 10_000.0) if local else c.get("rope_theta", default)
    style = p.get("rope_type") or p.get("type") or "default"
    share = p.get("partial_rotary_factor", c.get("partial_rotary_factor", 1.0))
    if style not in ("default", "linear", "llama3"):
        return None
    rope = Rope(theta=float(p["rope_theta"]), dim=int(head_dim * float(share)), kind=style)
    if style == "linear":
        return Rope(rope.theta, rope.dim, style, float(p["factor"]))
    if style == "llama3":
        return Rope(
            rope.theta,
            rope.dim,
            style,
            float(p["factor"]),
            float(p["low_freq_factor"]),
            float(p["high_freq_factor"]),
            int(p["original_max_position_embeddings"]),
        )
    return rope
