"""Format merged: the base with the adapter worked into its weights, as safetensors in the base's own dtype.

One tensor is in memory at a time. File names, order and dtypes are the base's, so its index stays true.
"""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from .. import files
from ..import_base import wanted
from .source import Source


def size(source: Source) -> int:
    """Bytes that the weights will take."""
    return sum(source.bytes(name) for name in source.shapes)


def write(folder: Path, base: Path, source: Source, wrote: Callable[[int], None]) -> None:
    """Fill a folder. wrote(n) hears of each n bytes."""
    for path in sorted(base.iterdir()):
        if wanted(path.name) and path.suffix != ".safetensors":
            shutil.copyfile(path, folder / path.name)
    for name, tensors in source.files.items():
        _write_file(folder / name, source, tensors, wrote)
    files.sync_dir(folder)


def _write_file(path: Path, source: Source, names: list[str], wrote: Callable[[int], None]) -> None:
    header: dict = {"__metadata__": {"format": "pt"}}
    at = 0
    for name in names:
        end = at + source.bytes(name)
        header[name] = {"dtype": source.dtypes[name], "shape": source.shapes[name], "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            f.write(_raw(source.worked_in(name).to(source.plain(name).dtype)))
            wrote(source.bytes(name))
        f.flush()
        os.fsync(f.fileno())


def _raw(tensor: Tensor) -> memoryview:
    return memoryview(tensor.contiguous().reshape(-1).view(torch.uint8).numpy())
