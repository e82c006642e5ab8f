"""An adapter as pairs of matrices, and a base's weights with it worked in."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..engine import nf4
from ..errors import JobError, refused

PREFIX = "base_model.model."  # of the names in a PEFT file


@dataclass(frozen=True)
class Lora:
    """pairs: linear layer -> A (rank, in), B (out, rank), float32. The layer gives W x + scale · B A x.

    four_bits: W are the numbers that the base's weights become as NF4, over which the adapter was learnt; else the
    base's own.
    """

    pairs: dict[str, tuple[Tensor, Tensor]]
    rank: int
    scale: float
    four_bits: bool = False

    def delta(self, layer: str) -> Tensor:
        """scale · B A, (out, in), float32."""
        a, b = self.pairs[layer]
        return self.scale * (b @ a)

    def below(self, weight: Tensor) -> Tensor:
        """W of a layer with the base's weight, float32."""
        return in_four_bits(weight) if self.four_bits else weight.float()

    def worked_in(self, name: str, weight: Tensor) -> Tensor:
        """The weight called `name`, float32 with the adapter where it has one, else as it is."""
        layer = name.removesuffix(".weight")
        return self.below(weight) + self.delta(layer) if layer in self.pairs else weight

    def must_fit(self, shapes: dict[str, list[int]]) -> None:
        """Refuse an adapter for layers that a base with weights of these shapes has not."""
        for layer, (a, b) in self.pairs.items():
            if list(shapes.get(f"{layer}.weight", ())) != [b.shape[0], a.shape[1]]:
                raise JobError(
                    "base", f"the adapter does not fit this base at {layer}", "Use the base that the adapter names."
                )


def in_four_bits(weight: Tensor) -> Tensor:
    """What a run with the method qlora computes with for this weight: packed as NF4 and unpacked, float32."""
    numbers = weight.reshape(-1)
    n = len(numbers)
    matrix = nf4.Matrix(1, n + -n % nf4.BLOCK, nf4.Scratch(torch.float32, weight.device))
    matrix.fill(0, F.pad(numbers, (0, -n % nf4.BLOCK)))
    return matrix.numbers()[0, :n].view(weight.shape)


def from_peft(config: dict, tensors: dict[str, Tensor], four_bits: bool = False) -> Lora:
    """Read what adapter.read gives. Refused when plain LoRA on linear layers is not all there is."""
    special = {
        "it is of the kind DoRA": config.get("use_dora"),
        "it trained whole layers besides": config.get("modules_to_save"),
        "it trained biases": config.get("bias", "none") != "none",
        "its layers differ in rank or alpha": config.get("rank_pattern") or config.get("alpha_pattern"),
        "its matrices are turned around": config.get("fan_in_fan_out"),
    }
    for why, there in special.items():
        if there:
            raise _not_plain(why)
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    halves: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        layer, _, half = name.removeprefix(PREFIX).removesuffix(".weight").rpartition(".lora_")
        if half not in ("A", "B") or tensor.dim() != 2 or tensor.shape[0 if half == "A" else 1] != rank:
            raise _not_plain(f"it holds {name} of shape {list(tensor.shape)}")
        halves.setdefault(layer, {})[half] = tensor.to(torch.float32)
    for layer, pair in halves.items():
        if len(pair) != 2:
            raise _not_plain(f"it holds half of the pair for {layer}")
    pairs = {layer: (pair["A"], pair["B"]) for layer, pair in sorted(halves.items())}
    return Lora(pairs, rank, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank), four_bits)


def _not_plain(why: str) -> JobError:
    return refused(f"this adapter is more than LoRA on linear layers: {why}", "Export it as a PEFT adapter.")
