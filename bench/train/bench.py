"""What every engine is given, and how one is started: rows, environments, a process, its block."""

import argparse
import json
import math
import os
import shutil
import time
from pathlib import Path

import environment
from children import Block, Child, ChildFailed

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

SETTINGS = {"rank": 16, "alpha": 32, "learning_rate": 1e-3}
MOST = 20  # measured steps of a cell, over its blocks
CHECKED = 3  # steps whose losses are compared
PEERS = ("torch", "transformers", "peft", "trl", "datasets", "accelerate")


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Bench:
    def __init__(self, args: argparse.Namespace, work: Path):
        self.args, self.work, self.device, self.quick = args, work, args.device, args.quick
        self.begun, self.count = time.monotonic(), 0
        self.warm = 1 if self.device == "cpu" else 5
        self.blocks = 1 if self.quick else 2
        self.longest = 1024 if self.device == "cpu" else 2048
        kinds = {"a": ("samples", 8), "b": ("mixed", 8), "c": ("dense", 2 if self.device == "cpu" else 8)}
        self.shapes = {k: self.shape(k, *kinds[k]) for k in args.shapes.split(",")}
        self.grid = [] if args.no_grid else [256] if self.quick else [256, 512, 1024]
        kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
        self.env = {k: os.environ[k] for k in kept if k in os.environ}
        self.env |= {"HOME": str(work), "TMPDIR": str(work), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        self.rows: dict[str, list] = {}
        self.room: dict[str, float] = {}  # of our recipe, where a smaller card is played
        self.too_big: list[dict] = []
        self.failed: list[dict] = []  # cells of Unsloth without figures, and why
        self.no_unsloth: ChildFailed | None = None  # why its environment could not be made

    def shape(self, name: str, kind: str, rows: int) -> dict:
        """What prepare.py is to make. On a processor the rows that warm up are short; a GPU warms up on whole ones."""
        if self.quick and kind != "samples":
            rows = max(1, rows // 4)
        steps = self.warm + (2 if self.quick else MOST // self.blocks)
        warm = rows * self.warm if self.device == "cpu" else 0
        return {
            "name": name,
            "kind": kind,
            "rows_per_step": rows,
            "steps": steps,
            "warm_rows": warm,
            "longest": self.longest,
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

    def install_unsloth(self) -> dict:
        """Make Unsloth's environment and return its versions. Where it cannot be made, Unsloth's cells say why."""
        try:
            environment.install(self.args.uv, self.args.python, self.args.unsloth, HERE / "unsloth.txt")
        except ChildFailed as e:
            say(f"Unsloth: {e}")
            self.no_unsloth = e
            return {}
        return environment.versions(environment.python(self.args.unsloth), ("unsloth", "unsloth_zoo", *PEERS))

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

        # As the studio starts it (training/local/env.go).
        env = self.env | {"PYTHONPATH": str(self.args.trainer), "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
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
        block.settings["kernels"] = block.told.get("kernels")
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
            "longest": self.longest,
            "limit_seconds": min(limit, 1e9),
            "least_steps": least,
        }
        path = self._request(request)
        python, env = self.args.python, self.env | {"PYTHONPATH": str(self.args.peers)}
        if engine == "unsloth":
            if self.no_unsloth:
                raise self.no_unsloth
            python, env = str(environment.python(self.args.unsloth)), dict(self.env)
            if "PYTORCH_ALLOC_CONF" in env:  # a smaller card: what Unsloth sets where nothing is set has to stay
                env["PYTORCH_ALLOC_CONF"] += ",expandable_segments:True"
        command = [python, "-P", str(HERE / "peer.py"), path]
        child = Child(self.work, self.device, command, f"{engine}-{self.count}", env)
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

    # -- settings of a trial -------------------------------------------------------------------------------------------

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

    def smaller_card(self, gigabytes: float, card: float) -> None:
        """Let every engine's process have so much of the card's memory from now on. torch refuses what goes beyond;
        ours plans with nine tenths, as it does with what is free."""
        self.env["PYTORCH_ALLOC_CONF"] = f"per_process_memory_fraction:{gigabytes / card:.4f}"
        self.room = {"memory_gb": round(0.9 * gigabytes, 1)}
