"""A base's weights, one at a time."""

from pathlib import Path

from torch import Tensor

from ..engine.weights import files_of
from .lora import Lora

BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


class Source:
    """The safetensors files of a base folder, memory-mapped, with an adapter worked in as they are read.

    files: file name -> names of its tensors, in the order of the file.
    """

    def __init__(self, folder: Path, lora: Lora):
        from safetensors import safe_open

        self._open = {name: safe_open(folder / name, framework="pt") for name in files_of(folder)}
        self.files = {name: list(f.keys()) for name, f in self._open.items()}
        self._in = {tensor: self._open[name] for name, tensors in self.files.items() for tensor in tensors}
        self.shapes = {n: f.get_slice(n).get_shape() for n, f in self._in.items()}
        self.dtypes = {n: f.get_slice(n).get_dtype() for n, f in self._in.items()}
        self._lora = lora
        lora.must_fit(self.shapes)

    def bytes(self, name: str) -> int:
        """Size of a tensor in its own dtype."""
        n = BYTES[self.dtypes[name]]
        for d in self.shapes[name]:
            n *= d
        return n

    def plain(self, name: str) -> Tensor:
        return self._in[name].get_tensor(name)

    def worked_in(self, name: str) -> Tensor:
        """float32 where the adapter is, else the base's own dtype."""
        return self._lora.worked_in(name, self.plain(name))
