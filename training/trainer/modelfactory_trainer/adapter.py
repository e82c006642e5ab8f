"""The adapter as files: a PEFT folder whose bytes depend on the weights and the settings alone."""

import json
from pathlib import Path

from torch import Tensor

from . import canonical, files, tensors
from .errors import JobError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def digest(folder: Path) -> str:
    """SHA-256 of canonical {file name: SHA-256} over the two files: the name of a model in the studio."""
    return canonical.digest({name: files.sha256(folder / name) for name in (CONFIG, WEIGHTS)})


def write(folder: Path, config: dict, weights: dict[str, Tensor]) -> str:
    """Write adapter/ whole or not at all. Returns its digest."""
    with files.new_folder(folder) as tmp:
        files.write_new(tmp / CONFIG, canonical.dumps(config))
        tensors.write(tmp / WEIGHTS, weights)
    return digest(folder)


def read(folder: Path) -> tuple[dict, dict[str, Tensor]]:
    """Read a PEFT folder: its config and its tensors. Only safetensors are read."""
    advice = "Use a folder with adapter_config.json and adapter_model.safetensors of a LoRA adapter."
    try:
        config = json.loads((folder / CONFIG).read_bytes())
        weights = tensors.read(folder / WEIGHTS)
    except OSError as e:
        raise JobError("failed", f"the adapter cannot be read: {e.strerror} ({e.filename})", advice) from e
    except ValueError as e:
        raise JobError("failed", f"the adapter cannot be read: {e}", advice) from e
    if config.get("peft_type") != "LORA":
        raise JobError("refused", f"the adapter is of type {config.get('peft_type')!r}, not LORA", advice)
    return config, weights
