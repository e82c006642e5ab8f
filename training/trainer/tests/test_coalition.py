"""Coalition runs: a contributor's own adapter, made as the run would have made it without the others."""

import itertools
import json
import os
import shutil

import pytest
import torch
from conftest import PEOPLE, PROJECT, SETTINGS, facts

from modelfactory_trainer import adapter, canonical, coalition, learner, loss, rows
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.protocol import Emitter, Inbox

TRANSCRIPTS = PROJECT.parent / "protocol" / "testdata"
ADA, BOB, CAT = PEOPLE[1:]
BY = [1, 1, 2, 1, 2, 3] * 4


@pytest.fixture
def work():
    """work(job, coalitions, inbox=…) does the job in this process and returns (result, its events)."""

    def run(job: dict, coalitions: list[list[str]], inbox: Inbox | None = None, **more):
        read, write = os.pipe()
        emitter = Emitter(write)
        asked = job | {"coalitions": coalitions} | more
        try:
            made = coalition.Coalitions(asked, emitter, inbox or Inbox(), torch.device("cpu")).run()
        finally:
            os.close(write)
            with open(read, "rb") as f:
                events = [json.loads(line) for line in f]
        return made, events

    return run


def digests(made: dict) -> list[str]:
    return [c["adapter_digest"] for c in made["coalitions"]]


def test_the_coalition_of_all_is_the_run(make_run, finish, work):
    cases = {"dropout": {"dropout": 0.2}, "best": {"keep": "best", "early_stop": 1, "eval_every": 2, "passes": 4}}
    for name, settings in cases.items():
        folder, job = make_run(name=name, by=BY, **settings)
        child, result = finish(job)
        made, _ = work(job, [[CAT, ADA, BOB]])
        (told,) = made["coalitions"]
        assert made["state"] == "finished"
        assert told["adapter_digest"] == result["adapter_digest"] == adapter.digest(folder / told["adapter_dir"])
        assert (told["steps"], told["trained_tokens"]) == (result["steps"], result["trained_tokens"])
        assert (told["first_loss"], told["last_loss"]) == (result["first_loss"], result["last_loss"])
        assert told["contributors"] == [ADA, BOB, CAT]
    assert result["steps"] < child.of("step")[0]["steps"]  # the last case ended early


def test_coalitions_repeated_alone_have_the_same_bytes(make_run, work):
    folder, job = make_run(name="one", by=BY, dropout=0.2)
    asked = [[ADA], [CAT, ADA], [BOB, ADA, BOB]]
    together, _ = work(job, asked)
    assert len(set(digests(together))) == len(asked)
    for names, digest in zip(asked, digests(together), strict=True):
        shutil.rmtree(folder / "coalitions")
        alone, _ = work(job, [names])
        assert digests(alone) == [digest]


