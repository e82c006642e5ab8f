"""A base's safetensors files, memory-mapped: a tensor is read when it is asked for."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor  # whose import takes seconds, and an import of a base needs none of it


INDEX = "model.safetensors.index.json"  # which file has which tensor, where there are several


def files_of(folder: Path) -> list[str]:
    """Names of a base's safetensors files: the shards that an index names, or all there are."""
    index = folder / INDEX
    if index.exists():
        return sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    return [p.name for p in sorted(folder.glob("*.safetensors"))]


class Weights:
    """Tensors of a base folder by name."""

    def __init__(self, folder: Path):
        from safetensors import safe_open

        opened = [safe_open(folder / name, framework="pt") for name in files_of(folder)]
        self._where = {key: f for f in opened for key in f.keys()}  # noqa: SIM118

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def get(self, name: str) -> "Tensor":
        """The tensor in its own dtype. KeyError when no file has it."""
        return self._where[name].get_tensor(name)
