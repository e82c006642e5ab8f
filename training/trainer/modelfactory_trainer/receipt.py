"""What made an adapter: versions, digests, time. receipt.json is canonical JSON."""

import platform
from importlib import metadata
from pathlib import Path

from . import __version__, canonical, files
from . import device as devices

SCHEMA = "modelfactory/receipt/1"


def pins_digest() -> str:
    """SHA-256 of the pinned requirements this trainer came with."""
    return files.sha256(Path(__file__).parent.parent / "requirements" / "runtime.txt")


def versions() -> dict[str, str]:
    """Versions of the trainer and what it stands on, without importing any of it."""
    found = {"trainer": __version__, "pins_digest": pins_digest(), "python": platform.python_version()}
    for name in ("torch", "transformers", "peft"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def facts(state, base, device, threads: int, kernels: str) -> dict:
    """What every record of a training says: how, where, how long, from what. kernels: the vectors of the compiled code
    that it ran through, empty for none."""
    return {
        **versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": device.type,
        "device_name": devices.name(device),
        "threads": threads,
        "kernels": kernels,
        "steps": state.step,
        "tokens": state.tokens,
        "trained_tokens": state.trained_tokens,
        "seconds": round(state.seconds, 3),
        "first_loss": state.first_loss,
        "last_loss": state.last_loss,
        "eval_loss": state.eval_loss,
        "base": {"name": base.name, "revision": base.revision, "digest": base.digest},
        "recipe_digest": state.recipe_digest,
        "data_digest": state.data_digest,
    }


def build(state, base, device, threads: int, kernels: str, end: str, adapter_digest: str, proof: dict) -> bytes:
    """receipt.json of a run that ended with an adapter."""
    made = {"schema": SCHEMA, "state": end, "adapter_digest": adapter_digest, "proof": proof}
    return canonical.dumps(facts(state, base, device, threads, kernels) | made)
