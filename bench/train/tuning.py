"""The search of TRL's best settings on a shape of rows, so that what is compared is TRL as an expert would run it."""

import os
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench import Bench

AGREE = 1e-4  # largest difference of a loss in the first steps, relative to it
AGREE_BF16 = 0.02  # the same of a search in bf16, where rounding decides the last digits


def trial(
    device: str, precision: str, batch: int, threads: int, padding_free: bool = False, checkpointing: bool = False
) -> dict:
    """A trial of TRL in a precision of our choice, without checkpointing where that fits."""
    options = {"per_device_train_batch_size": batch, "gradient_checkpointing": checkpointing}
    options["bf16"] = precision == "bf16"
    if precision == "bf16":
        options["model_init_kwargs"] = {"dtype": "bfloat16"}
    if device == "cuda":
        options["use_liger_kernel"] = True
    if padding_free:
        options["padding_free"] = True
    return {"threads": threads, "options": options}


def search(bench: "Bench", shape: str, precision: str) -> tuple[list[dict], dict]:
    """Search TRL's best settings: batches, then threads, then rows behind one another without padding.

    Each is tried on one step of usual size, after a small one that warms up. Padding-free counts only when its
    loss is that of the padded form: that is what makes it valid. Returns what was tried and the best trial.
    """
    rows, per_step, cores = bench.rows[shape], bench.shapes[shape]["rows_per_step"], os.cpu_count() or 1
    size = [sum(len(r["ids"]) for r in step) for step in rows]
    usual = min(range(len(rows)), key=lambda i: (abs(size[i] - statistics.median(size)), i))
    small = min(range(len(rows)), key=lambda i: (size[i], i))
    tried: list[dict] = []

    def attempt(blocks: list, **settings):
        one = trial(bench.device, precision, **settings)
        yield one | {"steps": [usual]}
        block = blocks[-1]
        rate = size[usual] / block.seconds[0] if block else 0.0
        loss = block.losses[0] if block else None
        tried.append({**settings, "tokens_per_second": round(rate, 3), "loss": loss, "trial": one})

    def trials(blocks: list):
        yield trial(bench.device, precision, 1, bench.threads) | {"steps": [small]}
        batches = [b for b in (1, 2, 4, 8) if per_step % b == 0]
        for batch in batches:
            yield from attempt(blocks, batch=batch, threads=bench.threads)
        if all(t["loss"] is None for t in tried):
            for batch in batches:
                yield from attempt(blocks, batch=batch, threads=bench.threads, checkpointing=True)
            return
        batch = max(tried, key=lambda t: t["tokens_per_second"])["batch"]
        if per_step > 1 and bench.shapes[shape]["kind"] != "dense":  # documents of one length have no padding
            yield from attempt(blocks, batch=max(2, batch), threads=bench.threads, padding_free=True)
        if bench.device == "cpu" and cores > 1:
            yield from attempt(blocks, batch=batch, threads=cores if bench.threads < cores else 1)

    bench.peer("trl", shape, trials)
    if all(t["loss"] is None for t in tried):
        raise SystemExit(f"TRL fits with no batch of {shape} in this memory: give more with --memory-gb")
    best = max((t for t in tried if not t.get("padding_free")), key=lambda t: t["tokens_per_second"])
    for t in tried:
        near = AGREE * abs(best["loss"]) if precision == "fp32" else AGREE_BF16
        t["valid"] = t["loss"] is not None and abs(t["loss"] - best["loss"]) <= near
    best = max((t for t in tried if t["valid"]), key=lambda t: t["tokens_per_second"])
    chosen = best["trial"]
    for t in tried:
        t["best"] = t is best
        del t["trial"]
    return tried, chosen


def named(t: dict) -> str:
    """What was tried, in words; * is the best."""
    words = f"batch {t['batch']}"
    words += f", {t['threads']} thread{'s' if t['threads'] > 1 else ''}" if t["threads"] else ""
    words += ", padding-free" if t.get("padding_free") else ""
    words += ", checkpointing" if t.get("checkpointing") else ""
    if t["loss"] is None:
        return f"{words}: did not fit"
    return f"{words}: {t['tokens_per_second']:.1f}{'' if t['valid'] else ' (other losses)'}{' *' if t['best'] else ''}"
