"""Job export: a base with an adapter as files for other programs, read back and compared before they count."""

import json
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from .. import adapter, base, device, files
from ..errors import JobError, refused
from ..protocol import Emitter

FORMATS = ("peft", "merged", "gguf-adapter", "gguf:f16", "gguf:q8_0", "gguf:q5_0", "gguf:q4_0")


def run(job: dict, emitter: Emitter) -> dict:
    """Make the folder job["out"]. Returns the result event's `export` part.

    peft is written by the studio already: job["adapter_dir"] is the folder to compare, and nothing is made.
    """
    kind, prompts = job["format"], [str(p) for p in job.get("prompts") or []]
    if kind not in FORMATS:
        raise refused(f"there is no format {kind!r}", f"Choose one of {', '.join(FORMATS)}.")
    out = Path(job["out"]) if kind != "peft" else None
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise refused(f"the folder {out.name} is not empty", "Choose a new folder.")
    opened = base.open_base(Path(job["base_dir"]))
    config, tensors = adapter.read(Path(job["adapter_dir"]))
    if config.get("base_model_name_or_path") != opened.ref:
        raise refused(
            f"the adapter was made for {config.get('base_model_name_or_path')}, not for {opened.ref}",
            "Choose the base that the adapter names.",
        )
    emitter.phase("loading")
    base.verify(opened, "")
    from . import compare, lora

    numbers = lora.from_peft(config, tensors, four_bits=job.get("method") == "qlora")
    if kind == "peft":
        said = compare.run(opened.dir, numbers, prompts)
        emitter.phase("checking")
        return _passed(kind, compare.peft(opened.dir, Path(job["adapter_dir"]), numbers, said)) | {"files": []}
    with files.new_folder(out) as tmp:
        check = _write(kind, tmp, opened, numbers, job.get("name") or opened.name, prompts, emitter)
        listed = [{"path": p.name, "sha256": files.sha256(p), "bytes": p.stat().st_size} for p in sorted(tmp.iterdir())]
    return check | {"files": listed}


def _write(kind: str, tmp: Path, opened: base.Base, numbers, name: str, prompts: list[str], emitter: Emitter) -> dict:
    """Fill the folder and compare. Returns the result without its files."""
    from . import compare, gguf_file, merged
    from .source import Source

    source = Source(opened.dir, numbers)
    if kind == "merged":
        size = merged.size(source)
    elif kind == "gguf-adapter":
        gguf_file.family(json.loads((opened.dir / "config.json").read_text("utf-8")))
        size = sum(a.numel() + b.numel() for a, b in numbers.pairs.values()) * 4
    else:
        plan = gguf_file.Plan(opened.dir, source, kind.partition(":")[2])
        size = plan.size
    _must_have_room(tmp, size)
    _must_have_memory(source, kind)
    said = compare.run(opened.dir, numbers, prompts)
    wrote = _progress(emitter, size)
    if kind == "merged":
        merged.write(tmp, opened.dir, source, wrote)
        emitter.phase("checking")
        found = compare.merged(tmp, opened.dir, _coarsest(source), numbers, said)
    elif kind == "gguf-adapter":
        path = tmp / f"{_plain(name)}-lora-f32.gguf"
        gguf_file.write_adapter(path, opened.dir, numbers, name)
        files.sync(path)
        emitter.phase("checking")
        found = compare.gguf_adapter(path, opened.dir, numbers, said)
    else:
        path = tmp / f"{_plain(name)}-{plan.numbers}.gguf"
        gguf_file.write(path, plan, name, opened.licence, wrote)
        files.sync(path)
        emitter.phase("checking")
        found = compare.gguf_model(path, opened.dir, plan.numbers, numbers, said)
        words = plan.vocabulary
        return _passed(kind, found) | {"template": words.parts, "stops": [words.tokens[i] for i in words.stops]}
    return _passed(kind, found)


def _passed(kind: str, found) -> dict:
    if not found.passed:
        from . import compare

        if not abs(found.adapter_share - 1) <= found.lost:
            why = f"{found.adapter_share:.0%} of what the adapter changes are in its weights"
            if found.adapter_share < 1:
                raise compare.failed(
                    why,
                    "A short run can change the base by less than the numbers of this format can hold: train longer, or"
                    " export the adapter itself (peft, gguf-adapter).",
                )
            raise compare.failed(why)
        measured = getattr(found, found.bound)
        what = {"relative": "the largest difference of its predictions", "kl": "the mean divergence"}[found.bound]
        why = f"{what} is {measured:.3g}, and {found.limit:g} is the most for the format {kind}"
        if kind in ("gguf:q5_0", "gguf:q4_0"):
            raise compare.failed(why, "So few bits may be too coarse for this model: choose gguf:q8_0.")
        raise compare.failed(why)
    return {"format": kind, "check": found.asdict(), "template": None, "stops": []}


def _must_have_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    need = int(size * 1.02) + (16 << 20)  # the tokenizer, the head of the file
    if free < need:
        raise JobError(
            "disk",
            f"the export needs {need / 1e9:.1f} GB and {free / 1e9:.1f} GB are free there",
            "Choose another disk or a smaller format, or free some space.",
        )


def _must_have_memory(source, kind: str) -> None:
    """The comparison holds the model in float32; the reader of GGUF files holds it twice while it reads."""
    import torch

    weights = sum(math.prod(shape) for shape in source.shapes.values())
    need = weights * 4 * (2 if kind.startswith("gguf:") else 1) + (1 << 30)
    _, free = device.memory(torch.device("cpu"))
    if 0 < free < need:
        raise JobError(
            "memory",
            f"comparing it with the run needs about {need / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free",
            "Close other programs, or export on a computer with more memory.",
        )


def _progress(emitter: Emitter, total: int) -> Callable[[int], None]:
    """Tells how many bytes are written, four times a second at most."""
    done, told = 0, 0.0
    emitter.phase("saving", 0, total, "bytes")

    def wrote(n: int) -> None:
        nonlocal done, told
        done += n
        if time.monotonic() - told > 0.25 or done >= total:
            told = time.monotonic()
            emitter.phase("saving", min(done, total), total, "bytes")

    return wrote


def _coarsest(source) -> str:
    """The dtype of the base's weights with the fewest digits."""
    kinds = set(source.dtypes.values())
    return next((k for k in ("BF16", "F16") if k in kinds), "F32")


def _plain(name: str) -> str:
    """A name as far as every file system takes it."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return "-".join(part for part in kept.split("-") if part) or "model"
