"""Runs the trainer and what people would pick instead side by side, and writes one JSON with every figure.

Started by `run`, which sees to the environments. Standard library only: each engine is a child process of its own,
fresh for each block, so that the memory and the caches of one cannot help or harm another.
"""

import argparse
import json
import math
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import prepare
import table
import tuning
from children import Block, Child, spread
from tuning import AGREE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

OURS, DEFAULTS, TUNED, LOOP = "ModelFactory", "TRL defaults", "TRL tuned", "PEFT loop"
SETTINGS = {"rank": 16, "alpha": 32, "learning_rate": 1e-3}
CHECKED = 3  # steps whose losses are compared
MOST, LEAST = 20, 5  # measured steps of a cell, over its blocks
CELL_SECONDS = 600  # without a budget a cell ends after so long
STARTING = 11  # seconds that a child takes until its first step, for the plan of a budget
SPEED = {OURS: 1.5, DEFAULTS: 0.6, TUNED: 1.0, LOOP: 0.9}  # against TRL tuned, for the plan of a budget


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


# -- the bench -----------------------------------------------------------------------------------------------------


class Bench:
    def __init__(self, args: argparse.Namespace, work: Path):
        self.args, self.work, self.device, self.quick = args, work, args.device, args.quick
        self.begun, self.count = time.monotonic(), 0
        self.warm = 1 if self.device == "cpu" else 5
        self.blocks = 1 if self.quick else 2
        kinds = {"a": ("samples", 8), "b": ("mixed", 8), "c": ("dense", 2 if self.device == "cpu" else 8)}
        self.shapes = {k: self.shape(k, *kinds[k]) for k in args.shapes.split(",")}
        self.grid = [] if args.no_grid else [256] if self.quick else [256, 512, 1024]
        kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
        self.env = {k: os.environ[k] for k in kept if k in os.environ}
        self.env |= {"HOME": str(work), "TMPDIR": str(work), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        self.rows: dict[str, list] = {}
        self.room: dict[str, float] = {}  # of our recipe, where a smaller card is played
        self.too_big: list[dict] = []

    def shape(self, name: str, kind: str, rows: int) -> dict:
        """What prepare.py is to make. On a processor the rows that warm up are short; a GPU warms up on whole ones."""
        if self.quick and kind != "samples":
            rows = max(1, rows // 4)
        steps = self.warm + (2 if self.quick else MOST // self.blocks)
        warm = rows * self.warm if self.device == "cpu" else 0
        longest = 1024 if self.device == "cpu" else 2048
        return {
            "name": name,
            "kind": kind,
            "rows_per_step": rows,
            "steps": steps,
            "warm_rows": warm,
            "longest": longest,
        }

    # -- starting things ---------------------------------------------------------------------------------------------

    def helper(self, script: str, request: dict, trainer: bool = False) -> dict:
        """Run one of this folder's programs that answers with one line."""
        env = self.env | ({"PYTHONPATH": str(self.args.trainer)} if trainer else {})
        child = Child(
            self.work, self.device, [self.args.python, "-P", str(HERE / script), self._request(request)], script, env
        )
        return [e for e in child.events(1200) if e][-1]

    def _request(self, request: dict) -> str:
        self.count += 1
        path = self.work / f"request-{self.count}.json"
        path.write_text(json.dumps(request), "utf-8")
        return str(path)

    def prepare(self) -> None:
        shapes = list(self.shapes.values())
        shapes += [
            {"name": f"grid-{n}", "kind": "dense", "rows_per_step": 1, "steps": 2, "warm_rows": 0, "longest": n}
            for n in self.grid
        ]
        if "a" not in self.shapes:  # the check of the losses and the first step are taken there
            shapes.append(self.shape("a", "samples", 8))
        self.told = self.helper(
            "prepare.py",
            SETTINGS
            | {
                "base": str(self.args.base),
                "model_config": self.args.model_config,
                "samples": str(ROOT / "assets" / "datanets"),
                "work": str(self.work),
                "device": self.device,
                "shapes": shapes,
            },
            trainer=True,
        )
        for shape in shapes:
            path = self.work / "runs" / shape["name"] / "rows.json"
            self.rows[shape["name"]] = json.loads(path.read_text("utf-8"))["steps"]

    def ours(self, shape: str, steps: int, precision: str, limit: float = math.inf, least: int = 0, **options) -> Block:
        """Our trainer's own train job, as the studio starts it. options are recipe fields; None takes one out, so that
        the trainer's default holds."""
        self.count += 1
        folder = self.work / f"run-{self.count}"
        shutil.copytree(self.work / "runs" / shape, folder, ignore=shutil.ignore_patterns("rows.json"))
        job = {"run_dir": str(folder), "base_dir": self.told["base"]["dir"], "base_digest": self.told["base"]["digest"]}
        job |= {"resume": False, "threads": 0, "device": self.device}
        if options.get("rank", SETTINGS["rank"]) == SETTINGS["rank"]:
            job["initial_adapter"] = str(self.work / "adapter")
        recipe = json.loads((folder / "recipe.json").read_bytes())
        recipe |= {"max_steps": steps, "precision": precision} | self.room | options
        recipe = {k: v for k, v in recipe.items() if v is not None}
        (folder / "recipe.json").write_text(json.dumps(recipe, sort_keys=True, separators=(",", ":")), "utf-8")

        env = self.env | {"PYTHONPATH": str(self.args.trainer)}
        command = [self.args.python, "-P", "-m", "modelfactory_trainer"]
        child = Child(
            self.work, self.device, command, f"ours-{self.count}", env, {"v": 1, "job": "train", "train": job}
        )
        block, begun, last, cpu = Block({"precision": precision}), 0.0, 0.0, 0.0
        for event in child.events(limit + 1200 if limit < math.inf else 3600):
            block.peak = max(block.peak, child.usage()[0])
            if event["event"] == "step":
                block.seconds.append(event["at"] - last if last else event["seconds"])
                block.losses.append(event["loss"])
                last = event["at"]
                if not begun:
                    begun, cpu, block.first_step = last, child.usage()[1], last
                else:
                    block.cores = (child.usage()[1] - cpu) / (last - begun)
                if last - begun > limit and len(block.seconds) >= least:
                    child.send({"control": "stop"})
            elif event["event"] in ("hello", "plan"):
                block.told |= event
            elif event["event"] == "error":
                raise SystemExit(f"the trainer: {event['message']} {event['advice']}")
        block.settings["threads"] = block.told.get("threads")
        shutil.rmtree(folder)
        return block

    def peer(self, engine: str, shape: str, trials, limit: float = math.inf, least: int = 0) -> list[Block | None]:
        """A peer's process. trials(blocks) yields one trial after another and can look at what the ones before gave;
        None stands for a trial that ran out of memory."""
        request = SETTINGS | {
            "engine": engine,
            "device": self.device,
            "base": self.told["base"]["dir"],
            "adapter": str(self.work / "adapter"),
            "rows": str(self.work / "runs" / shape / "rows.json"),
            "scratch": str(self.work / "peer"),
            "limit_seconds": min(limit, 1e9),
            "least_steps": least,
        }
        path = self._request(request)
        env = self.env | {"PYTHONPATH": str(self.args.peers)}
        child = Child(
            self.work, self.device, [self.args.python, "-P", str(HERE / "peer.py"), path], f"{engine}-{self.count}", env
        )
        blocks, begun, cpu = [], 0.0, 0.0
        waiting = trials(blocks)
        for event in child.events(limit + 1200 if limit < math.inf else 3600):
            if event["event"] == "ready":
                trial = next(waiting, None)
                child.send(trial)
                if trial:
                    blocks.append(Block({}))
                    begun = 0.0
            elif event["event"] == "failed":
                blocks[-1] = None
            elif event["event"] == "settings":
                blocks[-1].settings = {k: v for k, v in event.items() if k not in ("event", "at")}
            elif event["event"] == "step":
                block = blocks[-1]
                block.seconds.append(event["seconds"])
                block.losses.append(event["loss"])
                peak, used = child.usage()
                block.peak = max(block.peak, peak)
                block.reserved = event["reserved_bytes"]
                if not begun:
                    begun, cpu, block.first_step = event["at"], used, event["at"]
                else:
                    block.cores = (used - cpu) / (event["at"] - begun)
        return blocks

    # -- what is compared --------------------------------------------------------------------------------------------

    def precisions(self, shape: str) -> list[str]:
        """fp32 on a processor; bf16 on a GPU, and beside fp32 on a processor that multiplies it in hardware."""
        if self.device == "cuda":
            return ["bf16"]
        fast = "amx_bf16" in self.about["hardware"]["flags"]
        return ["fp32", "bf16"] if fast and shape in self.args.bf16.split(",") else ["fp32"]

    def loop(self, precision: str, threads: int) -> dict:
        """A plain PEFT loop's trial."""
        dtype = {"fp32": "float32", "bf16": "bfloat16"}[precision]
        return {"threads": threads, "options": {"batch": 2, "dtype": dtype}}

    def systems(self, shape: str, precision: str) -> list[str]:
        """Who runs on a shape, in the order of a block. TRL's defaults take batches of 8 and their own precision."""
        whole = self.shapes[shape]["rows_per_step"] % 8 == 0
        return [OURS] + ([DEFAULTS] if whole and precision == self.precisions(shape)[0] else []) + [TUNED, LOOP]

    def smaller_card(self, gigabytes: float, card: float) -> None:
        """Let every engine's process have so much of the card's memory from now on. torch refuses what goes beyond;
        ours plans with nine tenths, as it does with what is free."""
        self.env["PYTORCH_ALLOC_CONF"] = f"per_process_memory_fraction:{gigabytes / card:.4f}"
        self.room = {"memory_gb": round(0.9 * gigabytes, 1)}

    def block(self, system: str, shape: str, precision: str, steps: int, limit: float) -> Block | None:
        """One fresh process; None where the memory is too small for it. It ends after `steps` measured steps, or after
        `limit` seconds and the fewest allowed."""
        least, steps = self.warm + min(steps, math.ceil(LEAST / self.blocks)), self.warm + steps
        if system == OURS:
            return self.ours(shape, steps, precision, limit, least)
        trial = {
            DEFAULTS: {"threads": 0, "options": {}},
            TUNED: self.best[shape, precision],
            LOOP: self.loop(precision, self.best[shape, precision]["threads"]),
        }[system] | {"steps": list(range(steps))}
        return self.peer("peft" if system == LOOP else "trl", shape, lambda _: iter([trial]), limit, least)[0]

    # -- parts of a run ----------------------------------------------------------------------------------------------

    def check(self) -> dict:
        """The same losses from the same start, before anything is timed."""
        ours = self.ours("a", CHECKED, "fp32")
        self.threads = ours.settings["threads"] if self.device == "cpu" else 0
        trial = self.loop("fp32", self.threads) | {"steps": list(range(CHECKED))}
        theirs = self.peer("peft", "a", lambda _: iter([trial]))[0]
        return {"ours": ours.losses, "peft_loop": theirs.losses, "difference": agree("a", ours.losses, theirs.losses)}

    def gemm(self) -> dict:
        """The rate of the bare products; layers that read the same input stand stacked, which is the faster form."""
        m, stacked = self.told["model"], {}
        for name, (rows, width) in m["linear_layers"].items():
            label = (
                "qkv"
                if name in ("q_proj", "k_proj", "v_proj")
                else "mlp in"
                if name in ("gate_proj", "up_proj")
                else name
            )
            stacked[label] = (stacked.get(label, (0, 0))[0] + rows, width)
        matrices = [[label, rows, width, m["layers"]] for label, (rows, width) in stacked.items()]
        matrices.append(["head", m["vocabulary"], m["hidden"], 1])
        request = {"device": self.device, "threads": self.threads, "tokens": 1024}
        return {k: v for k, v in self.helper("gemm.py", request | {"matrices": matrices}).items() if k != "at"}

    def split(self, steps: int) -> list[int]:
        """Measured steps of a cell, cut into its blocks."""
        return [steps // self.blocks + (i < steps % self.blocks) for i in range(self.blocks)]

    def plan_steps(self, shapes: list[str], rates: dict) -> int:
        """Measured steps of a cell of the first shape: as many as the budget has room for, fair to all that follow."""
        if self.quick or not self.args.minutes:
            return 2 if self.quick else MOST
        room = self.args.minutes * 60 - (time.monotonic() - self.begun)
        room -= len(self.grid) * 4 * (STARTING + 5) + 2 * STARTING
        seconds = {}  # of one step by every engine
        for shape in shapes:
            tokens = statistics.mean(sum(len(r["ids"]) for r in step) for step in self.rows[shape][self.warm :])
            names = [(p, s) for p in self.precisions(shape) for s in self.systems(shape, p)]
            seconds[shape] = sum(tokens / rates[shape, p] / SPEED[s] for p, s in names)
            room -= self.blocks * len(names) * STARTING + LEAST * seconds[shape]
        steps = dict.fromkeys(shapes, LEAST)
        if room < 0:
            say(f"  {self.args.minutes:.0f} minutes are too few for {LEAST} steps of each: about {-room / 60:.0f} more")
        while fitting := [s for s in shapes if steps[s] < MOST and seconds[s] <= room]:
            shape = min(fitting, key=lambda s: steps[s])
            steps[shape] += 1
            room -= seconds[shape]
        return steps[shapes[0]]

    def cells(self, shape: str, steps: int) -> list[dict]:
        """All engines on a shape: blocks A B C D A B C D, then the next precision."""
        out, limit = [], math.inf if self.args.minutes else CELL_SECONDS / self.blocks
        rows, defaults = self.rows[shape], []
        for precision in self.precisions(shape):
            names = self.systems(shape, precision)
            found: dict[str, list[Block]] = {n: [] for n in names}
            for number, part in enumerate(self.split(steps)):
                for name in list(found):
                    block = self.block(name, shape, precision, part, limit)
                    if block is None:
                        say(f"  {shape} {precision}: {name} does not fit")
                        self.too_big.append({"shape": shape, "precision": precision, "peer": name})
                        del found[name]
                        continue
                    found[name].append(block)
                    rate = block.record(rows, self.warm)["median"]
                    say(f"  {shape} {precision} block {number + 1}: {name} {rate:.1f} tok/s, {block.peak / 1e9:.2f} GB")
                if precision == "fp32":
                    agree(shape, found[OURS][number].losses, found[LOOP][number].losses)
            # TRL's defaults choose their own precision: measured once, compared with ours in each.
            defaults = found.get(DEFAULTS, defaults)
            if defaults:
                found[DEFAULTS] = defaults
            out += [self._cell(shape, precision, name, found) for name in found]
        return out

    def _cell(self, shape: str, precision: str, name: str, found: dict[str, list[Block]]) -> dict:
        rows, blocks = self.rows[shape], [b.record(self.rows[shape], self.warm) for b in found[name]]
        cell = {
            "shape": shape,
            "precision": precision,
            "peer": name,
            "settings": blocks[0]["settings"],
            "steps": sum(len(b["tokens_per_second"]) for b in blocks),
            "tokens_per_step": round(statistics.mean(sum(len(r["ids"]) for r in s) for s in rows[self.warm :])),
            **spread([r for b in blocks for r in b["tokens_per_second"]]),
            "peak_memory_bytes": max(b["peak_memory_bytes"] for b in blocks),
            "blocks": blocks,
        }
        if name != OURS:
            ours = [b.record(rows, self.warm) for b in found[OURS]]
            cell["ratios"] = [round(_ratio(a, b), 4) for a, b in zip(ours, blocks, strict=True)]
            cell["ratio"] = round(statistics.mean(cell["ratios"]), 4)
            most = max(b["peak_memory_bytes"] for b in ours)
            cell["memory_ratio"] = round(most / cell["peak_memory_bytes"], 4)
        return cell

    def memory(self) -> dict:
        """Told against measured peak, over the grid."""
        cells = []
        for length in self.grid:
            for rank in [8] if self.quick else [8, 64]:
                for recompute in ["off"] if self.quick else ["off", "on"]:
                    settings = {"rank": rank, "alpha": 2 * rank, "token_budget": length, "recompute": recompute}
                    precision = "bf16" if self.device == "cuda" else "fp32"
                    block = self.ours(f"grid-{length}", 2, precision, **settings)
                    told = block.told["expected_bytes"]
                    cell = {"tokens": length, "rank": rank, "recompute": recompute}
                    cell |= {"told": told, "measured": block.peak, "error": round(told / block.peak - 1, 4)}
                    cells.append(cell)
                    say(f"  memory at {length} tokens, rank {rank}, recompute {recompute}: {table.memory_text(cell)}")
        errors = [abs(c["error"]) for c in cells]
        return {"grid": cells, "median_error": statistics.median(errors), "worst_error": max(errors)}

    def first_step(self) -> float:
        """Seconds from the request to the first step's event with the trainer's own default recipe."""
        recipe = json.loads((self.work / "runs" / "a" / "recipe.json").read_bytes())
        own = dict.fromkeys(k for k in recipe if k not in ("base", "data"))
        return round(self.ours("a", 1, "auto", **own).first_step, 3)

    # -- the whole ---------------------------------------------------------------------------------------------------

    def run(self) -> dict:
        if (load := os.getloadavg()[0]) > 0.5 and self.device == "cpu":
            say(f"other programs are at work here (load {load:.1f}): every engine will look slower than it is")
        say("rows, run folders, initial adapter")
        self.about = about(self.args)
        self.prepare()
        result = {
            "schema": "modelfactory/bench-train/1",
            "date": time.strftime("%Y-%m-%d"),
            "quick": self.quick,
            "device": self.device,
            **self.about,
            "model": self.told["model"],
            "settings": SETTINGS | {"warm_up_steps": self.warm, "blocks": self.blocks},
            "shapes": {s: figures(x, self.rows[s][self.warm :], self.told["model"]) for s, x in self.shapes.items()},
        }
        say("the same losses from the same start")
        result["check"] = self.check()
        say(f"  largest difference {result['check']['difference']:.1e}")
        if self.args.memory_gb:
            card = float(self.about["hardware"]["gpu"].split(",")[1].removesuffix("MiB")) * (1 << 20) / 1e9
            self.smaller_card(self.args.memory_gb, card)
            result["memory_gb"] = self.args.memory_gb
        say("matrix products")
        result["gemm"] = self.gemm()
        self.best, result["search"], rates = {}, {}, {}
        for shape in self.shapes:
            for precision in self.precisions(shape):
                tried, self.best[shape, precision] = tuning.search(self, shape, precision)
                say(f"  TRL tuned on {shape}, {precision}: " + ", ".join(tuning.named(t) for t in tried))
                result["search"].setdefault(shape, {})[precision] = tried
                rates[shape, precision] = next(t["tokens_per_second"] for t in tried if t["best"])
        result["cells"] = []
        for number, shape in enumerate(self.shapes):
            steps = self.plan_steps(list(self.shapes)[number:], rates)
            say(f"shape {shape}: {steps} measured steps of each engine, in {self.blocks} block(s)")
            result["cells"] += self.cells(shape, steps)
        result["too_big"] = self.too_big
        for cell in result["cells"]:
            rate = result["gemm"][{"fp32": "float32", "bf16": "bfloat16"}[cell["precision"]]]["flops_per_second"]
            flops = result["shapes"][cell["shape"]]["flops_per_token"]
            cell["share_of_gemm_rate"] = round(cell["median"] * flops / rate, 4)
        say("first step after Start")
        result["first_step_seconds"] = self.first_step()
        say(f"  {result['first_step_seconds']:.1f} s")
        if self.grid:
            result["memory"] = self.memory()
        result["minutes"] = round((time.monotonic() - self.begun) / 60, 1)
        return result


def agree(shape: str, ours: list[float], theirs: list[float]) -> float:
    """Largest difference of the first losses. Refused when it is too large: the engines would not do the same work."""
    pairs = list(zip(ours[:CHECKED], theirs[:CHECKED], strict=False))
    if not all(abs(a - b) <= AGREE for a, b in pairs):  # false for NaN too
        raise SystemExit(f"refused: on {shape} the first losses differ by more than {AGREE} (ours, PEFT loop): {pairs}")
    return max(abs(a - b) for a, b in pairs)


def _ratio(ours: dict, theirs: dict) -> float:
    """Ours over theirs, on the steps that both did."""
    n = min(len(ours["tokens_per_second"]), len(theirs["tokens_per_second"]))
    return statistics.median(ours["tokens_per_second"][:n]) / statistics.median(theirs["tokens_per_second"][:n])


def figures(shape: dict, rows: list[list[dict]], model: dict) -> dict:
    """What a shape is, and the floating-point operations that one of its tokens needs at least.

    Body: 4 N (forward and input gradient, 2 each; frozen weights have no gradient). Head: 4 V H for each trained token.
    Attention: 6 W L̄ for each layer, W the width of the queries and L̄ = Σ length² / Σ length (two products forward and
    four backward of 2 W operations with each of the L̄ / 2 positions that a token sees on average). The adapter's own
    operations are not counted: they are ours to keep small.
    """
    lengths = [len(r["ids"]) for step in rows for r in step]
    trained = sum(sum(r["trained"]) for step in rows for r in step)
    tokens = sum(lengths)
    seen = sum(n * n for n in lengths) / tokens
    flops = 4 * model["body_parameters"] + 4 * model["vocabulary"] * model["hidden"] * trained / tokens
    flops += 6 * model["query_width"] * model["layers"] * seen
    return {
        "kind": shape["kind"],
        "rows_per_step": shape["rows_per_step"],
        "tokens_per_step": round(tokens / len(rows)),
        "trained_share": round(trained / tokens, 4),
        "median_length": statistics.median(lengths),
        "longest": max(lengths),
        "flops_per_token": round(flops),
    }


def about(args: argparse.Namespace) -> dict:
    """Hardware, versions and the state of the source."""
    cpu, flags = platform.processor() or platform.machine(), []
    if Path("/proc/cpuinfo").exists():
        lines = [x.split(":", 1) for x in Path("/proc/cpuinfo").read_text().splitlines() if ":" in x]
        found = {k.strip(): v.strip() for k, v in reversed(lines)}
        cpu = found.get("model name", cpu)
        flags = [f for f in found.get("flags", "").split() if f.startswith(("avx", "amx", "fma"))]
    gpu = ""
    if args.device == "cuda":
        query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader", "-i", "0"]
        gpu = subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    names = ["torch", "transformers", "peft", "trl", "datasets", "accelerate"]
    script = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {names}}}))"
    command = [args.python, "-P", "-c", script]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(args.peers)}
    versions = json.loads(subprocess.run(command, env=env, capture_output=True, check=True).stdout)

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()

    return {
        "hardware": {
            "cpu": cpu,
            "cores": os.cpu_count(),
            "flags": flags,
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "gpu": gpu,
            "load_before": os.getloadavg()[0],
        },
        "versions": {"python": platform.python_version(), **versions},
        "commit": git("rev-parse", "--short", "HEAD"),
        "trainer_changed": bool(git("status", "--porcelain", "--", "training/trainer")),
    }


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
    for name in ("--base", "--peers"):
        option(name, type=Path, required=True, help=argparse.SUPPRESS)
    option("--python", required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.device == "cuda" and not shutil.which("nvidia-smi"):
        parser.error("--device cuda needs an NVIDIA card and its nvidia-smi, which is not here")
    if args.memory_gb and args.device != "cuda":
        parser.error("--memory-gb is for --device cuda")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the child in work ends too
    results = ROOT / "bench" / "results"
    name = (args.model_config or args.device) + (f"-{args.memory_gb:g}gb" if args.memory_gb else "")
    out = args.out or (None if args.quick else results / f"train-{name}.json")
    with tempfile.TemporaryDirectory(prefix="bench-train-") as work:
        result = Bench(args, Path(work)).run()
    print(table.markdown(result))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        say(f"written: {out}")
    if out and out.parent == results:
        table.write(sorted(results.glob("train-*.json")))
        say(f"written: {table.DOCUMENT}")


if __name__ == "__main__":
    main()
