"""safetensors files, written tensor by tensor: no more than one is copied, and a full disk is told as one."""

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

NAMES = {torch.float32: "F32", torch.int64: "I64", torch.uint8: "U8"}  # the format's names of what a run keeps


@dataclass(frozen=True)
class Entry:
    """A tensor of a file: dtype by the format's name, size in bytes."""

    name: str
    dtype: str
    shape: list[int]
    size: int


def write(path: Path, tensors: dict[str, Tensor]) -> None:
    """A new file of these tensors in CPU memory, fsynced; its bytes depend on names and numbers alone."""
    write_parts(path, *_ordered(tensors))


def digest(tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the file that write makes of these tensors."""
    out = hashlib.sha256()
    for piece in _pieces(*_ordered(tensors)):
        out.update(piece)
    return out.hexdigest()


def write_parts(
    path: Path, entries: list[Entry], parts: Iterable[Tensor], wrote: Callable[[int], None] = lambda _: None
) -> None:
    """As write, with the tensors of the entries made one after another. wrote(n) hears of each n bytes."""
    with open(path, "wb") as f:
        for piece in _pieces(entries, parts):
            f.write(piece)
            wrote(len(piece))
        f.flush()
        os.fsync(f.fileno())


def _ordered(tensors: dict[str, Tensor]) -> tuple[list[Entry], Iterable[Tensor]]:
    # Wide numbers first: then each tensor lies at a multiple of its width.
    order = sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0]))
    return [Entry(n, NAMES[t.dtype], list(t.shape), t.nbytes) for n, t in order], (t for _, t in order)


def _pieces(entries: list[Entry], parts: Iterable[Tensor]) -> Iterator[memoryview | bytes]:
    header: dict = {"__metadata__": {"format": "pt"}}  # readers expect it
    at = 0
    for e in entries:
        header[e.name] = {"dtype": e.dtype, "shape": e.shape, "data_offsets": [at, at + e.size]}
        at += e.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8
    yield struct.pack("<Q", len(text)) + text
    for _, part in zip(entries, parts, strict=True):
        yield memoryview(part.detach().contiguous().reshape(-1).view(torch.uint8).numpy())


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, read from it when they are used.

    OSError when it cannot be read, ValueError when it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as e:
        raise ValueError(str(e)) from e
