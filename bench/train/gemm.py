"""Rate of the machine's matrix products at the shapes of a model, forward and input gradient: the yardstick.

python gemm.py REQUEST.json        one JSON line on standard output
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch

SECONDS = 1.0  # for each shape
SQUARE = 2048


def rate(work, flops: int, device: str) -> float:
    """Median rate in FLOP/s over repetitions, after a warm-up."""
    sync = torch.cuda.synchronize if device == "cuda" else lambda: None
    for _ in range(2):
        work()
    rates, begun = [], time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        sync()
        start = time.perf_counter()
        work()
        sync()
        rates.append(flops / (time.perf_counter() - start))
    return statistics.median(rates)


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    device, tokens = request["device"], request["tokens"]
    if request["threads"]:
        torch.set_num_threads(request["threads"])
    out = {}
    for name in ("float32", "bfloat16"):
        dtype = getattr(torch, name)
        by_shape, flops, seconds = {}, 0, 0.0
        for label, rows, width, times in request["matrices"]:
            x = torch.randn(tokens, width, device=device).to(dtype)
            dy = torch.randn(tokens, rows, device=device).to(dtype)
            w = torch.randn(rows, width, device=device).to(dtype)
            each = 4 * tokens * rows * width
            by_shape[label] = rate(lambda: (x @ w.t(), dy @ w), each, device)  # noqa: B023
            flops += each * times
            seconds += each * times / by_shape[label]
        a = torch.randn(SQUARE, SQUARE, device=device).to(dtype)
        square = rate(lambda: a @ a, 2 * SQUARE**3, device)  # noqa: B023
        out[name] = {"flops_per_second": flops / seconds, "by_shape": by_shape, "square": square}
    print(json.dumps({"threads": torch.get_num_threads(), "tokens": tokens} | out))


if __name__ == "__main__":
    main()
