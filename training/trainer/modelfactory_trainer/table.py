"""Tokenised rows in flat files that are memory-mapped: a run tokenises once, and rows do not live in Python objects.

A token folder holds
  ids      int32, little-endian: the tokens of every row behind one another
  trained  one byte a token: 1 where the token counts in the loss
  rows     one RECORD a row
  tokens.json, written last: what the folder was made from (`key`), what its maker wants to keep (`kept`), the
  contributors, size and SHA-256 of the files, and the SHA-256 of all that.
"""

import contextlib
import hashlib
import json
import os
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from . import canonical, files
from .mask import Tokenised
from .rows import Row

# The code that decides what the files hold: tokens that were made by another are made anew.
CODE = [files.sha256(Path(__file__).with_name(f"{name}.py")) for name in ("table", "rows", "mask", "tokenizer")]
FILES = ("ids", "trained", "rows")

# A row: where its tokens start and how many it has; of a pair, how many of them belong to the chosen conversation
# (of any other row, all); how many are trained; its line in rows.jsonl; its source; whether it is held out; its
# digest; 64 bits of the digest of its words; its contributor as a place in the store's list.
RECORD = np.dtype(
    [
        ("start", "<i8"),
        ("words", "<u8"),
        ("length", "<i4"),
        ("first", "<i4"),
        ("trained", "<i4"),
        ("number", "<i4"),
        ("source", "<u2"),
        ("held_out", "<u2"),
        ("digest", "S32"),
        ("contributor", "<u4"),
    ]
)
_PACK = struct.Struct("<qQiiiiHH32sI")


class Writer:
    """Takes tokenised rows and keeps them, in a folder or, without one, only their records in memory."""

    def __init__(self, folder: Path | None):
        self._files = {n: open(folder / n, "wb") for n in FILES} if folder else {}  # noqa: SIM115
        self._sums = {n: hashlib.sha256() for n in FILES}
        self._records = bytearray()
        self._contributors: dict[str, int] = {}
        self._folder, self._at = folder, 0

    def _write(self, name: str, data: bytes) -> None:
        self._sums[name].update(data)
        self._files[name].write(data)

    def add(self, source: int, row: Row, held_out: bool, parts: list[Tokenised]) -> None:
        """Add a row of one tokenised conversation or text, or of two: chosen and rejected."""
        length = sum(len(t.ids) for t in parts)
        record = _PACK.pack(
            self._at,
            row.words,
            length,
            len(parts[0].ids),
            sum(t.trained_tokens for t in parts),
            row.number,
            source,
            held_out,
            bytes.fromhex(row.digest),
            self._contributors.setdefault(row.contributor, len(self._contributors)),
        )
        self._at += length
        if not self._folder:
            self._records += record
            return
        self._write("rows", record)
        for t in parts:
            self._write("ids", np.asarray(t.ids, "<i4").tobytes())
            self._write("trained", bytes(t.trained))

    def records(self) -> np.ndarray:
        """The records of a writer without a folder."""
        return np.frombuffer(self._records, RECORD)

    def finish(self, key: dict, kept: list) -> None:
        """Make the files durable and write tokens.json."""
        listed = {}
        for name, f in self._files.items():
            f.flush()
            os.fsync(f.fileno())
            listed[name] = {"bytes": f.tell(), "sha256": self._sums[name].hexdigest()}
            f.close()
        about = {"contributors": list(self._contributors), "files": listed, "kept": kept, "key": key}
        files.write_new(self._folder / "tokens.json", canonical.dumps(about | {"sha256": canonical.digest(about)}))

    def close(self) -> None:
        """Leave the files as they are: the folder is given up."""
        for f in self._files.values():
            with contextlib.suppress(OSError):  # a full disk was told when it was written to
                f.close()


@dataclass(frozen=True)
class Store:
    """What a token folder holds. Without one (rows that were only counted) ids and trained are None and nobody is
    named. contributors: addresses as rows.jsonl has them, in the order in which they come up. digest: a SHA-256 over
    all of it but their addresses."""

    records: np.ndarray
    ids: np.ndarray | None = None
    trained: np.ndarray | None = None
    contributors: tuple[str, ...] = ()
    digest: str = ""

    def table(self, source: int, held_out: bool) -> "Table":
        """The rows of one side of a source, in the order of its file."""
        r = self.records
        return Table(self, np.flatnonzero((r["source"] == source) & (r["held_out"] == held_out)))


def read(folder: Path, key: dict) -> tuple[Store, list] | None:
    """(store, kept) of a token folder that was made from `key`; None when it is another's, damaged or not there."""
    try:
        about = json.loads((folder / "tokens.json").read_bytes())
        said = about.pop("sha256")
        if said != canonical.digest(about) or about["key"] != key:
            return None
        for name in FILES:
            path, listed = folder / name, about["files"][name]
            if path.stat().st_size != listed["bytes"] or files.sha256(path) != listed["sha256"]:
                return None
        parts = _map(folder / "rows", RECORD), _map(folder / "ids", "<i4"), _map(folder / "trained", "?")
        return Store(*parts, tuple(about["contributors"]), canonical.digest(about["files"])), about["kept"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _map(path: Path, kind) -> np.ndarray:
    if path.stat().st_size == 0:  # an empty file cannot be mapped
        return np.zeros(0, kind)
    return np.asarray(np.memmap(path, kind, "r"))


@dataclass(frozen=True)
class Table:
    """Rows of one side of one source. `index` are their places in the store, int64."""

    store: Store
    index: np.ndarray

    def __len__(self) -> int:
        return len(self.index)

    def column(self, name: str) -> np.ndarray:
        """A field of the records, of all rows."""
        return self.store.records[name][self.index]

    @cached_property
    def lengths(self) -> np.ndarray:
        """Tokens of each row, int64; of a pair, those of both conversations."""
        return self.column("length").astype(np.int64)

    @cached_property
    def trained_tokens(self) -> np.ndarray:
        """Trained tokens of each row, int64."""
        return self.column("trained").astype(np.int64)

    def row(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """(ids int32, trained bool) of row i; of a pair, of the chosen conversation."""
        return self.pair(i)[0]

    def pair(self, i: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """(ids, trained) of row i's chosen and rejected conversations. The second is empty where there is no pair."""
        r = self.store.records[self.index[i]]
        start, middle = int(r["start"]), int(r["start"]) + int(r["first"])
        end = start + int(r["length"])
        ids, trained = self.store.ids, self.store.trained
        return (ids[start:middle], trained[start:middle]), (ids[middle:end], trained[middle:end])
