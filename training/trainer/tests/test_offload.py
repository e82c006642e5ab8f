"""What layers keep goes to the host's memory and comes back: no bit of a result changes, and in between it is gone. On
a processor, from host to host."""

import gc
import json
import weakref
from itertools import groupby
from types import SimpleNamespace

import families as bases
import pytest
import torch
from test_decoder import CONFIG, rows
from test_train import here, record
from torch.multiprocessing.reductions import StorageWeakRef

from modelfactory_trainer import batch, checkpoint, planner
from modelfactory_trainer.engine import attention, decoder, families, offload

LAYERS = 5


def decoder_of(family: str, folder) -> decoder.Decoder:
    bases.make(family, folder / "base", num_hidden_layers=LAYERS)
    shape = families.read(json.loads((folder / "base" / "config.json").read_text()))
    assert shape.layers == LAYERS
    ours = decoder.Decoder(folder / "base", shape, torch.device("cpu"), torch.float32)
    ours.attach_config(CONFIG | {"target_modules": ours.targets(), "lora_dropout": 0.2})
    torch.manual_seed(1)
    ours.flat.vector.normal_(0, 0.05)
    ours.refresh()
    ours.train(True)
    return ours


@pytest.fixture
def ours(tmp_path):
    return decoder_of("qwen3", tmp_path)


def losses(ours: decoder.Decoder, recompute: int, away: int) -> torch.Tensor:
    """(n,), with their graph; the gradient is zero."""
    ours.recompute, ours.offload = recompute, away
    torch.manual_seed(4)
    ours.flat.grad.zero_()
    return ours.token_losses(batch.pack(list(rows()), ours.device))


def step(ours: decoder.Decoder, recompute: int, away: int) -> tuple[torch.Tensor, torch.Tensor]:
    found = losses(ours, recompute, away)
    found.sum().backward()
    return found.detach(), ours.flat.grad.clone()


@pytest.fixture
def passes(monkeypatch):
    """Every Offload that is made, as a weak reference; its fetches; which storages each layer put away."""

    # here: the layers on the device at each use of something kept
    seen = SimpleNamespace(made=[], fetched=[], put={}, here=[])
    plain = {name: getattr(offload.Offload, name) for name in ("__init__", "_fetch", "_put", "_take")}

    def init(self, *args):
        seen.made.append(weakref.ref(self))
        plain["__init__"](self, *args)

    def fetch(self, kept):
        seen.fetched.append(id(kept))
        plain["_fetch"](self, kept)

    def put(self, kept, places, x):
        handle = plain["_put"](self, kept, places, x)
        if not isinstance(handle, torch.Tensor):
            seen.put.setdefault(id(kept), []).append(StorageWeakRef(x.untyped_storage()))
        return handle

    def take(self, kept, put):
        x = plain["_take"](self, kept, put)
        if not isinstance(put, torch.Tensor):
            seen.here.append([id(k) for k in self._here if k.device])
        return x

    monkeypatch.setattr(offload.Offload, "_take", take)
    monkeypatch.setattr(offload.Offload, "__init__", init)
    monkeypatch.setattr(offload.Offload, "_fetch", fetch)
    monkeypatch.setattr(offload.Offload, "_put", put)
    return seen


@pytest.mark.parametrize("family", sorted(bases.CONFIGS))
def test_offloaded_layers_change_nothing(family, tmp_path):
    ours = decoder_of(family, tmp_path)
    want_loss, want = step(ours, 0, 0)
    assert want.abs().sum() > 0
    for recompute, away in ((0, 1), (0, 3), (0, LAYERS), (2, 2), (LAYERS, LAYERS), (4, 3)):
        loss, grad = step(ours, recompute, away)
        assert torch.equal(loss, want_loss), (recompute, away)
        assert torch.equal(grad, want), (recompute, away)


