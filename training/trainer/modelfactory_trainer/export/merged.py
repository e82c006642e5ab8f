"""Format merged: the base with the adapter worked into its weights, as safetensors in the base's own dtype.

One tensor is in memory at a time. File names, order and dtypes are the base's, so its index stays true.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from .. import files
from ..import_base import wanted
from ..tensors import Entry, write_parts
from .source import Source


def size(source: Source) -> int:
    """Bytes that the weights will take."""
    return sum(source.bytes(name) for name in source.shapes)


def write(folder: Path, base: Path, source: Source, wrote: Callable[[int], None]) -> None:
    """Fill a folder. wrote(n) hears of each n bytes."""
    for path in sorted(base.iterdir()):
        if wanted(path.name) and path.suffix != ".safetensors":
            shutil.copyfile(path, folder / path.name)
    for name, names in source.files.items():
        entries = [Entry(n, source.dtypes[n], source.shapes[n], source.bytes(n)) for n in names]
        write_parts(folder / name, entries, (source.worked_in(n).to(source.plain(n).dtype) for n in names), wrote)
    files.sync_dir(folder)
