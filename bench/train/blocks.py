"""The comparison: who runs on a shape, how many steps, block after block, and a cell of figures for each engine."""

import math
import statistics
import time

import machine
from bench import CHECKED, MOST, Bench, say
from children import Block, ChildFailed, spread
from tuning import AGREE, AGREE_BF16

OURS, DEFAULTS, TUNED, LOOP = "ModelFactory", "TRL defaults", "TRL tuned", "PEFT loop"
UNSLOTH = "Unsloth defaults"
LEAST = 5  # measured steps of a cell, over its blocks
CELL_SECONDS = 600  # without a budget a cell ends after so long
PRODUCTS = 17  # seconds to measure the rate of matrix products
STARTING = 11  # seconds that a child takes until its first step, for the plan of a budget
SPEED = {OURS: 1.5, DEFAULTS: 0.6, TUNED: 1.0, LOOP: 0.9, UNSLOTH: 1.2}  # against TRL tuned, for the same plan


def systems(bench: Bench, shape: str, precision: str) -> list[str]:
    """Who runs on a shape, in the order of a block. TRL's defaults take batches of 8 and their own precision; Unsloth's
    take batches of 4 and want a GPU."""
    rows = bench.shapes[shape]["rows_per_step"]
    defaults = rows % 8 == 0 and precision == bench.precisions(shape)[0]
    own = bench.device == "cuda" and rows % 4 == 0
    return [OURS] + ([DEFAULTS] if defaults else []) + [TUNED, LOOP] + ([UNSLOTH] if own else [])


def run(bench: Bench, system: str, shape: str, precision: str, steps: int, limit: float) -> Block | None:
    """One fresh process; None where the memory is too small for it. It ends after `steps` measured steps, or after
    `limit` seconds and the fewest allowed."""
    least, steps = bench.warm + min(steps, math.ceil(LEAST / bench.blocks)), bench.warm + steps
    if system == OURS:
        return bench.ours(shape, steps, precision, limit, least)
    engine, trial = {
        DEFAULTS: ("trl", {"threads": 0, "options": {}}),
        TUNED: ("trl", bench.best[shape, precision]),
        LOOP: ("peft", bench.loop(precision, bench.best[shape, precision]["threads"])),
        UNSLOTH: ("unsloth", {"threads": 0, "options": {}}),
    }[system]
    trial = trial | {"steps": list(range(steps))}
    return bench.peer(engine, shape, lambda _: iter([trial]), limit, least)[0]


