"""Job import_base: a GGUF file, or a folder with safetensors, becomes a base folder.

A GGUF is de-quantised once, to bfloat16. Nothing that could run code is read: no pickle, no model code of its own.
"""

import json
import math
import re
import shutil
import struct
from pathlib import Path

from . import base, canonical, files
from .engine.weights import INDEX, files_of
from .errors import JobError, refused
from .protocol import Emitter

# Files a base may bring; everything else stays behind.
WANTED = {
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    INDEX,
}
LICENCE_FILES = {"LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt", "USE_POLICY.md"}
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
FAMILIES = {
    "llama": "LLaMA",
    "mistral": "Mistral",
    "qwen2": "Qwen",
    "qwen3": "Qwen",
    "gemma2": "Gemma",
    "gemma3_text": "Gemma",
    "phi3": "Phi",
}


SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")


def wanted(name: str) -> bool:
    """Whether a file of this plain name belongs in a base folder."""
    return name in WANTED or name in LICENCE_FILES or (name.endswith(".safetensors") and "/" not in name)


def run(job: dict, emitter: Emitter) -> dict:
    """Make the base folder job["out"]. Returns the result event's `base` part."""
    source, out = Path(job["from"]), Path(job["out"])
    if out.exists():
        raise refused(f"{out.name} is there already", "Remove that base first or choose another name.")
    emitter.phase("loading")
    with files.new_folder(out) as tmp:
        if source.is_dir():
            _from_folder(source, tmp, emitter)
        elif source.is_file():
            _from_gguf(source, tmp, emitter)
        else:
            raise JobError("failed", f"{source.name} is not there", "Choose a GGUF file or a folder with safetensors.")
        record = finish(tmp, job.get("name") or out.name.partition("@")[0], job, emitter)
    return result(out, record)


def finish(tmp: Path, name: str, job: dict, emitter: Emitter) -> dict:
    """Check a filled folder and write its base.json, last. Returns the record."""
    emitter.phase("saving")
    check_folder(tmp)
    config = json.loads((tmp / "config.json").read_text("utf-8"))
    family = job.get("family") or FAMILIES.get(config.get("model_type", ""), config.get("model_type", ""))
    shapes = _shapes(tmp)
    _check_layers(config, shapes)
    parameters = sum(map(math.prod, shapes.values()))
    record = base.record(tmp, name, job.get("revision", ""), job.get("licence", ""), family, parameters)
    for path in tmp.iterdir():
        path.chmod(0o644)  # shared between data folders, whatever made it
        files.sync(path)
    files.write_new(tmp / "base.json", canonical.dumps(record))
    return record


def result(folder: Path, record: dict) -> dict:
    return {
        "name": record["name"],
        "revision": record["revision"],
        "digest": record["digest"],
        "dir": str(folder),
        "files": [
            {"path": path, "sha256": digest, "bytes": (folder / path).stat().st_size}
            for path, digest in sorted(record["files"].items())
        ],
    }


def check_folder(folder: Path) -> None:
    """Refuse what cannot be a base: no weights as safetensors, code of its own, no tokenizer, quantised weights."""
    names = {p.name for p in folder.iterdir()}
    if not any(n.endswith(".safetensors") for n in names):
        if any(n.endswith(PICKLES) for n in names):
            raise refused(
                "the weights are pickle files, which can run code when they are opened; they are never loaded",
                "Look for the same model with .safetensors files.",
            )
        raise refused("there is no .safetensors file", "Choose the folder that holds the model's weights.")
    for name in ("config.json", "tokenizer.json"):
        if name not in names:
            raise refused(f"{name} is missing", "Choose a complete model folder.")
    if INDEX in names and not isinstance(_json(folder / INDEX).get("weight_map"), dict):
        raise refused(f"{INDEX} names no weights", "Fetch the model again; a file is damaged.")
    for name in files_of(folder):
        if name not in names:
            raise refused(f"{name} is missing", "Choose a complete model folder.")
    for name in ("config.json", "tokenizer_config.json"):
        if name in names:
            config = _json(folder / name)
            if "auto_map" in config:
                raise refused(
                    f"{name} names program code of its own (auto_map); such bases are never run",
                    "Choose a base of a family that the trainer knows by itself.",
                )
            if "quantization_config" in config:
                raise refused("the weights are quantised", "Choose the original weights, or a GGUF file.")
    config = _json(folder / "config.json")
    for key in SIZES:
        if key in config and not (type(config[key]) is int and config[key] > 0):
            raise refused(f"{key} of config.json is {config[key]!r}", "Fetch the model again; a file is damaged.")