def test_the_learning_rate_goes_by_the_index_of_the_step(make_run, work, monkeypatch):
    _, job = make_run(by=[1] * 23 + [2], batch_size=2, eval_ppm=0, passes=3)
    seen, plain = [], learner.learning_rate

    def asked(recipe, step, steps):
        seen.append((step, steps))
        return plain(recipe, step, steps)

    monkeypatch.setattr(learner, "learning_rate", asked)
    made, events = work(job, [[BOB]])
    (told,) = made["coalitions"]
    assert told["steps"] == len(seen) == 3  # one row, once a pass
    assert [step // 12 for step, _ in seen] == [0, 1, 2]
    assert {steps for _, steps in seen} == {36}
    progress = [(e["done"], e["total"]) for e in events if e.get("phase") == "training"]
    assert progress == [(1, 3), (2, 3), (3, 3)]


def test_all_of_them_alone_cost_one_run(make_run, finish, work):
    folder, job = make_run(by=BY)
    _, result = finish(job)
    made, _ = work(job, [[ADA], [BOB], [CAT]])
    told = made["coalitions"]
    assert not (folder / "tokens").exists()
    assert sum(c["trained_tokens"] for c in told) == result["trained_tokens"]
    assert sum(c["tokens"] for c in told) == json.loads((folder / "receipt.json").read_bytes())["tokens"]
    held_out = [r for r in facts() if rows.in_eval(canonical.digest(r), SETTINGS["eval_ppm"])]
    assert sum(c["rows"] for c in told) == 24 - len(held_out) < 24


def test_a_cut_job_goes_on_and_keeps_what_was_made(make_run, start):
    folder, job = make_run(by=BY, passes=6)
    asked = job | {"coalitions": [[ADA], [BOB], [CAT]]}
    child = start("coalition", asked)
    first = child.until("coalition")
    child.control("pause")
    assert child.end() == 0
    cut = child.of("result")[0]["coalition"]
    assert cut["state"] == "paused"
    assert 1 <= len(cut["coalitions"]) < 3
    assert not (folder / "adapter").exists()
    assert not (folder / "events.jsonl").exists()  # the run's own record is not touched

    before = (folder / first["adapter_dir"] / "receipt.json").stat().st_mtime_ns
    child = start("coalition", asked)
    assert child.end() == 0
    whole = child.of("result")[0]["coalition"]
    assert whole["state"] == "finished"
    assert [c["contributors"] for c in whole["coalitions"]] == [[ADA], [BOB], [CAT]]
    assert whole["coalitions"][0] == {k: first[k] for k in whole["coalitions"][0]}
    assert (folder / first["adapter_dir"] / "receipt.json").stat().st_mtime_ns == before
    assert {p.name for p in (folder / "coalitions").iterdir()} == {c["key"] for c in whole["coalitions"]}
    lines = [json.loads(line) for line in (TRANSCRIPTS / "coalition.jsonl").read_text().splitlines()]
    assert set(first) == set(lines[1])  # what Go reads
    assert set(whole["coalitions"][0]) == set(lines[2]["coalition"]["coalitions"][0])
    told = json.loads((folder / first["adapter_dir"] / "receipt.json").read_bytes())
    assert told["key"] == canonical.digest([ADA])
    assert told["recipe_digest"] == canonical.sha256((folder / "recipe.json").read_bytes())


def test_a_wish_is_heard_before_the_base_is_loaded(make_run, work):
    _, job = make_run(by=BY)
    for wish, state in (("pause", "paused"), ("stop", "stopped")):
        inbox = Inbox()
        inbox.put(wish)
        made, events = work(job, [[ADA]], inbox)
        assert made == {"state": state, "coalitions": []}
        assert "loading" not in [e.get("phase") for e in events]


@pytest.mark.parametrize("damage", ["adapter", "receipt", "recipe"])
def test_what_is_damaged_or_of_another_recipe_is_made_again(make_run, work, damage):
    folder, job = make_run(by=BY)
    want, _ = work(job, [[ADA], [BOB]])
    made = folder / want["coalitions"][0]["adapter_dir"]
    if damage == "adapter":
        content = bytearray((made / adapter.WEIGHTS).read_bytes())
        content[-1] ^= 1
        (made / adapter.WEIGHTS).write_bytes(bytes(content))
    elif damage == "receipt":
        (made / "receipt.json").write_bytes(b"{")
    else:
        recipe = json.loads((folder / "recipe.json").read_bytes())
        (folder / "recipe.json").write_bytes(canonical.dumps(recipe | {"learning_rate": 0.02}))
    got, events = work(job, [[ADA], [BOB]])
    trained = {e["done"] for e in events if e.get("phase") == "training"}
    assert max(trained) == sum(c["steps"] for c in want["coalitions"][: 1 if damage != "recipe" else 2])
    assert (digests(got) == digests(want)) == (damage != "recipe")
    assert digests(got)[0] == adapter.digest(made)


def test_memory_that_runs_out_starts_the_coalition_anew(make_run, work, monkeypatch):
    _, job = make_run(by=BY, token_budget=512, batch_size=8, precision="fp32")
    plain, calls = loss.Likelihood.losses, []

    def short(self, model, packed, units):
        calls.append(len(packed.ids))
        if torch.is_grad_enabled() and len(calls) > 4 and len(packed.ids) > 256:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return plain(self, model, packed, units)

    monkeypatch.setattr(loss.Likelihood, "losses", short)
    made, events = work(job, [[ADA, BOB]])
    monkeypatch.undo()
    (told,) = made["coalitions"]
    assert told["token_budget"] == 256
    assert [e for e in events if e["event"] == "warning"]
    as_asked, _ = work(job, [[ADA, BOB]])
    assert as_asked["coalitions"][0]["token_budget"] == 512
    again, _ = work(job, [[ADA, BOB]], token_budget=256)
    assert digests(again) == digests(made)


def test_what_cannot_be_asked_for_is_refused(make_run, work):
    _, job = make_run(by=BY)
    for asked, words in (([], "without a contributor"), ([[ADA], []], "without"), ([[ADA, "0xdead"]], "0xdead")):
        with pytest.raises(JobError, match=words) as e:
            work(job, asked)
        assert e.value.kind == "refused"


def test_a_contributor_with_held_out_rows_only_leaves_the_start(make_run, work):
    lone = next(i for i, row in enumerate(facts()) if rows.in_eval(canonical.digest(row), SETTINGS["eval_ppm"]))
    folder, job = make_run(by=[2 if i == lone else 1 for i in range(24)])
    made, _ = work(job, [[BOB]])
    (alone,) = made["coalitions"]
    assert (alone["rows"], alone["steps"], alone["trained_tokens"]) == (0, 0, 0)
    tensors = adapter.read(folder / alone["adapter_dir"])[1]
    assert not any(t.any() for n, t in tensors.items() if "lora_B" in n)


# -- gradients apart -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ["sft", "dpo"])
def test_the_parts_of_a_step_sum_to_its_gradient(make_run, objective):
    content = facts()
    if objective == "dpo":
        say = [{"role": "assistant", "content": text} for text in ("On a shelf.", "Nowhere at all.")]
        content = [{"prompt": r["messages"][:1], "chosen": say[:1], "rejected": say[1:]} for r in content]
    _, job = make_run(
        content, by=BY, objective=objective, batch_size=8, dropout=0.2, token_budget=200, precision="fp32"
    )
    run = learner.Learner(job, Emitter(os.open(os.devnull, os.O_WRONLY)), Inbox(), torch.device("cpu"))
    run.prepare()
    of_row = run.data.sources[0].train.column("contributor")
    people = len(run.data.sources[0].train.store.contributors)
    for step in range(2):  # at the second one no number of the adapter is zero
        pairs = run.plan.rows(step)
        units = [run.objective.unit(run.data.sources[s].train, i) for s, i in pairs]
        groups = [int(of_row[i]) for _, i in pairs]
        assert len(set(groups)) == people == 3
        assert len(loss.micro_batches(units, run.state.token_budget)) > 1
        torch.manual_seed(step)
        value = run.gradient(units)
        whole = run.flat.grad.clone()
        parts = torch.zeros(people, len(whole))
        torch.manual_seed(step)
        assert run.gradient(units, groups, parts) == value
        assert torch.equal(run.flat.grad, whole)  # looking changes nothing
        assert (parts.sum(0) - whole).norm() / whole.norm() < 1e-6
        for a, b in itertools.pairwise(parts):
            assert (a - b).norm() / whole.norm() > 1e-2
        run.step(pairs)
