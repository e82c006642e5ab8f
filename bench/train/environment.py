"""Unsloth's environment: it wants other libraries than the trainer and the peers, so it has a whole one of its own."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from children import ChildFailed


def python(folder: Path) -> Path:
    return folder / "bin" / "python"


def install(uv: str, base: str, folder: Path, pins: Path) -> None:
    """Make the environment from a file of pins with hashes, unless it stands already. base is the Python it is made
    for. Raises ChildFailed where that does not succeed; the next call starts again."""
    wanted, mark = hashlib.sha256(pins.read_bytes()).hexdigest(), folder / ".pins"
    if mark.exists() and mark.read_text("ascii") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    _uv(uv, "venv", "--python", base, str(folder))
    _uv(uv, "pip", "install", "--python", str(python(folder)), "--no-deps", "--require-hashes", "-r", str(pins))
    mark.write_text(wanted, "ascii")


def _uv(uv: str, *words: str) -> None:
    try:
        done = subprocess.run([uv, *words, "--quiet", "--no-config"], capture_output=True, text=True)
    except OSError as e:
        raise ChildFailed(f"uv could not be started: {e}", f"its installation failed: {e}") from None
    if done.returncode:
        told = next((line for line in done.stderr.splitlines() if line.strip()), f"uv ended with {done.returncode}")
        raise ChildFailed(f"its installation failed:\n{done.stderr}", f"its installation failed: {told.strip()}")


def versions(program: Path | str, names: tuple[str, ...], env: dict | None = None) -> dict:
    """Installed versions of packages, as this Python sees them."""
    script = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {list(names)}}}))"
    done = subprocess.run([str(program), "-P", "-c", script], env=env, capture_output=True, check=True)
    return json.loads(done.stdout)
