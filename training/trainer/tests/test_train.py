"""The training job as a process: what it writes, how it ends, and that a cut run ends as an uncut one."""

import itertools
import json
import os
import random
import shutil
import signal
import threading
from pathlib import Path

import pytest
from conftest import DEADLINE, chat, facts

from modelfactory_trainer import adapter, canonical, device, files, mask, outcome, train
from modelfactory_trainer.model import last_logits
from modelfactory_trainer.protocol import Emitter, Inbox, Record


def result_of(child) -> dict:
    return child.of("result")[0]["train"]


def record(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_a_run_leaves_a_proved_adapter(make_run, finish, base_dir, base_record):
    folder, job = make_run()
    child, result = finish(job, fresh=True)
    assert result["state"] == "finished"
    assert result["weights_moved"] and result["reread_equal"] and result["answers_differ"]  # noqa: PT018
    assert result["last_loss"] < result["first_loss"]
    steps = child.of("step")
    assert [s["step"] for s in steps] == list(range(1, result["steps"] + 1))
    assert steps[-1]["steps"] == result["steps"]
    assert steps[-1]["pass"] == 2.0
    assert steps[-1]["lr"] < max(s["lr"] for s in steps)
    assert all(a["trained_tokens"] < b["trained_tokens"] <= b["tokens"] for a, b in itertools.pairwise(steps))
    assert steps[-1]["memory_bytes"] > 1 << 20

    hello = child.of("hello")[0]
    assert hello["pid"] == child.pid
    assert hello["pins_digest"] == files.sha256(Path(adapter.__file__).parent.parent / "requirements" / "runtime.txt")
    assert [e["seq"] for e in child.events] == list(range(1, len(child.events) + 1))
    phases = [p["phase"] for p in child.of("phase")]
    assert [p for i, p in enumerate(phases) if p not in phases[:i]] == [
        "preparing", "tokenising", "loading", "training", "saving"]  # fmt: skip

    # The folder: canonical, no path of this machine, the digest as agreed.
    out = folder / result["adapter_dir"]
    config = json.loads((out / "adapter_config.json").read_bytes())
    assert canonical.dumps(config) == (out / "adapter_config.json").read_bytes()
    assert config["base_model_name_or_path"] == f"{base_record['name']}@{base_record['revision']}"
    digests = {n: files.sha256(out / n) for n in ("adapter_config.json", "adapter_model.safetensors")}
    assert result["adapter_digest"] == canonical.digest(digests)
    receipt = (folder / "receipt.json").read_bytes()
    assert canonical.dumps(json.loads(receipt)) == receipt
    assert json.loads(receipt)["adapter_digest"] == result["adapter_digest"]
    assert json.loads(receipt)["recipe_digest"] == files.sha256(folder / "recipe.json")
    assert not list(folder.rglob(".tmp*"))

    # The record is the same events, in the run folder.
    written = record(folder)
    assert [e for e in written if e["event"] == "step"] == steps
    assert [e["event"] for e in written][-1] == "result"
    assert {e["step"] for e in written if e["event"] == "eval"} >= {5, result["steps"]}
    samples = [e for e in written if e["event"] == "sample"]
    assert samples[0]["step"] == 0
    assert len({s["prompt"] for s in samples}) == 1
    evaluation = [e for e in written if e["event"] == "eval"][-1]
    assert result["eval_loss"] == evaluation["loss"] == pytest.approx(evaluation["per_source"]["items"])

    # Checkpoints: the last two, and the best.
    kept = sorted(int(p.name.removeprefix("step-")) for p in (folder / "checkpoints").iterdir())
    made = [e["step"] for e in child.of("checkpoint")]
    best = min((e for e in written if e["event"] == "eval"), key=lambda e: e["loss"])["step"]
    assert kept[-2:] == made[-2:]
    assert set(kept) - set(made[-2:]) <= {best}


def test_both_engines_have_the_same_losses_and_gradients(base_dir):
    import torch

    from modelfactory_trainer import base, batch, compat, model, recipe

    opened, settings = base.open_base(base_dir), recipe.Recipe(rank=4, dropout=0.0)
    fast = model.load(opened, torch.device("cpu"), "fp32")
    plain = compat.load(base_dir, torch.device("cpu"), torch.float32, four_bits=False)
    assert type(fast) is not type(plain)
    config = model.fresh_config(fast, settings, "x@1")
    assert config == model.fresh_config(plain, settings, "x@1")
    rows = [
        ([5, 9, 12, 40], [0, 0, 1, 1]),
        ([7, 8, 3, 3, 22, 90, 33], [0, 0, 0, 1, 1, 0, 1]),
        ([8, 100], [0, 0]),
        ([8, 100], [0, 1]),
    ]
    packed, found = batch.pack(rows, torch.device("cpu")), []
    torch.manual_seed(0)
    for engine in (fast, plain):
        engine.attach_config(config)
        if engine is fast:
            fast.flat.vector.normal_(0, 0.05)  # B is zero at first, and then A has no gradient
        else:
            plain.flat.load(plain.flat.vector, fast.flat.named(fast.flat.vector))
        engine.refresh()
        losses = engine.token_losses(packed)
        losses.sum().backward()
        found.append((losses.detach(), engine.flat.named(engine.flat.grad), last_logits(engine, [5, 9, 12])))
    (losses, gradients, after), (want_losses, want_gradients, want_after) = found
    assert torch.allclose(losses, want_losses, rtol=1e-5)
    assert torch.allclose(after, want_after, rtol=1e-4, atol=1e-5)
    for name, want in want_gradients.items():
        assert (gradients[name] - want).norm() / want.norm() < 1e-5, name


@pytest.mark.parametrize("method", ["rslora", "dora"])
def test_other_methods_train_and_load_in_peft(make_run, finish, base_dir, method):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from modelfactory_trainer import base, model

    folder, job = make_run(method=method, max_steps=3)
    child, result = finish(job)
    plan = next(e for e in child.events if e["event"] == "plan")
    assert plan["engine"] == ("compat" if method == "dora" else "decoder")
    assert result["state"] == "finished"
    lm = AutoModelForCausalLM.from_pretrained(base_dir, dtype=torch.float32)
    theirs = PeftModel.from_pretrained(lm, folder / "adapter").eval()
    config, tensors = adapter.read(folder / "adapter")
    ours = model.load(base.open_base(base_dir), torch.device("cpu"), "fp32", adapter=config)
    ours.attach_config(config)
    ours.flat.load(ours.flat.vector, tensors)
    ours.refresh()
    ids = list(range(5, 30))
    with torch.no_grad():
        want = theirs(input_ids=torch.tensor([ids])).logits[0, -1]
    assert torch.allclose(last_logits(ours, ids), want, rtol=1e-4, atol=1e-5)


def here(job: dict, inbox=None) -> dict:
    """Train in this process; returns the result's train part, and the run's record tells the rest."""
    import torch

    emitter = Emitter(os.open(os.devnull, os.O_WRONLY))
    emitter.record = Record(Path(job["run_dir"]) / "events.jsonl")
    return train.Trainer(job, emitter, inbox or Inbox(), torch.device("cpu")).run()


def test_a_resumed_run_tells_the_plan_it_is_computed_with(make_run, monkeypatch):
    folder, job = make_run()
    here(job)
    shutil.rmtree(folder / "adapter")
    monkeypatch.setattr(device, "memory", lambda _: (1, 1))  # a new run would be given less
    here(job | {"resume": True})
    first, again = [
        (e["token_budget"], e["recompute"], {k: v for k, v in e["bytes"].items() if k != "process"})
        for e in record(folder)
        if e["event"] == "plan"
    ]
    assert again == first


def test_how_rows_are_packed_changes_nothing(make_run, finish):
    losses = []
    for budget in (64, 100_000):
        child, _ = finish(make_run(name=f"budget-{budget}", token_budget=budget, precision="fp32", dropout=0)[1])
        plan = next(e for e in child.events if e["event"] == "plan")
        assert plan["token_budget"] >= budget
        losses.append([e["loss"] for e in child.of("step")])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_the_best_adapter_is_kept_and_the_run_ends_early(make_run, finish):
    # A learning rate that spoils what was learnt: the held-out loss has its least value early.
    settings = {"learning_rate": 0.5, "warmup_share": 0, "scheduler": "constant", "passes": 30, "eval_every": 2}
    folder, job = make_run(keep="best", early_stop=3, checkpoint_every=5, **settings)
    child, result = finish(job)
    evals = child.of("eval")
    best = min(evals, key=lambda e: e["loss"])
    assert result["steps"] == evals[-1]["step"] < child.of("step")[0]["steps"]
    assert len(evals) - evals.index(best) == 4
    kept = adapter.read(folder / "adapter")[1]
    import torch
    from safetensors.torch import load_file

    saved = load_file(folder / "checkpoints" / f"step-{best['step']:06d}" / "adapter.safetensors")
    assert kept.keys() == saved.keys()
    assert all(torch.equal(kept[n], saved[n]) for n in kept)


@pytest.mark.parametrize("at", [4, 6])
def test_a_pause_while_rows_are_measured_costs_no_measurement(make_run, monkeypatch, at):
    settings = {"keep": "best", "eval_every": 2, "max_steps": 6, "learning_rate": 0.5, "scheduler": "constant"}
    folder, job = make_run(name="whole", **settings)
    whole = here(job)
    evals = [(e["step"], e["loss"]) for e in record(folder) if e["event"] == "eval"]
    assert [step for step, _ in evals] == [2, 4, 6]

    folder, job = make_run(name="cut", **settings)
    inbox, plain = Inbox(), train.Trainer.measured

    def measured(self, *rows):
        if self.state.step == at:
            inbox.put("pause")
        return plain(self, *rows)

    monkeypatch.setattr(train.Trainer, "measured", measured)
    assert here(job, inbox)["state"] == "paused"
    monkeypatch.undo()
    again = here(job | {"resume": True})
    assert again["state"] == "finished"
    assert [(e["step"], e["loss"]) for e in record(folder) if e["event"] == "eval"] == evals
    assert (again["adapter_digest"], again["eval_loss"]) == (whole["adapter_digest"], whole["eval_loss"])


@pytest.mark.parametrize("replaced", [False, True])
def test_a_kill_between_two_folders_leaves_one_whole(tmp_path, replaced):
    for name in (".tmp-old-x", ".tmp-x", "x") if replaced else (".tmp-old-x", ".tmp-x"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    files.sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x" / "which").read_text() == ("x" if replaced else ".tmp-old-x")


@pytest.mark.parametrize("how", ["flipped", "gone"])
def test_a_damaged_best_checkpoint_leaves_the_last_adapter(make_run, finish, how):
    from safetensors.torch import load_file

    settings = {"learning_rate": 0.5, "warmup_share": 0, "scheduler": "constant", "passes": 30, "eval_every": 2}
    folder, job = make_run(keep="best", early_stop=2, checkpoint_every=5, **settings)
    child, result = finish(job)
    best = min(child.of("eval"), key=lambda e: e["loss"])["step"]
    assert best < result["steps"]
    shutil.rmtree(folder / "adapter")  # cut while saving, and the disk spoilt what was to be saved
    if how == "gone":
        shutil.rmtree(folder / "checkpoints" / f"step-{best:06d}")
    else:
        damage(folder / "checkpoints" / f"step-{best:06d}", how)
    child, result = finish(job | {"resume": True})
    (warning,) = (e["message"] for e in child.of("warning"))
    assert f"step {best}, the best one, is damaged" in warning
    assert f"last step, {result['steps']}, is kept" in warning
    assert result["state"] == "finished"
    kept = adapter.read(folder / "adapter")[1]
    last = load_file(folder / "checkpoints" / f"step-{result['steps']:06d}" / "adapter.safetensors")
    assert all((kept[n] == last[n]).all() for n in last)


def test_memory_that_runs_out_costs_no_result(make_run, monkeypatch):
    """The first packs fail as torch fails on a full machine; the run goes on with smaller ones."""
    import torch

    from modelfactory_trainer import loss

    found = []
    for fails in (False, True):
        folder, job = make_run(name=f"memory-{fails}", token_budget=512, precision="fp32", max_steps=4, batch_size=8)
        plain = loss.Likelihood.losses

        def short(self, model, packed, units, plain=plain, fails=fails):
            if fails and torch.is_grad_enabled() and len(packed.ids) > 300:
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate")
            return plain(self, model, packed, units)

        monkeypatch.setattr(loss.Likelihood, "losses", short)
        here(job)
        monkeypatch.undo()
        found.append([e["loss"] for e in record(folder) if e["event"] == "step"])
        warnings = [e["message"] for e in record(folder) if e["event"] == "warning"]
        assert any("memory ran out at step 1" in w for w in warnings) == fails
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_a_row_that_the_memory_cannot_hold_is_told_at_once(make_run, monkeypatch):
    from modelfactory_trainer import loss
    from modelfactory_trainer.errors import JobError

    tries = []

    def short(self, model, packed, units):
        tries.append(len(packed.ids))
        raise MemoryError

    monkeypatch.setattr(loss.Likelihood, "losses", short)
    folder, job = make_run(token_budget=64, precision="fp32")
    with pytest.raises(JobError, match=r"does not hold \d+ tokens at a time"):
        here(job)
    assert len(tries) == 1
    assert not any(e["event"] == "warning" for e in record(folder))


def test_checkpoints_are_written_while_training_goes_on(make_run, monkeypatch):
    """As on a graphics card, whose numbers are copied: each is the one that a run that waits writes."""
    from modelfactory_trainer import checkpoint
    from modelfactory_trainer.flat import Flat

    plain, save, tell, found = Flat.named, checkpoint.Store.save, train.Trainer._tell, []
    last = threading.Event()  # the last step is done

    def copied(self, vector):
        return {n: t.clone() for n, t in plain(self, vector).items()}

    def late(self, state, *parts):
        assert state.step != 3 or last.wait(DEADLINE)
        return save(self, state, *parts)

    def told(self, taken):
        tell(self, taken)
        if self.state.step == 4:
            last.set()

    for beside in (False, True):
        folder, job = make_run(name=f"beside-{beside}", checkpoint_every=1, max_steps=4)
        if beside:
            monkeypatch.setattr(train.Trainer, "copies", True)
            monkeypatch.setattr(train.Trainer, "_tell", told)
            monkeypatch.setattr(Flat, "named", copied)
            monkeypatch.setattr(checkpoint.Store, "save", late)
        here(job)
        assert [e["step"] for e in record(folder) if e["event"] == "checkpoint"] == [1, 2, 3, 4]
        kept = sorted(folder.glob("checkpoints/*/adapter.safetensors"))
        found.append([(p.parent.name, p.read_bytes()) for p in kept] + [adapter.digest(folder / "adapter")])
    assert found[0] == found[1]


def test_accumulation_gives_the_steps_of_one_large_batch(make_run, finish):
    _, one = finish(make_run(name="one", batch_size=8, max_steps=2)[1])
    _, four = finish(make_run(name="four", batch_size=2, accumulation=4, max_steps=2)[1])
    # The rows of the first step differ in order only where the window does; same rows, same mean loss.
    assert one["steps"] == four["steps"] == 2
    assert one["first_loss"] == pytest.approx(four["first_loss"], rel=0.05)


@pytest.mark.parametrize("dropout", [0, 0.1])
def test_killed_runs_end_with_the_digest_of_an_uncut_one(make_run, start, finish, dropout):
    kills = int(os.environ.get("MODELFACTORY_KILLS", "2"))  # each; the soak sets 10
    settings = {"dropout": dropout, "passes": max(2, kills), "checkpoint_every": 2}
    _, want = finish(make_run(name="uncut", **settings)[1])
    chance = random.Random(int(os.environ.get("MODELFACTORY_SEED", "7")) + int(dropout * 10))
    folder, job = make_run(name="cut", **settings)
    points = sorted(chance.sample(range(1, want["steps"]), kills))
    for at in points:
        child = start("train", job)
        child.until("step", step=at)
        child.signal(signal.SIGKILL)
        child.end()
        job["resume"] = True
    child, got = finish(job)
    repeated = points[-1] - (child.of("step")[0]["step"] - 1)
    assert repeated <= 2 + 1, "more than one checkpoint interval was repeated"
    assert got["adapter_digest"] == want["adapter_digest"]
    assert got["trained_tokens"] == want["trained_tokens"]
    # A repeated step says what it said before.
    losses: dict[int, set] = {}
    for e in record(folder):
        if e["event"] == "step":
            losses.setdefault(e["step"], set()).add(e["loss"])
    assert all(len(v) == 1 for v in losses.values())


@pytest.mark.parametrize("way", ["pause", "stdin", "sigterm"])
def test_pause_saves_and_leaves_and_the_run_goes_on(make_run, start, finish, way):
    _, want = finish(make_run(name="uncut")[1])
    folder, job = make_run(name="paused")
    child = start("train", job)
    child.until("step", step=2)
    if way == "pause":
        child.control("pause")
    elif way == "stdin":
        child.stdin.close()
    else:
        child.signal(signal.SIGTERM)
    assert child.end() == 0
    result = result_of(child)
    assert result["state"] == "paused"
    assert not (folder / "adapter").exists()
    assert child.of("checkpoint")[-1]["step"] == result["steps"] == child.of("step")[-1]["step"]
    job["resume"] = True
    child, got = finish(job)
    assert child.of("step")[0]["step"] == result["steps"] + 1
    assert got["adapter_digest"] == want["adapter_digest"]


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_a_wish_is_heard_while_rows_are_tokenised(make_run, monkeypatch, wish, state):
    folder, job = make_run(facts(600))
    inbox, tokenised, plain = Inbox(), [], mask.parts

    def parts(row, *settings):
        tokenised.append(row.number)
        if row.number == 150:
            inbox.put(wish)
        return plain(row, *settings)

    monkeypatch.setattr(mask, "parts", parts)
    result = here(job, inbox)
    assert tokenised[-1] == 200  # the end of the batch
    assert (result["state"], result["steps"], result["adapter_digest"]) == (state, 0, "")
    assert not record(folder)  # no plan, no sample: nothing was loaded
    assert not [p.name for p in folder.iterdir() if "tokens" in p.name]


def test_a_wish_while_rows_are_tokenised_again_keeps_the_checkpoint(make_run, start):
    folder, job = make_run(passes=20)
    child = start("train", job)
    child.until("step", step=2)
    child.control("pause")
    assert child.end() == 0
    job["resume"] = True
    for wish in ("pause", "stop"):
        shutil.rmtree(folder / "tokens", ignore_errors=True)
        inbox = Inbox()
        inbox.put(wish)
        result = here(job, inbox)
        assert result["steps"] == result_of(child)["steps"] > 0
        assert result["last_loss"] == result_of(child)["last_loss"]
        plans = [e for e in record(folder) if e["event"] == "plan"]
        if wish == "pause":
            assert result["state"] == "paused"
            assert len(plans) == 1
        else:  # what was learnt is wanted
            assert result["state"] == "stopped"
            assert result["adapter_digest"] == adapter.digest(folder / "adapter")


def test_stop_keeps_what_was_learnt_and_checkpoint_goes_on(make_run, start):
    folder, job = make_run(passes=40, checkpoint_every=1000)
    child = start("train", job)
    child.until("step", step=2)
    child.control("nonsense")
    child.control("checkpoint")
    asked = child.until("checkpoint")["step"]
    child.until("step", step=asked + 1)
    child.control("stop")
    assert child.end() == 0
    result = result_of(child)
    assert result["state"] == "stopped"
    assert result["steps"] < 100
    assert result["adapter_digest"] == adapter.digest(folder / "adapter")
    assert result["answers_differ"]


@pytest.mark.parametrize("wish", [None, "pause", "stop"])
def test_tokens_stay_only_for_a_run_that_can_go_on(make_run, monkeypatch, wish):
    folder, job = make_run()
    inbox, plain = Inbox(), outcome.measure

    def measure(trainer):
        assert (folder / "tokens" / "tokens.json").exists()  # the report reads them
        plain(trainer)

    def step(self, pairs, take=train.Trainer.step):
        taken = take(self, pairs)
        if wish:
            inbox.put(wish)
        return taken

    monkeypatch.setattr(outcome, "measure", measure)
    monkeypatch.setattr(train.Trainer, "step", step)
    result = here(job, inbox)
    assert result["state"] == {None: "finished", "pause": "paused", "stop": "stopped"}[wish]
    assert (folder / "tokens").exists() == (wish == "pause")


def damage(saved: Path, how: str) -> None:
    if how == "flipped":
        path = saved / "optimizer.safetensors"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    elif how == "truncated":
        path = saved / "adapter.safetensors"
        path.write_bytes(path.read_bytes()[:-7])
    elif how == "no manifest":
        (saved / "manifest.json").unlink()
    else:
        (saved / "state.json").write_bytes(b"")


@pytest.mark.parametrize("how", ["flipped", "truncated", "no manifest", "empty state"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(make_run, start, finish, how):
    _, want = finish(make_run(name="uncut", checkpoint_every=2)[1])
    folder, job = make_run(name="cut", checkpoint_every=2)
    child = start("train", job)
    child.until("step", step=5)
    child.control("pause")
    child.end()
    newest = max((folder / "checkpoints").iterdir())
    damage(newest, how)
    damaged = int(newest.name.removeprefix("step-"))
    (folder / "checkpoints" / ".tmp-step-000099").mkdir()
    with open(folder / "events.jsonl", "ab") as f:
        f.write(b'{"v":1,"seq":99,"t":0,"event":"st')  # a line that a crash cut
    job["resume"] = True
    child, got = finish(job)
    assert f"step {damaged} is damaged" in child.of("warning")[0]["message"]
    assert child.of("step")[0]["step"] < damaged + 1
    assert got["adapter_digest"] == want["adapter_digest"]
    record(folder)  # every line is whole
    assert not (folder / "checkpoints" / ".tmp-step-000099").exists()


def test_resume_without_any_sound_checkpoint_starts_anew(make_run, start, finish):
    folder, job = make_run()
    child, want = finish(job)
    for path in (folder / "checkpoints").iterdir():
        (path / "manifest.json").write_text("{}")
    job["resume"] = True
    child, got = finish(job)
    assert "starts from the beginning" in child.of("warning")[-1]["message"]
    assert child.of("step")[0]["step"] == 1
    assert got["adapter_digest"] == want["adapter_digest"]


def test_a_run_cut_while_saving_is_finished_by_resume(make_run, finish):
    folder, job = make_run()
    _, want = finish(job)
    shutil.rmtree(folder / "adapter")
    (folder / "receipt.json").unlink()
    (folder / ".tmp-adapter").mkdir()
    job["resume"] = True
    child, got = finish(job)
    assert not child.of("step")
    assert got["adapter_digest"] == want["adapter_digest"]
    assert not (folder / ".tmp-adapter").exists()


def refused(start, job, code=3):
    child = start("train", job)
    assert child.end() == code, child.log.read_text()[-2000:]
    (error,) = child.of("error")
    assert error["message"]
    assert not (Path(job["run_dir"]) / "adapter").exists()
    return error


def test_nothing_to_learn_is_refused(make_run, start):
    _, job = make_run(rows=[{"messages": [{"role": "user", "content": "just a question"}]}] * 3)
    error = refused(start, job)
    assert error["kind"] == "refused"
    assert "no trained token" in error["message"]
    assert error["advice"]


def test_changed_files_are_refused(make_run, start, base_dir, tmp_path):
    _, job = make_run(name="rows")
    path = tmp_path / "nets-rows" / "items" / "rows.jsonl"
    path.write_bytes(path.read_bytes().replace(b"shelf 7", b"shelf 8"))
    error = refused(start, job)
    assert error["kind"] == "data"
    assert "rows.jsonl of items" in error["message"]

    _, job = make_run(name="base")
    copy = tmp_path / "base-copy"
    shutil.copytree(base_dir, copy)
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(bytes(content))
    error = refused(start, job | {"base_dir": str(copy)})
    assert error["kind"] == "base"
    assert "model.safetensors" in error["message"]

    _, job = make_run(name="other")
    assert refused(start, job | {"base_digest": "0" * 64})["kind"] == "base"


def test_a_checkpoint_of_another_recipe_is_refused(make_run, start, finish):
    folder, job = make_run()
    finish(job)
    shutil.rmtree(folder / "adapter")
    recipe = json.loads((folder / "recipe.json").read_bytes())
    (folder / "recipe.json").write_bytes(canonical.dumps(recipe | {"learning_rate": 0.02}))
    job["resume"] = True
    assert "another recipe" in refused(start, job)["message"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_and_keeps_the_checkpoint(make_run, finish, monkeypatch, value):
    from modelfactory_trainer.errors import JobError

    folder, job = make_run(checkpoint_every=1, eval_ppm=0)
    plain, calls = train.Trainer.gradient, []

    def spoilt(*arguments):
        calls.append(1)
        return plain(*arguments) * (value if len(calls) == 4 else 1)

    monkeypatch.setattr(train.Trainer, "gradient", spoilt)
    with pytest.raises(JobError, match="not finite at step 4") as e:
        here(job)
    assert (e.value.kind, e.value.exit_code) == ("nan", 1)
    assert "learning rate" in e.value.advice
    assert [r["step"] for r in record(folder) if r["event"] == "step"] == [1, 2, 3]
    assert not (folder / "adapter").exists()
    monkeypatch.undo()
    job["resume"] = True
    child, _ = finish(job)
    assert child.of("step")[0]["step"] == 4


def test_a_second_trainer_on_the_same_run_is_busy(make_run, start):
    folder, job = make_run(passes=200)
    first = start("train", job)
    first.until("step", step=1)
    assert (folder / "lock").read_text().strip() == str(first.pid)
    error = refused(start, job, code=1)
    assert error["kind"] == "busy"
    assert str(first.pid) in error["message"]
    first.control("pause")
    assert first.end() == 0


def test_disk_full_says_so_and_leaves_nothing_half_written(make_run, start, finish):
    folder, job = make_run(rank=16, checkpoint_every=2)
    size = 60_000  # events fit, the first checkpoint does not
    child = start("train", job, file_limit=size)
    assert child.end() == 1
    error = child.of("error")[0]
    assert error["kind"] == "disk"
    assert error["advice"]
    assert not list((folder / "checkpoints").iterdir())
    record(folder)
    job["resume"] = True
    assert finish(job)[1]["state"] == "finished"


def test_a_run_folder_that_cannot_be_written(make_run, start):
    folder, job = make_run()
    (folder / "checkpoints").write_text("a file stands where the folder should be")
    child = start("train", job)
    assert child.end() == 1
    assert child.of("error")[0]["message"]


def test_rows_left_out_are_told_and_sources_are_mixed(make_run, finish):
    nets = {
        "a": ([*facts(20), chat("x" * 300, "y")], 750_000),
        "b": ([{"text": f"line {i}"} for i in range(12)], 250_000),
    }
    _, job = make_run(nets=nets, passes=1, eval_ppm=250_000)
    child, result = finish(job)
    assert "1 of 21 rows of a are left out (row 21: " in child.of("warning")[0]["message"]
    assert set(child.of("eval")[-1]["per_source"]) == {"a", "b"}
    assert result["state"] == "finished"


def test_stray_prints_of_libraries_do_not_reach_the_protocol(make_run, finish):
    """descriptor 1 points at the log from the first moment."""
    import subprocess
    import sys

    code = "import os; from modelfactory_trainer.protocol import *; e = Emitter(claim_stdout()); os.write(1, b'stray'); print('stray'); e.emit('heartbeat')"  # noqa: E501
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=Path(adapter.__file__).parent.parent, check=True
    )
    assert json.loads(done.stdout)["event"] == "heartbeat"
    assert done.stderr.count(b"stray") == 2
