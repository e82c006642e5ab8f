"""How many threads the steps get, and that their number changes no bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from modelfactory_trainer.threads import AGAIN, Threads


@pytest.fixture(autouse=True)
def as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


ALONE = {1: (180, 1.0), 2: (280, 0.98)}  # tokens per second, and the share of the processor time that was there
CROWDED = {1: (180, 0.99), 2: (150, 0.54)}
HELD_UP = {1: (90, 0.5), 2: (90, 0.5)}


def walk(threads: Threads, machine, steps: int) -> list[int]:
    """Threads of each step, on a machine that is `machine(step)`."""
    used = []
    for step in range(steps):
        now = threads.now
        assert torch.get_num_threads() == now
        used.append(now)
        rate, share = machine(step)[now]
        seconds = 1000 / rate
        threads.took(1000, seconds, share * now * seconds)
    return used


def test_nothing_is_tried_while_the_threads_have_their_processors():
    assert set(walk(Threads(2, adapt=True), lambda step: ALONE, 200)) == {2}


def test_one_is_used_while_another_program_runs_and_all_when_it_ends():
    used = walk(Threads(2, adapt=True), lambda step: CROWDED if step in range(50, 120) else ALONE, 220)
    assert set(used[:52]) == {2}
    assert used[53:120].count(2) <= 2 * (70 // AGAIN)
    assert set(used[120 + AGAIN :]) == {2}


def test_a_step_on_one_that_was_held_up_decides_nothing():
    used = walk(Threads(2, adapt=True), lambda step: HELD_UP if step == 10 else CROWDED, 30)
    assert set(used[3:]) == {1}


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_one_step_that_was_held_up_decides_nothing(slow):
    used = walk(Threads(2, adapt=True), lambda step: HELD_UP if step == slow else ALONE, 60)
    assert set(used) == {2}


def test_where_all_are_the_faster_number_beside_another_program_the_other_is_tried_seldom():
    used = walk(Threads(2, adapt=True), lambda step: {1: (180, 1.0), 2: (210, 0.65)}, 200)
    assert 3 <= used.count(1) <= 2 * (200 // AGAIN + 1)


def test_nothing_changes_where_results_could():
    assert set(walk(Threads(4, adapt=False), lambda step: {4: (50 + step, 0.3)}, 80)) == {4}
    assert set(walk(Threads(1, adapt=True), lambda step: {1: (50 + step, 0.3)}, 80)) == {1}


SWITCHING = """
from modelfactory_trainer import device
device.prepare_environment(2, training=True)
import sys
from modelfactory_trainer import __main__, threads
threads.CROWDED, threads.AGAIN = 2.0, 2  # every step speaks against two
use = threads.Threads._use
def told(self, count, steps):
    use(self, count, steps)
    print("threads", count, file=sys.stderr, flush=True)
threads.Threads._use = told
sys.exit(__main__.main())
"""


def test_a_run_has_the_same_bytes_with_any_number_of_threads(make_run, start):
    """Rows long enough that a second thread is used; the last run changes the number on its way."""
    rows = {"passes": 4, "batch_size": 8, "token_budget": 2048}
    digests, counts = set(), set()
    for threads in (1, 2):
        _, job = make_run(name=f"run{threads}", **rows, threads=threads)
        child = start("train", job | {"threads": threads})
        assert child.end() == 0
        counts.add(child.of("hello")[0]["threads"])
        digests.add(child.of("result")[0]["train"]["adapter_digest"])
    assert counts == {1, 2}

    _, job = make_run(name="switching", **rows, threads=2)
    command, env = [sys.executable, "-c", SWITCHING], os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=env, text=True, **pipes) as child:
        child.stdin.write(json.dumps({"v": 1, "job": "train", "train": job | {"threads": 2}}) + "\n")
        child.stdin.flush()
        events = [json.loads(line) for line in child.stdout]
        used = [line for line in child.stderr if line.startswith("threads")]
    if "Intel" in Path("/proc/cpuinfo").read_text():
        assert used.count("threads 1\n") >= 1 < used.count("threads 2\n")
    digests.add(events[-1]["train"]["adapter_digest"])
    assert len(digests) == 1


def test_large_products_and_norms_do_not_depend_on_the_number():
    """In a process of its own, because the mode is chosen before torch is loaded."""
    program = (
        "from modelfactory_trainer import device; device.prepare_environment(2, training=True)\n"
        "import json, torch; torch.set_num_threads(2)\n"
        "from modelfactory_trainer.threads import same_bits; from modelfactory_trainer.optimiser import _norm\n"
        "v = torch.randn(3_000_001, generator=torch.Generator().manual_seed(1))\n"
        "norms = []\n"
        "for n in (1, 2): torch.set_num_threads(n); norms.append(_norm(v))\n"
        "print(json.dumps([same_bits(2), norms, float(v.double().norm())]))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    same, norms, want = json.loads(out.stdout)
    if "Intel" in Path("/proc/cpuinfo").read_text():
        assert same
    assert norms[0] == norms[1] == pytest.approx(want, rel=1e-6)
