"""Which engine carries a base: the fast decoder where it knows the architecture, else transformers and PEFT.

Both have the same calls: token_losses and logits of a packed batch, next_logits for generation, attach_config for an
adapter whose numbers are one flat vector (`flat`), refresh after these changed, without_adapter, train.
"""

import json
from pathlib import Path

import torch

from . import compat
from .base import Base
from .compat import Compat
from .engine import decoder, families, nf4
from .engine.decoder import Decoder
from .errors import JobError, refused
from .recipe import Recipe

Model = Decoder | Compat

METHODS = {"rslora": {"use_rslora": True}, "dora": {"use_dora": True}}


def fresh_config(model: Model, recipe: Recipe, base_ref: str) -> dict:
    """adapter_config.json of a new adapter on all linear layers but the head; attention alone learns worse
    ("LoRA Without Regret", Schulman et al. 2025)."""
    return {
        "base_model_name_or_path": base_ref,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "lora_alpha": recipe.alpha,
        "lora_dropout": recipe.dropout,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": recipe.rank,
        "target_modules": model.targets(),
        "task_type": "CAUSAL_LM",
        "use_dora": False,
        "use_rslora": False,
    } | METHODS.get(recipe.method, {})


def last_logits(model: Model, ids: list[int]) -> torch.Tensor:
    """Logits (vocabulary,) after a sequence, float32, without gradients."""
    return model.next_logits([ids], [None])[0][0]


def refuse_code(folder: Path) -> None:
    """Refuse a base that wants to bring its own program code."""
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        if path.exists() and "auto_map" in json.loads(path.read_text("utf-8")):
            raise JobError(
                "refused",
                f"{name} names program code of its own (auto_map); such bases are never run",
                "Choose a base of a family that the trainer knows by itself.",
            )


def dtype_of(precision: str, device: torch.device) -> torch.dtype:
    """Numbers of the frozen base: "fp32", "bf16", or "auto": bfloat16 on graphics cards, float32 on processors, most of
    which are slow with bfloat16."""
    if precision == "auto":
        precision = "bf16" if device.type in ("cuda", "xpu") else "fp32"
    return torch.bfloat16 if precision == "bf16" else torch.float32


def precision_of(dtype: torch.dtype) -> str:
    """The word for a dtype that dtype_of gave."""
    return "bf16" if dtype == torch.bfloat16 else "fp32"


def shape(base: Base, method: str) -> families.Shape | None:
    """What the decoder would carry; None where the base or the method needs transformers and PEFT."""
    own = families.read(json.loads((base.dir / "config.json").read_text("utf-8")))
    if own is None or method == "dora" or (method == "qlora" and own.hidden % nf4.BLOCK):
        return None
    return own


def four_bits_fit(base: Base, device: torch.device) -> bool:
    """Whether load takes this base with the method qlora on this device."""
    return device.type in ("cuda", "xpu") or (device.type != "mps" and shape(base, "qlora") is not None)


def load(
    base: Base, device: torch.device, precision: str = "auto", method: str = "lora", adapter: dict | None = None
) -> Model:
    """Load a base for a method of training, or for an adapter that an adapter_config.json describes."""
    refuse_code(base.dir)
    dtype, four_bits = dtype_of(precision, device), method == "qlora"
    if four_bits and device.type == "mps":
        raise refused("qlora was never tried on Apple's graphics", "Choose the processor (cpu), or the method lora.")
    own = shape(base, method)
    if own and (adapter is None or decoder.takes(adapter, own)):
        return Decoder(base.dir, own, device, dtype, four_bits)
    if four_bits and device.type not in ("cuda", "xpu"):
        # bitsandbytes 0.50.2 on processors: its product of an evaluation has no gradient, and rows whose width is no
        # multiple of 64 are read wrong.
        raise refused(
            "this base can be held in 4 bits on a graphics card only",
            "Choose the method lora, or another base.",
        )
    return compat.load(base.dir, device, dtype, four_bits)
