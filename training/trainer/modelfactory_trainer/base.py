"""A base folder: what is in it, and whether it still is what was recorded."""

import json
from dataclasses import dataclass
from pathlib import Path

from . import canonical, files
from .errors import JobError


@dataclass(frozen=True)
class Base:
    """base.json of a base folder. digest = SHA-256 of canonical {path: sha256} over all files but base.json."""

    dir: Path
    name: str
    revision: str
    digest: str
    files: dict[str, str]
    licence: str = ""

    @property
    def ref(self) -> str:
        return f"{self.name}@{self.revision}"


def open_base(folder: Path) -> Base:
    """Read base.json; refused when it is missing or does not add up."""
    advice = "Add the base again."
    try:
        record = json.loads((folder / "base.json").read_bytes())
        hashes, licence = dict(record["files"]), record.get("licence", "")
        base = Base(folder, record["name"], record["revision"], record["digest"], hashes, licence)
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise JobError("base", f"{folder.name} is no complete base: base.json cannot be read", advice) from e
    if canonical.digest(base.files) != base.digest:
        raise JobError("base", f"base.json of {base.ref} was changed: its digest does not fit its files", advice)
    return base


def verify(base: Base, recorded_digest: str) -> None:
    """Compare every file with the record, and the record with what the run froze."""
    if recorded_digest and recorded_digest != base.digest:
        raise JobError(
            "base",
            f"the base {base.ref} is not the one this run was made with"
            f" (digest {base.digest[:12]}…, recorded {recorded_digest[:12]}…)",
            "Add the recorded revision of the base, or make a new run.",
        )
    for path, want in sorted(base.files.items()):
        try:
            got = files.sha256(base.dir / path)
        except OSError as e:
            raise JobError("base", f"{path} of the base {base.ref} is missing", "Add the base again.") from e
        if got != want:
            raise JobError("base", f"{path} of the base {base.ref} differs from what was recorded", "Add it again.")


def record(folder: Path, name: str, revision: str, licence: str, family: str, params: int) -> dict:
    """Hash the files of a new base folder and make its base.json. Revision "" becomes the digest's first 12 digits."""
    hashes = {p.name: files.sha256(p) for p in sorted(folder.iterdir()) if p.is_file() and p.name != "base.json"}
    digest = canonical.digest(hashes)
    return {
        "name": name,
        "revision": revision or digest[:12],
        "licence": licence,
        "family": family,
        "params": params,
        "digest": digest,
        "files": hashes,
    }
