"""A run over preference rows, and one that goes on when its rows are gone."""

from conftest import facts


def preferences(n: int) -> list[dict]:
    def said(role, text):
        return [{"role": role, "content": text}]

    return [
        {
            "prompt": said("user", f"Where is item {i}?"),
            "chosen": said("assistant", f"On shelf {i * 7 % 31}."),
            "rejected": said("assistant", "I do not know."),
        }
        for i in range(n)
    ]


def test_a_run_learns_to_prefer(make_run, finish):
    _, job = make_run(preferences(24), objective="dpo", passes=4, learning_rate=0.01, eval_every=0)
    child, result = finish(job)
    assert result["state"] == "finished"
    losses = [e["loss"] for e in child.of("step")]
    assert abs(losses[0] - 0.6931) < 1e-3  # nothing is preferred yet: log 2
    assert losses[-1] < 0.5 * losses[0]


def test_a_run_of_preferences_refuses_chats(make_run, start):
    _, job = make_run(facts(8), objective="dpo")
    child = start("train", job)
    assert child.end() == 3
    assert "not a preference" in child.of("error")[0]["message"]


def test_a_paused_run_goes_on_when_its_rows_are_gone(make_run, start, finish, tmp_path):
    _, job = make_run(facts(24), passes=4, eval_every=0)
    child = start("train", job)
    child.until("step")
    child.control("pause")
    assert child.end() == 0
    assert child.of("result")[0]["train"]["state"] == "paused"
    (tmp_path / "nets-run" / "items" / "rows.jsonl").unlink()
    _, result = finish(job | {"resume": True})
    assert result["state"] == "finished"
