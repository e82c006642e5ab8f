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


LIBRARIES = {"cpu": 585_000_000, "cuda": 944_000_000}  # a card's driver
CARD = planner.Host(balance=4000, room=1 << 60)  # the formula's


def named(e: dict) -> str:
    return "-".join(str(e[k]) for k in ("base", "method", "device", "rank", "tokens", "recompute", "offload"))


@pytest.mark.parametrize("e", ESTIMATES, ids=named)
def test_the_planner_and_the_formula_of_the_studio_agree(e):
    shape = families.read(e["config"] | {"rms_norm_eps": 1e-6})
    width = 4 if e["device"] == "cpu" else 2
    recipe = Recipe(method=e["method"], rank=e["rank"], dropout=e["dropout"], device=e["device"])
    before = LIBRARIES[e["device"]]
    parts = planner.parts(shape, recipe, e["device"], width, e["tokens"], e["recompute"], e["offload"], before)
    assert sum(parts.values()) == pytest.approx(e["expected"], rel=0.01)


@pytest.mark.parametrize("e", [e for e in ESTIMATES if e["memory_gb"]], ids=named)
def test_the_planner_and_the_formula_of_the_studio_choose_alike(e):
    shape = families.read(e["config"] | {"rms_norm_eps": 1e-6})
    more = {"token_budget": e["tokens"], "recompute": e["setting"], "memory_gb": e["memory_gb"]}
    recipe = Recipe(rank=e["rank"], dropout=e["dropout"], **more)
    card = torch.device("cuda")
    chosen = planner.plan(shape, recipe, card, torch.bfloat16, e["tokens"], 0, LIBRARIES["cuda"], CARD)
    assert (chosen.recompute, chosen.offload) == (e["recompute"], e["offload"])


def shape_of(name: str):
    config = next(e["config"] for e in ESTIMATES if e["base"] == name)
    return families.read(config | {"rms_norm_eps": 1e-6})


def chosen(shape, host: planner.Host, short: float, device: str = "cuda", **settings) -> planner.Plan:
    """The plan for 4,096 tokens where memory lacks a share of what the layers would keep."""
    recipe, kind = Recipe(token_budget=4096, dropout=0, **settings), torch.device(device)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    now = LIBRARIES.get(device, 0)
    all_kept = planner.again(shape, recipe, kind, dtype, 4096, 0, 0, now)
    limit = all_kept.expected - short * all_kept.parts["kept"]
    recipe = Recipe(token_budget=4096, dropout=0, memory_gb=limit / 1e9, **settings)
    found = planner.plan(shape, recipe, kind, dtype, 4096, 0, now, host)
    assert found.expected <= limit + 1 or short > 0.9
    return found


def test_what_fits_is_kept_else_sent_to_the_host_else_made_again():
    ways = lambda *a, **more: (lambda p: (p.recompute, p.offload))(chosen(*a, **more))  # noqa: E731
    large, small = shape_of("Llama-3.1-8B-Instruct"), shape_of("Qwen3-0.6B")
    # 4,613 operations a byte: more than the card does meanwhile, so all may go and none has to run twice.
    assert ways(large, CARD, 0) == (0, 0)
    assert ways(large, CARD, 0.1) == (0, 6)  # four of 32, beside the two that are on the device
    assert ways(large, CARD, 0.9) == (0, 31)
    # 896: a share of 0.22 of the link's time, six of 28; the others run twice, and last their inputs go.
    assert ways(small, CARD, 0.1) == (0, 5)
    few = chosen(small, CARD, 0.5)
    assert few.offload == 6
    assert 0 < few.recompute < 22
    assert ways(small, CARD, 0.85) == (22, 8)
    assert ways(small, CARD, 0.999) == (28, 28)
    # A link that is as fast as memory, one that is not there, and a host that has no room.
    assert ways(small, planner.Host(1, 1 << 60), 0.5) == (0, 16)
    assert ways(small, planner.NOWHERE, 0.5)[1] == 0
    narrow = planner.Host(4000, 10 * 4096 * planner.kept_bytes(large, Recipe(dropout=0), 2))
    assert ways(large, narrow, 0.2) == (0, 9)
    assert chosen(large, narrow, 0.6).offload == 10
    assert chosen(large, narrow, 0.6).recompute > 0
    # Who wants no layer to run twice has the rest sent at the cost of time; who wants all to, their inputs.
    assert ways(small, CARD, 0.5, recompute="off") == (0, 16)
    assert ways(small, CARD, 0.5, recompute="on") == (28, 0)
    assert chosen(small, CARD, 0.99, recompute="on").offload > 6


def test_on_a_processor_nothing_is_sent():
    small = shape_of("Qwen3-0.6B")
    cpu = planner.host(torch.device("cpu"), torch.float32)
    assert cpu == planner.NOWHERE
    for short in (0, 0.5, 0.999):
        assert chosen(small, cpu, short, device="cpu").offload == 0
    resumed = planner.again(small, Recipe(), torch.device("cpu"), torch.float32, 4096, 3, 5, 0)
    assert (resumed.recompute, resumed.offload) == (3, 0)  # a run that a card began


def test_where_the_system_tells_no_free_memory_nothing_is_spared():
    cpu = torch.device("cpu")
    chosen = planner.plan(shape_of("Qwen3-0.6B"), Recipe(token_budget=4096), cpu, torch.float32, 512, 0, 0)
    assert (chosen.token_budget, chosen.recompute) == (4096, 0)


def test_fewer_tokens_come_before_layers_that_run_twice_and_after_what_costs_nothing():
    small, card = shape_of("Qwen3-0.6B"), torch.device("cuda")
    now = LIBRARIES["cuda"]

    def made(memory: int) -> planner.Plan:
        recipe = Recipe(token_budget=4096, memory_gb=memory / 1e9)
        return planner.plan(small, recipe, card, torch.bfloat16, 512, 0, now, CARD)

    full = planner.again(small, Recipe(), card, torch.bfloat16, 4096, 0, 0, now)
    found = [made(full.expected - full.parts["kept"] * percent // 100) for percent in range(0, 100, 2)]
    order = [(p.token_budget, bool(p.offload), bool(p.recompute)) for p in found]
    order = [a for a, b in zip(order, [None, *order], strict=False) if a != b]
    assert order[:3] == [(4096, False, False), (4096, True, False), (2048, False, False)]
    assert [o for o in order if o[2]] == [o for o in order[-1:] if o[2]]
    assert all(o[0] == 512 for o in order if o[2])