def _json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text("utf-8"))
        if isinstance(value, dict):
            return value
    except (ValueError, UnicodeDecodeError):
        pass
    raise refused(f"{path.name} is no JSON object", "Fetch the model again; a file is damaged.")


def _from_folder(source: Path, tmp: Path, emitter: Emitter) -> None:
    check_folder(source)
    chosen = [p for p in sorted(source.iterdir()) if p.is_file() and wanted(p.name)]
    total, done = sum(p.stat().st_size for p in chosen), 0
    for path in chosen:
        shutil.copyfile(path, tmp / path.name)
        done += path.stat().st_size
        emitter.phase("loading", done, total, "bytes")
    if not (tmp / "chat_template.jinja").exists() and (source / "chat_template.json").exists():
        template = _json(source / "chat_template.json").get("chat_template", "")
        (tmp / "chat_template.jinja").write_text(template, "utf-8")


def _from_gguf(source: Path, tmp: Path, emitter: Emitter) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with open(source, "rb") as f:
        if f.read(4) != b"GGUF":
            raise refused(f"{source.name} is no GGUF file", "Choose a GGUF file or a folder with safetensors.")
    emitter.phase("loading", 0, source.stat().st_size, "bytes")
    where = {"gguf_file": source.name, "local_files_only": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, **where)
        lm = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **where)
    except (ValueError, KeyError, IndexError, RuntimeError, NotImplementedError, struct.error) as e:
        raise refused(
            f"{source.name} cannot be read: {e}",
            "Fetch it again where it may be cut or damaged; else choose a GGUF of a family that transformers knows.",
        ) from e
    # transformers would refuse to save what it takes for a quantised model; the weights are plain by now.
    for attribute in ("hf_quantizer", "is_quantized", "quantization_method"):
        if hasattr(lm, attribute):
            delattr(lm, attribute)
    if hasattr(lm.config, "quantization_config"):
        del lm.config.quantization_config
    lm = lm.to(torch.bfloat16)
    lm.config._name_or_path = ""
    tokenizer.name_or_path = ""
    lm.save_pretrained(tmp)
    tokenizer.save_pretrained(tmp)
    for path in list(tmp.iterdir()):
        if not wanted(path.name):
            path.unlink()


def _check_layers(config: dict, shapes: dict[str, list[int]]) -> None:
    """Refuse weights with other layers than config.json tells. Of families that the decoder does not cover, a file may
    have more."""
    told = config.get("num_hidden_layers")
    there = {int(m[1]) for name in shapes if (m := re.match(r"model\.layers\.(\d+)\.", name))}
    if told is None or not there:
        return
    if not there >= set(range(told)) or (config.get("model_type") in FAMILIES and len(there) > told):
        raise refused(
            f"config.json tells of {told} layers, the weights have {len(there)}",
            "Fetch the model again; its files do not belong together.",
        )


def _shapes(folder: Path) -> dict[str, list[int]]:
    """Shape of each tensor by name, from the headers of the safetensors files."""
    from safetensors import SafetensorError, safe_open

    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="np") as f:
                found |= {name: f.get_slice(name).get_shape() for name in f.keys()}  # noqa: SIM118 (no dict)
        except SafetensorError as e:
            raise refused(f"{path.name} is damaged: {e}", "Fetch the model again.") from e
    return found
