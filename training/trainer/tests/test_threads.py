"""How many threads the steps get, and that their number changes no bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from modelfactory_trainer.threads import AGAIN, SOON, Threads


@pytest.fixture(autouse=True)
def as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def walk(threads: Threads, speeds, steps: int) -> list[int]:
    """Threads of each step, on a machine where `speeds(step)` gives tokens per second by the number of threads."""
    used = []
    for step in range(steps):
        assert torch.get_num_threads() == threads.now
        used.append(threads.now)
        threads.took(1000, 1000 / speeds(step)[threads.now])
    return used


def test_the_faster_number_is_used_and_the_other_tried_now_and_then():
    used = walk(Threads(2, adapt=True), lambda step: {1: 180, 2: 280}, 200)
    assert used[:5] == [2, 2, 1, 2, 2]
    assert 3 <= used.count(1) <= 200 // AGAIN + 2


def test_one_is_used_while_another_program_runs_and_all_when_it_ends():
    busy = range(50, 120)
    used = walk(Threads(2, adapt=True), lambda step: {1: 180, 2: 76 if step in busy else 280}, 220)
    assert used[60:120].count(2) <= 60 // AGAIN + 2
    assert used[120 + AGAIN + 2 :].count(1) <= 3


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_one_step_that_was_held_up_decides_nothing(slow):
    used = walk(Threads(2, adapt=True), lambda step: {1: 180, 2: 90 if step == slow else 280}, 60)
    assert used.count(1) <= 60 // AGAIN + 2


def test_a_program_that_comes_late_is_noticed_after_a_doubt():
    """A held-up step early on makes the larger number doubted and kept; it has to be left all the same later."""
    used = walk(
        Threads(2, adapt=True), lambda step: {1: 180, 2: 90 if step == 1 or step in range(80, 200) else 280}, 200
    )
    assert used[80:200].count(2) <= SOON + 120 // AGAIN + 3


def test_nothing_changes_where_results_could():
    assert set(walk(Threads(4, adapt=False), lambda step: {4: 50 + step}, 80)) == {4}
    assert set(walk(Threads(1, adapt=True), lambda step: {1: 50 + step}, 80)) == {1}


def test_a_run_has_the_same_bytes_with_any_number_of_threads(make_run, start):
    """Rows long enough that a second thread is used; the run with two switches on its way."""
    digests, counts = set(), set()
    for threads in (1, 2):
        _, job = make_run(name=f"run{threads}", passes=4, batch_size=8, token_budget=2048, threads=threads)
        child = start("train", job | {"threads": threads})
        assert child.end() == 0
        counts.add(child.of("hello")[0]["threads"])
        digests.add(child.of("result")[0]["train"]["adapter_digest"])
    assert counts == {1, 2}
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
