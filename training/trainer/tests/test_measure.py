"""What a run needs, told by a few of its steps: against the run itself, and when memory is short."""

import json
import os
import time

import pytest
import torch
from conftest import chat

from modelfactory_trainer import canonical, check, shelf
from modelfactory_trainer.learner import Learner
from modelfactory_trainer.measure import Measuring
from modelfactory_trainer.protocol import Inbox

LONG = [chat("Where is item " + str(i) + "?", "On shelf " + "7 and shelf " * (i % 9) + "3.") for i in range(48)]


@pytest.fixture
def asked(make_run, tmp_path):
    """asked(**settings) gives a run folder, its train job, and the measure job of the same."""

    def make(rows=LONG, **settings):
        folder, job = make_run(rows, **settings)
        sources = json.loads((folder / "data.json").read_bytes())
        for s in sources:
            s["path"] = str((folder / s["path"]).resolve())
        job["tokens_dir"] = str(tmp_path / "tokens")
        same = {k: job[k] for k in ("base_dir", "base_digest", "tokens_dir", "threads", "device")}
        return folder, job, same | {"recipe": json.loads((folder / "recipe.json").read_bytes()), "sources": sources}

    return make


def here(job, emitter, inbox=None) -> dict:
    return Measuring(job, emitter, inbox or Inbox(), torch.device("cpu"), time.monotonic()).run()


def counted(child) -> list[dict]:
    """Reports of rows that were tokenised."""
    return [e for e in child.of("phase") if e["phase"] == "tokenising" and e["done"]]


@pytest.mark.parametrize("settings", [{}, {"objective": "dpo"}, {"rank": 64, "batch_size": 16, "dropout": 0.1}])
def test_the_run_takes_what_was_measured(asked, start, finish, settings):
    rows = LONG
    if settings.get("objective") == "dpo":
        rows = [
            {
                "prompt": r["messages"][:1],
                "chosen": r["messages"][1:],
                "rejected": [{"role": "assistant", "content": "No idea."}],
            }
            for r in LONG
        ]
    folder, job, measure = asked(rows, passes=6, **settings)
    child = start("measure", measure)
    assert child.end() == 0, child.log.read_text()[-2000:]
    found = child.of("result")[0]["measure"]
    fields = json.loads((shape_of("measure.jsonl")).read_text().splitlines()[0])["measure"]
    assert found.keys() == fields.keys()
    assert counted(child)
    assert sorted(p.name for p in folder.iterdir()) == ["data.json", "recipe.json"]

    run, _ = finish(job)
    assert not counted(run)  # its rows were tokenised before
    assert not (folder / "tokens").exists()
    steps = run.of("step")
    assert found["fits"]
    assert found["state"] == "finished"
    plan = run.of("plan")[0]
    assert found["token_budget"] == found["planned_budget"] == plan["token_budget"]
    assert found["bytes"].keys() == plan["bytes"].keys()
    assert found["memory_bytes"] == pytest.approx(steps[-1]["memory_bytes"], rel=0.1)
    # Two looks at the clock of a machine that does other things too: a wrong unit would be far off.
    assert 0.1 < found["token_seconds"] * steps[-1]["tokens"] / steps[-1]["seconds"] < 10
    assert 0 < found["look_token_seconds"] < 10 * found["token_seconds"]
    assert 0 < found["answer_seconds"] < 60


def shape_of(name: str):
    from conftest import PROJECT

    return PROJECT.parent / "protocol" / "testdata" / name


def test_a_wish_ends_it(asked, start):
    _, _, measure = asked(LONG * 40)
    for wish, state in (("pause", "paused"), ("stop", "stopped")):
        child = start("measure", measure)
        child.until("phase", phase="tokenising")
        child.control(wish)
        assert child.end() == 0
        result = child.of("result")[0]["measure"]
        assert (result["state"], result["fits"], result["memory_bytes"]) == (state, False, 0)


def test_too_little_memory_is_an_answer(asked, emitter, monkeypatch):
    gradient = Learner.gradient
    most = 0

    def short(self, units, *args):
        if self.state.token_budget > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return gradient(self, units, *args)

    monkeypatch.setattr(Learner, "gradient", short)
    _, _, measure = asked(batch_size=16)
    found = here(measure, emitter)
    assert (found["fits"], found["token_budget"], found["memory_bytes"]) == (False, 0, 0)
    assert found["planned_budget"] > 64
    most = 300
    found = here(measure, emitter)
    assert found["fits"]
    assert 150 < found["token_budget"] <= most < found["planned_budget"]


def test_check_and_run_share_tokens_and_damage_is_mended(asked, start, emitter, tmp_path):
    _, _, measure = asked()
    phases = []
    emitter.phase = lambda phase, done=0, total=0, unit="": phases.append(done)
    job = {k: measure[k] for k in ("base_dir", "sources", "recipe", "tokens_dir")} | {"preview": 2}

    def tokenised() -> bool:
        phases.clear()
        seen.append(check.run(job, emitter))
        return any(phases)

    seen: list[dict] = []
    assert tokenised()
    assert not tokenised()
    (entry,) = (tmp_path / "tokens").iterdir()
    ids = entry / "tokens" / "ids"
    ids.write_bytes(ids.read_bytes()[:-1] + b"\xff")
    assert tokenised()
    assert not tokenised()
    assert all(s == seen[0] for s in seen)
    job["recipe"] = job["recipe"] | {"max_length": 40}
    assert tokenised()
    assert len(list((tmp_path / "tokens").iterdir())) == 2


def test_the_shelf_stays_small(tmp_path, monkeypatch):
    def use(name: str, size: int, age: float = 0) -> None:
        with shelf.entry(tmp_path, {"name": name}, pytest.fail) as folder:
            folder.mkdir(exist_ok=True)
            (folder / "ids").write_bytes(bytes(size))
        os.utime(folder.parent, (time.time() - age,) * 2)

    def there() -> set[str]:
        found = {p.name for p in tmp_path.iterdir()}
        return {n for n in ("a", "b", "c", "d") if canonical.digest({"name": n}) in found}

    monkeypatch.setattr(shelf, "MOST", 1000)
    use("a", 400, age=300)
    use("b", 400, age=200)
    use("a", 400, age=100)  # used again
    use("c", 400)
    assert there() == {"a", "c"}  # b was not used for the longest time
    use("d", 2000)
    assert there() == {"d"}  # what was just made stays
    use("d", 10, age=shelf.AGE + 60)
    use("a", 10)
    assert there() == {"a"}


def test_who_makes_the_same_waits(tmp_path):
    class Waited(Exception):
        pass

    def wait():
        raise Waited

    with shelf.entry(tmp_path, {}, wait) as folder:
        with pytest.raises(Waited), shelf.entry(tmp_path, {}, wait):
            pass
        with shelf.entry(tmp_path, {"another": 1}, wait):
            pass
    with shelf.entry(tmp_path, {}, wait) as again:
        assert again == folder
