"""What report.json says of a model whose losses and answers are known, and what it leaves out when time is short."""

import contextlib
import json
import math

import pytest

from modelfactory_trainer import canonical, report
from modelfactory_trainer.report import EVAL, TRAIN, Chat, Model, Row


def digest(i: int) -> str:
    return canonical.digest(i)


class Fake:
    """Loss 2 a token for the base and 1 with the adapter, but for one row; each call takes a second of the clock."""

    def __init__(self, hard: str = "", answering: float = 1):
        self.adapter, self.time, self.seen, self.hard = True, 0.0, [], hard
        self.answering = answering  # seconds

    def losses(self, rows):
        self.time += 1
        self.seen += [(r.digest, self.adapter) for r in rows]
        return [(r.at * (9.0 if r.digest == self.hard else 1.0 if self.adapter else 2.0), r.at) for r in rows]

    def answers(self, conversations, cancelled):
        self.time += self.answering
        assert all(messages[-1]["role"] == "user" for messages in conversations)
        return ["Clean the rim." if self.adapter else "It depends."] * len(conversations)

    @contextlib.contextmanager
    def off(self):
        self.adapter = False
        yield
        self.adapter = True

    def write(self, folder, rows, chats=(), seconds=1e9, **more):
        return report.write(
            folder, rows, chats, Model(self.losses, self.answers, self.off), seconds, now=lambda: self.time, **more
        )


def chat(i: int, net: str = "bike") -> Chat:
    messages = [{"role": "user", "content": f"Question {i}?"}, {"role": "assistant", "content": "clean the rim"}]
    return Chat(net, digest(i), messages)


def test_rows_have_both_losses_and_nets_their_means(tmp_path):
    rows = [Row("bike", digest(i), EVAL, 10) for i in range(20)] + [Row("polite", digest(99), TRAIN, 30)]
    fake = Fake(hard=digest(3))
    written = fake.write(tmp_path, rows)
    on_disk = json.loads((tmp_path / report.NAME).read_text())
    assert on_disk == written
    assert canonical.dumps(on_disk) == (tmp_path / report.NAME).read_bytes()
    assert on_disk["schema"] == "modelfactory/report/1"
    held_out = [r for r in on_disk["rows"] if r["side"] == "eval"]
    assert len(held_out) == 20
    one = next(r for r in held_out if r["row_id"] == digest(5))
    assert one == {
        "net": "bike", "row_id": digest(5), "side": "eval", "tokens": 10, "loss_before": 2, "loss_after": 1
    }  # fmt: skip
    hard = next(r for r in held_out if r["row_id"] == digest(3))
    assert (hard["loss_before"], hard["loss_after"]) == (9, 9)
    bike, polite = on_disk["nets"]
    assert (bike["net"], bike["side"], bike["rows"], bike["measured"], bike["not_measured"]) == (
        "bike",
        "eval",
        20,
        20,
        0,
    )
    assert bike["loss_before"] == pytest.approx((19 * 2 + 9) / 20)
    assert bike["loss_after"] == pytest.approx((19 * 1 + 9) / 20)
    assert (polite["side"], polite["tokens"], polite["loss_after"]) == ("train", 30, 1)


def test_the_mean_of_a_net_is_over_its_tokens(tmp_path):
    rows = [Row("bike", digest(0), EVAL, 10), Row("bike", digest(1), EVAL, 90)]
    written = Fake(hard=digest(1)).write(tmp_path, rows)
    assert written["nets"][0]["loss_after"] == pytest.approx((10 * 1 + 90 * 9) / 100)


def test_training_rows_are_the_500_of_the_lowest_digest(tmp_path):
    rows = [Row("bike", digest(i), TRAIN, 1) for i in range(700)]
    written = Fake().write(tmp_path, rows)
    assert [r["row_id"] for r in written["rows"]] == sorted(digest(i) for i in range(700))[:500]
    assert written["nets"][0]["not_measured"] == 200


def test_a_budget_is_kept_and_what_is_left_is_counted(tmp_path):
    """40 s, a second a call. Held-out rows until 20 s: chunks of 1, 2, 4, 8, 8 … of 2 s each. Answers until 32 s:
    those of four questions, together, 7 s for each form of the model. Training rows until 40 s: chunks of 1, 2, 4."""
    rows = [Row("bike", digest(i), EVAL, 1) for i in range(100)]
    rows += [Row("bike", digest(1000 + i), TRAIN, 1) for i in range(100)]
    fake = Fake(answering=7)
    written = fake.write(tmp_path, rows, [chat(i) for i in range(12)], seconds=40)
    sides = {n["side"]: n for n in written["nets"]}
    assert (sides["eval"]["measured"], sides["eval"]["not_measured"]) == (63, 37)
    assert (sides["train"]["measured"], sides["train"]["not_measured"]) == (7, 93)
    assert (len(written["answers"]), written["answers_not_measured"]) == (4, 4)
    assert written["seconds"] == 40
    assert fake.time == 40, "something was begun after the budget"


