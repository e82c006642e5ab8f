"""rows.jsonl of a DataNet version, and the split into training and held-out rows."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import canonical
from .errors import JobError

# A longer line is no row: the studio's own import stops far below.
MAX_LINE = 32 << 20

KINDS = {frozenset({"messages"}), frozenset({"text"}), frozenset({"prompt", "chosen", "rejected"})}


@dataclass(frozen=True)
class Source:
    """One DataNet version of a mix, as data.json lists it. weight is in millionths; only ratios count."""

    net: str
    version: int
    path: Path
    rows_sha256: str
    rows: int
    weight: int


@dataclass(frozen=True)
class Row:
    """One of three kinds: a chat (messages), a text, or a preference: a prompt (messages) with the answers chosen and
    rejected. digest is the SHA-256 of the canonical row, 64 hexadecimal digits. number counts from 1. contributor is
    the address of who gave it, "" where the file names nobody.
    """

    number: int
    digest: str
    messages: list[dict] | None
    text: str | None
    chosen: list[dict] | None = None
    rejected: list[dict] | None = None
    contributor: str = ""

    @property
    def words(self) -> int:
        """64 bits that rows share which differ only in case, spacing and punctuation."""
        text = self.text
        if text is None:
            parts = (self.messages, self.chosen, self.rejected)
            text = "\n".join(m["content"] for part in parts for m in part or ())
        words = " ".join(re.findall(r"\w+", text)) or text
        return int.from_bytes(hashlib.sha256(words.casefold().encode()).digest()[:8], "little")


def sources(listed: list[dict], root: Path) -> list[Source]:
    """Read data.json's list. Relative paths start at `root`, the run folder."""
    try:
        found = [
            Source(
                net=str(s["net"]),
                version=int(s["version"]),
                path=(root / s["path"]).resolve(),
                rows_sha256=str(s.get("rows_sha256", "")),
                rows=int(s.get("rows", 0)),
                weight=int(s["weight_ppm"]),
            )
            for s in listed
        ]
    except (KeyError, TypeError, ValueError) as e:
        raise JobError("data", f"data.json cannot be read: {e}", "Make the run again from its recipe.") from e
    if not found:
        raise JobError("data", "the run has no data", "Choose at least one dataset.")
    if any(s.weight <= 0 for s in found):
        raise JobError("data", "a source has weight 0", "Give it a weight above zero or take it out.")
    return found


def read(source: Source) -> Iterator[Row]:
    """Yield the rows of a source; at the end, refuse the file when its bytes differ from what was recorded."""
    digest = hashlib.sha256()
    number = 0
    if not source.path.is_file():
        raise JobError("data", f"rows.jsonl of {source.net} is not there", "Import or fetch the data again.")
    with open(source.path, "rb") as f:
        while line := f.readline(MAX_LINE + 1):
            number += 1
            digest.update(line)
            if len(line) > MAX_LINE:
                raise JobError("data", f"rows.jsonl of {source.net}: line {number} is too long", "Import it again.")
            yield _row(source, number, line)
    if source.rows_sha256 and digest.hexdigest() != source.rows_sha256:
        raise JobError(
            "data",
            f"rows.jsonl of {source.net} differs from what was recorded"
            f" (SHA-256 {digest.hexdigest()[:12]}…, recorded {source.rows_sha256[:12]}…)",
            "Import or fetch the data again, or make a new run on the changed data.",
        )


def _row(source: Source, number: int, line: bytes) -> Row:
    try:
        entry = json.loads(line)
        row, contributor = entry["row"], entry.get("contributor", "")
        if not isinstance(contributor, str):
            raise ValueError("a contributor is an address")
        kind = next((k for k in KINDS if k <= row.keys()), None)
        if kind is None or any(name in row for other in KINDS - {kind} for name in other):
            raise ValueError("a row has messages, or a text, or prompt, chosen and rejected")
        for part in kind - {"text"}:
            if not all(isinstance(m["role"], str) and isinstance(m["content"], str) for m in row[part]):
                raise ValueError("role and content are text")
        if "text" in kind and not isinstance(row["text"], str):
            raise ValueError("text is text")
        messages = row.get("prompt", row.get("messages"))
        answers = row.get("chosen"), row.get("rejected")
        return Row(number, canonical.digest(row), messages, row.get("text"), *answers, contributor)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise JobError(
            "data", f"rows.jsonl of {source.net}: line {number} is no row ({e})", "Import or fetch the data again."
        ) from e


def in_eval(digest: str, ppm: int) -> bool:
    """Whether a row is held out: a property of the row and the share alone, so it never changes side.

    The first 8 bytes of the digest as a big-endian number, modulo a million, against the share in millionths.
    """
    return int(digest[:16], 16) % 1_000_000 < ppm
