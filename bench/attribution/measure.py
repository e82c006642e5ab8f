"""What attribution will stand on, measured on a real base: python bench/attribution/measure.py BASE_DIR OUT.json

Two ratios, each of pairs taken in turn (A B A B) in one process on one processor thread, in processor seconds and in
seconds of the clock:
  split    a training step's gradient with its parts by contributor beside / without
  score    answers under the base and many adapters in one batch / one adapter after another
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "training" / "trainer"))

from modelfactory_trainer import device as devices  # noqa: E402

devices.prepare_environment(1)

import torch  # noqa: E402
from modelfactory_trainer import base, canonical, files, learner, score  # noqa: E402
from modelfactory_trainer.protocol import Emitter, Inbox  # noqa: E402

NETS = ("bicycle-workshop", "harbour-notices")
STEPS, REPEATS, ADAPTERS = 3, 2, 6


def main(base_dir: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as tmp:
        run = prepared(base_dir, Path(tmp))
        found = {
            "base": run.base.ref,
            "nets": NETS,
            "device": "cpu",
            "threads": 1,
            "torch": torch.__version__,
        }
        found |= {"cores": os.cpu_count(), "load_before": os.getloadavg()}
        found["split"] = split(run)
        found["score"] = {str(n): scored(run, n) for n in (1, 4)}
        found["load_after"] = os.getloadavg()
    out.write_text(json.dumps(found, indent=1) + "\n")
    print(out.read_text())


def prepared(base_dir: Path, folder: Path) -> learner.Learner:
    """The sample nets under the balanced recipe, with a fresh adapter."""
    listed = []
    for net in NETS:
        rows = ROOT / "assets" / "datanets" / net / "1" / "rows.jsonl"
        at = {
            "net": net,
            "version": 1,
            "path": str(rows),
            "rows_sha256": files.sha256(rows),
        }
        listed.append(at | {"rows": len(rows.read_bytes().splitlines()), "weight_ppm": 500_000})
    (folder / "data.json").write_bytes(canonical.dumps(listed))
    (folder / "recipe.json").write_bytes(canonical.dumps({"base": base.open_base(base_dir).ref, "precision": "fp32"}))
    job = {"run_dir": str(folder), "base_dir": str(base_dir)}
    run = learner.Learner(job, Emitter(os.open(os.devnull, os.O_WRONLY)), Inbox(), torch.device("cpu"))
    run.prepare()
    return run


def pairs(first, second, times: int) -> dict:
    """Both in turn, after one of each to warm up. Medians in seconds, and the ratio first / second."""
    taken = {"processor": ([], []), "clock": ([], [])}
    for i in range(times + 1):
        for which, call in enumerate((first, second)):
            clock, processor = time.monotonic(), time.process_time()
            call(i)
            if i:
                taken["clock"][which].append(time.monotonic() - clock)
                taken["processor"][which].append(time.process_time() - processor)
    median = {k: [statistics.median(x) for x in v] for k, v in taken.items()}
    return {"pairs": times} | {k: {"seconds": v, "ratio": v[0] / v[1]} for k, v in median.items()}


def split(run: learner.Learner) -> dict:
    of_row = [s.train.column("contributor") for s in run.data.sources]
    people = len(run.data.sources[0].train.store.contributors)
    into = torch.zeros(people, len(run.flat.vector))
    apart = []

    def units(step: int):
        return [run.objective.unit(run.data.sources[s].train, i) for s, i in run.plan.rows(step)]

    def parts(step: int) -> None:
        into.zero_()
        groups = [int(of_row[s][i]) for s, i in run.plan.rows(step)]
        torch.manual_seed(step)
        run.gradient(units(step), groups, into)
        apart.append(float((into.sum(0) - run.flat.grad).norm() / run.flat.grad.norm()))

    def whole(step: int) -> None:
        torch.manual_seed(step)
        run.gradient(units(step))

    run.flat.vector.normal_(0, 0.02)
    run.model.refresh()
    found = pairs(parts, whole, STEPS)
    tokens = [sum(len(ids) for unit in units(step) for ids, _ in unit) for step in range(1, STEPS + 1)]
    return found | {
        "contributors": people,
        "tokens_of_steps": tokens,
        "largest_relative_error_of_sum": max(apart),
    }


def scored(run: learner.Learner, answers: int) -> dict:
    table = run.data.sources[0].train
    rows = [table.row(i) for i in range(answers)]
    adapters = []
    for seed in range(ADAPTERS):
        torch.manual_seed(seed)
        tensors = run.flat.named(run.flat.vector + torch.randn_like(run.flat.vector) * 0.01)
        adapters.append(score.Adapter(str(seed), run.config, tensors))
    kept = {}

    def measure(how):
        def call(i: int) -> None:
            kept[how] = how(run.model, adapters, rows, 1024, lambda n: None)

        return call

    run.model.train(False)
    found = pairs(measure(score.together), measure(score.one_by_one), REPEATS)
    one, other = (torch.cat([x for of in found_ for x in of]) for found_ in kept.values())
    return found | {
        "answers": answers,
        "adapters": ADAPTERS,
        "tokens_of_answers": sum(len(ids) for ids, _ in rows),
        "trained": sum(int(marks.sum()) for _, marks in rows),
        "largest_difference": float((one - other).abs().max()),
        "relative_difference": float((one - other).norm() / other.norm()),
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: measure.py BASE_DIR OUT.json")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
