"""Memory: what a job reports, and what the planner foresees beside the studio's own formula."""

import json
from pathlib import Path

import pytest
import torch

from modelfactory_trainer import device, planner
from modelfactory_trainer.engine import families
from modelfactory_trainer.recipe import Recipe

ESTIMATES = json.loads((Path(__file__).parent / "estimates.json").read_text("utf-8"))


def test_the_most_memory_is_remembered():
    cpu = torch.device("cpu")
    before = device.memory_bytes(cpu)
    block = torch.ones(before // 4 + (16 << 20))  # more than was ever resident
    held = device.memory_bytes(cpu)
    assert held > before
    del block
    assert device.memory_bytes(cpu) >= 0.99 * held  # the kernel counts in batches


@pytest.mark.parametrize(
    "e", ESTIMATES, ids=lambda e: f"{e['base']}-{e['method']}-{e['device']}-{e['rank']}-{e['tokens']}-{e['recompute']}"
)
def test_the_planner_and_the_formula_of_the_studio_agree(e):
    shape = families.read(e["config"] | {"rms_norm_eps": 1e-6})
    width = 4 if e["device"] == "cpu" else 2
    recipe = Recipe(method=e["method"], rank=e["rank"], dropout=e["dropout"], device=e["device"])
    before = {"cpu": 630_000_000, "cuda": 944_000_000}[e["device"]]  # libraries, a card's driver
    parts = planner.parts(shape, recipe, e["device"], width, e["tokens"], e["recompute"], before)
    assert sum(parts.values()) == pytest.approx(e["expected"], rel=0.01)
