"""A base's safetensors files, memory-mapped: a tensor is read when it is asked for."""

import json
from pathlib import Path

from torch import Tensor


class Weights:
    """Tensors of a base folder by name, over one file or over the shards that an index names."""

    def __init__(self, folder: Path):
        from safetensors import safe_open

        index = folder / "model.safetensors.index.json"
        names = (
            sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
            if index.exists()
            else [p.name for p in sorted(folder.glob("*.safetensors"))]
        )
        self._files = [safe_open(folder / name, framework="pt") for name in names]
        self._where = {key: f for f in self._files for key in f.keys()}  # noqa: SIM118

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def __iter__(self):
        return iter(self._where)

    def get(self, name: str) -> Tensor:
        """The tensor in its own dtype. KeyError when no file has it."""
        return self._where[name].get_tensor(name)

    def shape(self, name: str) -> list[int]:
        return self._where[name].get_slice(name).get_shape()
