"""The machine that is measured on: hardware, versions, its rate of matrix products, and what a token needs of it."""

import argparse
import os
import platform
import statistics
import subprocess
from pathlib import Path

import environment
from bench import PEERS, ROOT, Bench

DTYPES = {"fp32": "float32", "bf16": "bfloat16"}  # precision -> torch's name


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
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(args.peers)}
    versions = environment.versions(args.python, PEERS, env)

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


def gemm(bench: Bench) -> dict:
    """The rate of the bare products; layers that read the same input stand stacked, which is the faster form."""
    m, stacked = bench.told["model"], {}
    for name, (rows, width) in m["linear_layers"].items():
        label = (
            "qkv" if name in ("q_proj", "k_proj", "v_proj") else "mlp in" if name in ("gate_proj", "up_proj") else name
        )
        stacked[label] = (stacked.get(label, (0, 0))[0] + rows, width)
    matrices = [[label, rows, width, m["layers"]] for label, (rows, width) in stacked.items()]
    matrices.append(["head", m["vocabulary"], m["hidden"], 1])
    request = {"device": bench.device, "threads": bench.threads, "tokens": 1024}
    return {k: v for k, v in bench.helper("gemm.py", request | {"matrices": matrices}).items() if k != "at"}