@pytest.mark.parametrize(("recompute", "away"), [(0, LAYERS), (0, 3), (LAYERS, LAYERS), (LAYERS, 4)])
def test_what_a_layer_keeps_is_gone_until_it_is_fetched_one_layer_ahead(ours, passes, recompute, away):
    found = losses(ours, recompute, away)
    layers = list(passes.put)  # in the order of the forward pass
    gone = {k: [ref.expired() for ref in refs] for k, refs in passes.put.items()}
    assert len(layers) == away
    assert all(all(gone[k]) for k in layers[:-1])
    assert not any(gone[layers[-1]])  # is needed next
    assert passes.fetched == []

    found.sum().backward()
    assert passes.fetched == layers[-2::-1]  # the last is there, each of the others once, backwards
    order = [[layers[i], *layers[max(i - 1, 0) : i]] for i in reversed(range(away))]
    assert [here for here, _ in groupby(passes.here)] == order  # two at most, the second being the next
    assert passes.made[0]() is None  # with the graph's last tensor everything is let go


def test_the_adapter_and_what_is_measured_stay_where_they_are(ours, passes):
    losses(ours, 0, LAYERS)
    flat = StorageWeakRef(ours.flat.vector.untyped_storage()).cdata
    assert all(ref.cdata != flat for refs in passes.put.values() for ref in refs)
    with torch.no_grad():
        losses(ours, 0, LAYERS)
    assert len(passes.made) == 1  # no backward pass, nothing to put away


@pytest.mark.parametrize("backward", [False, True])
def test_an_error_inside_a_pass_leaves_nothing_behind(ours, passes, monkeypatch, backward):
    want = step(ours, 0, 0)[1]
    calls = iter(range(100))

    plain = attention.Rotation.turn_

    def failing(*args, **more):
        if next(calls) == (LAYERS + 2 if backward else 2):
            raise RuntimeError("out of memory")
        return plain(*args, **more)

    monkeypatch.setattr(attention.Rotation, "turn_", failing)
    with pytest.raises(RuntimeError, match="out of memory"):
        step(ours, 0, LAYERS)
    monkeypatch.setattr(attention.Rotation, "turn_", plain)
    assert bool(passes.fetched) == backward
    gc.collect()
    assert passes.made[0]() is None
    assert all(ref.expired() for refs in passes.put.values() for ref in refs)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(x) or x, lambda x: x):
        step(ours, 0, 0)
    assert saved  # no hook of a layer is left before ours
    assert torch.equal(step(ours, 0, LAYERS)[1], want)


def test_layers_that_go_stand_apart():
    assert [goes for _, goes in offload.placed(8, 0, 3)] == [True, False, False, True, False, False, True, False]
    assert offload.placed(4, 2, 0) == [(True, False), (True, False), (False, False), (False, False)]
    # Those that stay run twice first; where they are not enough, those that go keep their input alone.
    assert offload.placed(4, 2, 2) == [(False, True), (True, False), (False, True), (True, False)]
    assert offload.placed(4, 3, 2) == [(True, True), (True, False), (False, True), (True, False)]
    for layers in (1, 7, 28):
        for away in range(layers + 1):
            assert sum(goes for _, goes in offload.placed(layers, 0, away)) == away


def test_a_run_does_as_planned_and_ends_with_the_same_adapter(make_run, passes, monkeypatch):
    digests, plain = [], planner.plan
    for away in (0, 2):
        folder, job = make_run(name=f"away-{away}", precision="fp32", max_steps=3)
        monkeypatch.setattr(planner, "plan", lambda *a, away=away: planner.Plan(plain(*a).token_budget, 1, away))
        digests.append(here(job)["adapter_digest"])
        told = next(e for e in record(folder) if e["event"] == "plan")
        assert (told["recompute"], told["offload"]) == (1, away)
        state = checkpoint.Store(folder / "checkpoints").load(3).state
        assert (state.recompute, state.offload) == (1, away)
        assert bool(passes.made) == (away > 0)
    assert digests[0] == digests[1]
