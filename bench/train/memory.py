"""The memory that the trainer tells before a run against the peak measured, over a fixed grid."""

import statistics

import table
from bench import Bench, say


def grid(bench: Bench) -> dict:
    """Told against measured peak, over the grid."""
    cells = []
    for length in bench.grid:
        for rank in [8] if bench.quick else [8, 64]:
            for recompute in ["off"] if bench.quick else ["off", "on"]:
                settings = {"rank": rank, "alpha": 2 * rank, "token_budget": length, "recompute": recompute}
                precision = "bf16" if bench.device == "cuda" else "fp32"
                block = bench.ours(f"grid-{length}", 2, precision, **settings)
                told = block.told["expected_bytes"]
                cell = {"tokens": length, "rank": rank, "recompute": recompute}
                cell |= {"told": told, "measured": block.peak, "error": round(told / block.peak - 1, 4)}
                cells.append(cell)
                say(f"  memory at {length} tokens, rank {rank}, recompute {recompute}: {table.memory_text(cell)}")
    errors = [abs(c["error"]) for c in cells]
    return {"grid": cells, "median_error": statistics.median(errors), "worst_error": max(errors)}
