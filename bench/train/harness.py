"""Runs the trainer and what people would pick instead side by side, and writes one JSON with every figure.

Started by `run`, which sees to the environments. Standard library only: each engine is a child process of its own,
fresh for each block, so that the memory and the caches of one cannot help or harm another.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import blocks
import machine
import memory
import prepare
import table
import tuning
from bench import CHECKED, ROOT, SETTINGS, Bench, say


def check(bench: Bench) -> dict:
    """The same losses from the same start, before anything is timed."""
    ours = bench.ours("a", CHECKED, "fp32")
    bench.threads = ours.settings["threads"] if bench.device == "cpu" else 0
    trial = bench.loop("fp32", bench.threads) | {"steps": list(range(CHECKED))}
    theirs = bench.peer("peft", "a", lambda _: iter([trial]))[0]
    difference = blocks.agree("a", ours.losses, theirs.losses)
    return {"ours": ours.losses, "peft_loop": theirs.losses, "difference": difference}


def first_step(bench: Bench) -> float:
    """Seconds from the request to the first step's event with the trainer's own default recipe."""
    recipe = json.loads((bench.work / "runs" / "a" / "recipe.json").read_bytes())
    own = dict.fromkeys(k for k in recipe if k not in ("base", "data"))
    return round(bench.ours("a", 1, "auto", **own).first_step, 3)


def run(args: argparse.Namespace, work: Path, result: dict) -> None:
    """The whole comparison; work is an empty folder for what it writes on the way. result is filled as it goes."""
    bench = Bench(args, work)
    if (load := os.getloadavg()[0]) > 0.5 and bench.device == "cpu":
        say(f"other programs are at work here (load {load:.1f}): every engine will look slower than it is")
    say("rows, run folders, initial adapter")
    bench.about = machine.about(args)
    bench.prepare()
    shapes = bench.shapes.items()
    result |= {
        "schema": "modelfactory/bench-train/1",
        "date": time.strftime("%Y-%m-%d"),
        "quick": bench.quick,
        "device": bench.device,
        **bench.about,
        "model": bench.told["model"],
        "settings": SETTINGS | {"warm_up_steps": bench.warm, "blocks": bench.blocks},
        "shapes": {s: machine.figures(x, bench.rows[s][bench.warm :], bench.told["model"]) for s, x in shapes},
    }
    if bench.device == "cuda":
        say("Unsloth's environment")
        result["unsloth_versions"] = bench.install_unsloth()
    say("the same losses from the same start")
    result["check"] = check(bench)
    say(f"  largest difference {result['check']['difference']:.1e}")
    if args.memory_gb:
        card = float(bench.about["hardware"]["gpu"].split(",")[1].removesuffix("MiB")) * (1 << 20) / 1e9
        bench.smaller_card(args.memory_gb, card)
        result["memory_gb"] = args.memory_gb
    say("matrix products")
    result["gemm"] = machine.gemm(bench)
    bench.best, result["search"], rates = {}, {}, {}
    for shape in bench.shapes:
        for precision in bench.precisions(shape):
            tried, bench.best[shape, precision] = tuning.search(bench, shape, precision)
            say(f"  TRL tuned on {shape}, {precision}: " + ", ".join(tuning.named(t) for t in tried))
            result["search"].setdefault(shape, {})[precision] = tried
            rates[shape, precision] = next(t["tokens_per_second"] for t in tried if t["best"])
    result["cells"] = []
    for number, shape in enumerate(bench.shapes):
        steps = blocks.plan_steps(bench, list(bench.shapes)[number:], rates)
        say(f"shape {shape}: {steps} measured steps of each engine, in {bench.blocks} block(s)")
        result["cells"] += blocks.cells(bench, shape, steps)
    result["too_big"], result["failed"] = bench.too_big, bench.failed
    for cell in result["cells"]:
        if "gemm" not in cell:
            continue
        flops = result["shapes"][cell["shape"]]["flops_per_token"]
        shares = [b["median"] * flops / rate for b, rate in zip(cell["blocks"], cell["gemm"], strict=True)]
        cell["share_of_gemm_rate"] = round(statistics.mean(shares), 4)
    say("first step after Start")
    result["first_step_seconds"] = first_step(bench)
    say(f"  {result['first_step_seconds']:.1f} s")
    if bench.grid:
        result["memory"] = memory.grid(bench)
    result["minutes"] = round((time.monotonic() - bench.begun) / 60, 1)


def write(path: Path, result: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    say(f"written: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/train/run", description=__doc__.split("\n")[0])
    option = parser.add_argument
    option("--device", choices=["cpu", "cuda"], default="cpu")
    option("--shapes", default="a,b,c", help="of a (sample DataNets), b (mixed lengths), c (dense documents)")
    option("--bf16", default="b", help="shapes measured in bf16 too, on a processor that multiplies it in hardware")
    option("--minutes", type=float, help="plan the steps so that all is done in about so long")
    option("--quick", action="store_true", help="two small steps of everything: shows that it works, measures nothing")
    option(
        "--memory-gb",
        type=float,
        help="on a GPU: give each engine so much of its memory, as a smaller card would; its speed stays its own",
    )
    option(
        "--model-config",
        default="",
        choices=["", *prepare.CONFIGS],
        metavar="SHAPE",
        help="random weights: qwen3-0.6b, llama-3.2-1b, llama-3.1-8b, or tiny to try the bench out",
    )
    option("--no-grid", action="store_true", help="leave out the memory grid")
    option("--out", type=Path, help="where the JSON goes (bench/results; with --quick nowhere)")
    option("--trainer", type=Path, default=ROOT / "training" / "trainer", help="folder of the trainer to measure")
    for name in ("--base", "--peers", "--unsloth"):
        option(name, type=Path, required=True, help=argparse.SUPPRESS)
    for name in ("--python", "--uv"):
        option(name, required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.device == "cuda" and not shutil.which("nvidia-smi"):
        parser.error("--device cuda needs an NVIDIA card and its nvidia-smi, which is not here")
    if args.memory_gb and args.device != "cuda":
        parser.error("--memory-gb is for --device cuda")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the child in work ends too
    results = ROOT / "bench" / "results"
    name = (args.model_config or args.device) + (f"-{args.memory_gb:g}gb" if args.memory_gb else "")
    out = args.out or (None if args.quick else results / f"train-{name}.json")
    result: dict = {}
    try:
        with tempfile.TemporaryDirectory(prefix="bench-train-") as work:
            run(args, Path(work), result)
    except BaseException:
        if out and result.get("cells"):  # whole shapes: not a result, but not to be lost either
            write(out.with_name(f"unfinished-{out.name}"), result)
        raise
    print(table.markdown(result))
    if out:
        write(out, result)
    if out and out.parent == results:
        table.write(sorted(results.glob("train-*.json")))
        say(f"written: {table.DOCUMENT}")


if __name__ == "__main__":
    main()