def test_slow_rows_are_taken_one_by_one(tmp_path):
    """10 s, a second a call: a chunk takes a fifth of the time, so that it stays at one row."""
    rows = [Row("bike", digest(i), EVAL, 1) for i in range(100)]
    written = Fake().write(tmp_path, rows, [chat(i) for i in range(12)], seconds=10)
    assert (written["nets"][0]["measured"], len(written["answers"])) == (3, 4)


def test_nothing_is_guessed_when_nothing_was_measured(tmp_path):
    written = Fake().write(tmp_path, [Row("bike", digest(0), EVAL, 5)], [chat(1)], cancelled=lambda: True)
    assert written["rows"] == []
    assert written["answers"] == []
    assert written["answers_not_measured"] == 1
    assert written["nets"][0]["loss_after"] is None
    assert written["nets"][0]["not_measured"] == 1


def test_an_answer_that_was_cut_is_not_kept(tmp_path):
    fake = Fake()
    # The wish to stop comes while the second four questions are answered.
    written = fake.write(tmp_path, [], [chat(i) for i in range(7)], cancelled=lambda: fake.time >= 4)
    assert (len(written["answers"]), written["answers_not_measured"]) == (4, 3)


def test_an_answer_that_outlives_the_budget_is_cut(tmp_path):
    fake = Fake()

    def slow(conversations, cancelled):
        while not cancelled():
            fake.time += 1  # a token a second, without end
        return ["Clean the"] * len(conversations)

    fake.answers = slow
    written = fake.write(tmp_path, [], [chat(1)], seconds=30)
    assert (written["answers"], written["answers_not_measured"], written["seconds"]) == ([], 1, 30)


def test_a_loss_that_is_no_number_is_said(tmp_path):
    fake = Fake(hard=digest(0))
    fake.losses = lambda rows: [(math.nan if fake.adapter else 2.0, 1) for _ in rows]
    written = fake.write(tmp_path, [Row("bike", digest(0), EVAL, 1)])
    assert written["rows"][0]["loss_after"] == "NaN"
    assert written["nets"][0]["loss_after"] == "NaN"
    assert written["nets"][0]["loss_before"] == 2


def test_a_row_without_trained_tokens_is_not_measured(tmp_path):
    written = Fake().write(tmp_path, [Row("bike", digest(0), EVAL, 0)])
    assert written["rows"] == []
    assert written["nets"][0]["not_measured"] == 1


def test_answers_of_both_and_no_other_text(tmp_path):
    rows = [Row("bike", digest(i), EVAL, 1) for i in range(12)]
    written = Fake().write(tmp_path, rows, [chat(i) for i in range(12)])
    assert [a["row_id"] for a in written["answers"]] == sorted(digest(i) for i in range(12))[: report.ANSWERS]
    a = written["answers"][0]
    assert (a["before"], a["after"], a["want"]) == ("It depends.", "Clean the rim.", "clean the rim")
    assert (a["exact_before"], a["exact_after"], a["f1_before"], a["f1_after"]) == (False, True, 0, 1)
    shown = {a["question"] for a in written["answers"]}
    assert not any(f"Question {i}?" in str(written["rows"]) for i in range(12))
    assert len(shown) == report.ANSWERS


def test_budget_is_a_tenth_and_at_least_ten_seconds():
    assert report.budget(5) == 10
    assert report.budget(600) == pytest.approx(60)


@pytest.mark.parametrize(
    ("answer", "want", "same", "score"),
    [
        ("The Rim.", "rim", True, 1),
        ("An apple, a day!", "apple day", True, 1),
        ("clean rim", "clean the pads", False, 0.5),  # 1 of 2 and 1 of 2
        ("rim rim", "rim", False, 2 / 3),  # a repeated word counts once
        ("“Rim”", "rim", True, 1),
        ("the", "a", True, 1),  # nothing left of either
        ("the", "rim", False, 0),
        ("theatre", "atre", False, 0),  # an article is a word of its own
    ],
)
def test_words_in_common(answer, want, same, score):
    assert report.exact(answer, want) is same
    assert report.f1(answer, want) == pytest.approx(score)


def test_the_studio_reads_what_is_written(tmp_path):
    """training/testdata/report.json is read by the studio's own test; it is what this writes."""
    fake = Fake(hard=digest(2), answering=3)
    losses = fake.losses
    fake.losses = lambda rows: [
        (math.nan if r.digest == digest(7) else v, n) for r, (v, n) in zip(rows, losses(rows), strict=True)
    ]
    rows = [Row("bike", digest(i), EVAL, 10 + i) for i in range(6)]
    rows += [Row("bike", digest(i), TRAIN, 5) for i in range(6, 9)] + [Row("polite", digest(9), EVAL, 0)]
    fake.write(tmp_path, rows, [chat(i) for i in range(3)], seconds=120)
    shared = report.Path(__file__).parents[2] / "testdata" / report.NAME
    assert (tmp_path / report.NAME).read_bytes() == shared.read_bytes()