def split(bench: Bench, steps: int) -> list[int]:
    """Measured steps of a cell, cut into its blocks."""
    return [steps // bench.blocks + (i < steps % bench.blocks) for i in range(bench.blocks)]


def plan_steps(bench: Bench, shapes: list[str], rates: dict) -> int:
    """Measured steps of a cell of the first shape: as many as the budget has room for, fair to all that follow."""
    if bench.quick or not bench.args.minutes:
        return 2 if bench.quick else MOST
    room = bench.args.minutes * 60 - (time.monotonic() - bench.begun)
    room -= len(bench.grid) * 4 * (STARTING + 5) + 2 * STARTING
    seconds = {}  # of one step by every engine
    for shape in shapes:
        tokens = statistics.mean(sum(len(r["ids"]) for r in step) for step in bench.rows[shape][bench.warm :])
        names = [(p, s) for p in bench.precisions(shape) for s in systems(bench, shape, p)]
        seconds[shape] = sum(tokens / rates[shape, p] / SPEED[s] for p, s in names)
        room -= (
            bench.blocks * (len(names) * STARTING + len(bench.precisions(shape)) * PRODUCTS) + LEAST * seconds[shape]
        )
    steps = dict.fromkeys(shapes, LEAST)
    if room < 0:
        say(f"  {bench.args.minutes:.0f} minutes are too few for {LEAST} steps of each: about {-room / 60:.0f} more")
    while fitting := [s for s in shapes if steps[s] < MOST and seconds[s] <= room]:
        shape = min(fitting, key=lambda s: steps[s])
        steps[shape] += 1
        room -= seconds[shape]
    return steps[shapes[0]]


def cells(bench: Bench, shape: str, steps: int) -> list[dict]:
    """All engines on a shape: blocks A B C D A B C D, then the next precision."""
    out, limit = [], math.inf if bench.args.minutes else CELL_SECONDS / bench.blocks
    rows, defaults = bench.rows[shape], []
    for precision in bench.precisions(shape):
        names = systems(bench, shape, precision)
        found: dict[str, list[Block]] = {n: [] for n in names}
        products = []  # the machine's rate beside each block: it changes from hour to hour
        for number, part in enumerate(split(bench, steps)):
            products.append(machine.gemm(bench)[machine.DTYPES[precision]]["flops_per_second"])
            for name in list(found):
                where = {"shape": shape, "precision": precision, "peer": name}
                try:
                    block = run(bench, name, shape, precision, part, limit)
                    if name == UNSLOTH and block:
                        same_work(found[OURS][number], block)
                except ChildFailed as e:
                    if name != UNSLOTH:
                        raise
                    say(f"  {shape} {precision}: {name} has no figures. {e}")
                    bench.failed.append(where | {"why": e.why})
                    del found[name]
                    continue
                if block is None:
                    say(f"  {shape} {precision}: {name} does not fit")
                    bench.too_big.append(where)
                    del found[name]
                    continue
                found[name].append(block)
                rate = block.record(rows, bench.warm)["median"]
                say(f"  {shape} {precision} block {number + 1}: {name} {rate:.1f} tok/s, {block.peak / 1e9:.2f} GB")
            if precision == "fp32":
                agree(shape, found[OURS][number].losses, found[LOOP][number].losses)
        # TRL's defaults choose their own precision: measured once, compared with ours in each.
        defaults = found.get(DEFAULTS, defaults)
        if defaults:
            found[DEFAULTS] = defaults
        for name in found:
            again = name == DEFAULTS and precision != bench.precisions(shape)[0]  # timed beside other products
            out.append(_cell(bench, shape, precision, name, found) | ({} if again else {"gemm": products}))
    return out


def _cell(bench: Bench, shape: str, precision: str, name: str, found: dict[str, list[Block]]) -> dict:
    rows, blocks = bench.rows[shape], [b.record(bench.rows[shape], bench.warm) for b in found[name]]
    cell = {
        "shape": shape,
        "precision": precision,
        "peer": name,
        "settings": blocks[0]["settings"],
        "steps": sum(len(b["tokens_per_second"]) for b in blocks),
        "tokens_per_step": round(statistics.mean(sum(len(r["ids"]) for r in s) for s in rows[bench.warm :])),
        **spread([r for b in blocks for r in b["tokens_per_second"]]),
        "peak_memory_bytes": max(b["peak_memory_bytes"] for b in blocks),
        "blocks": blocks,
    }
    if name != OURS:
        ours = [b.record(rows, bench.warm) for b in found[OURS]]
        cell["ratios"] = [round(_ratio(a, b), 4) for a, b in zip(ours, blocks, strict=True)]
        cell["ratio"] = round(statistics.mean(cell["ratios"]), 4)
        most = max(b["peak_memory_bytes"] for b in ours)
        cell["memory_ratio"] = round(most / cell["peak_memory_bytes"], 4)
    return cell


def _ratio(ours: dict, theirs: dict) -> float:
    """Ours over theirs, on the steps that both did."""
    n = min(len(ours["tokens_per_second"]), len(theirs["tokens_per_second"]))
    return statistics.median(ours["tokens_per_second"][:n]) / statistics.median(theirs["tokens_per_second"][:n])


def agree(shape: str, ours: list[float], theirs: list[float]) -> float:
    """Largest difference of the first losses. Refused when it is too large: the engines would not do the same work."""
    pairs = list(zip(ours[:CHECKED], theirs[:CHECKED], strict=False))
    if not all(abs(a - b) <= AGREE * abs(b) for a, b in pairs):  # false for NaN too
        raise SystemExit(f"refused: on {shape} the first losses differ by more than {AGREE} (ours, PEFT loop): {pairs}")
    return max(abs(a - b) for a, b in pairs)


def same_work(ours: Block, theirs: Block) -> None:
    """Refuse a block whose first losses are not ours, within what rounding to bf16 leaves: it did other work."""
    pairs = list(zip(ours.losses[:CHECKED], theirs.losses[:CHECKED], strict=False))
    if not all(abs(a - b) <= AGREE_BF16 for a, b in pairs):  # false for NaN too
        told = ", ".join(f"{b:.3f} where ours is {a:.3f}" for a, b in pairs)
        why = f"its first losses differ from ours by more than {AGREE_BF16}: {told}"
        raise ChildFailed(why, why)
