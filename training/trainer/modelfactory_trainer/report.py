"""What a run did to its rows: report.json, measured after training, within a time that is told beforehand.

For rows it has the loss without the adapter and with it; for some held-out chats both answers beside the wanted one.
It names rows by digest and copies no text of them but that of the chats it asked. What the time did not allow is
counted as not measured.
"""

import heapq
import string
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import canonical, files
from .protocol import finite

SCHEMA = "modelfactory/report/1"
NAME = "report.json"
TRAIN_ROWS = 500  # at most, those of the lowest digests
ANSWERS = 8
AT_ONCE = 4  # of them under way at a time
CHUNK = 8  # rows given to `losses` at once, at most; the clock is read between chunks
CHUNK_SHARE = 0.05  # of the time: a chunk that took more is followed by a smaller one
LONGEST = 4_000  # characters of a shown question or answer that are kept

SHARE, LEAST = 0.10, 10.0  # of the run's training seconds; seconds

# Until which share of the time each part may go on. What a part leaves over goes to the next.
EVAL_UNTIL, ANSWERS_UNTIL = 0.5, 0.8

TRAIN, EVAL = "train", "eval"


@dataclass(frozen=True)
class Row:
    """A row of the run's dataset. `digest` is its id; `at` is whatever `Model.losses` finds it by."""

    net: str
    digest: str
    side: str  # TRAIN or EVAL
    at: Any


@dataclass(frozen=True)
class Chat:
    """A held-out row of a question and its answer: `messages` is the whole row, two at least, the last of the
    assistant."""

    net: str
    digest: str
    messages: list[dict]


@dataclass(frozen=True)
class Model:
    """The trained model as the report needs it.

    losses(rows) gives for each row (sum of the negative log-likelihoods in nats, number of trained tokens).
    answers(conversations, cancelled) continues each of them; it may return at once when cancelled() is true. Both speak
    for the model with its adapter, and inside without_adapter() for the base alone.
    """

    losses: Callable[[Sequence[Row]], Sequence[tuple[float, int]]]
    answers: Callable[[list[list[dict]], Callable[[], bool]], list[str]]
    without_adapter: Callable[[], AbstractContextManager]


def budget(training_seconds: float) -> float:
    """Seconds the report may take: a tenth of the training, and at least 10."""
    return max(LEAST, SHARE * training_seconds)


@dataclass
class _Clock:
    """Time within a budget; over when the person does not want to wait either."""

    seconds: float
    cancelled: Callable[[], bool] = lambda: False
    now: Callable[[], float] = time.monotonic
    begun: float = field(init=False)

    def __post_init__(self):
        self.begun = self.now()

    @property
    def spent(self) -> float:
        return self.now() - self.begun

    def over(self, share: float) -> bool:
        return self.spent >= share * self.seconds or self.cancelled()


def choose(rows: Iterable[Row]) -> tuple[list[Row], list[Row], Counter]:
    """(held-out rows, training rows, how many there are of each (net, side)).

    Held-out rows are all there, training rows are those of the lowest digests, at most TRAIN_ROWS. Both lists are in
    the order of the digests, a fair draw: what a budget leaves of it is a sample, not the short rows.
    """
    held_out: list[Row] = []
    counts: Counter = Counter()

    def trained():
        for row in rows:
            counts[row.net, row.side] += 1
            if row.side == EVAL:
                held_out.append(row)
            else:
                yield row

    lowest = heapq.nsmallest(TRAIN_ROWS, trained(), key=lambda r: (r.digest, r.net))
    return sorted(held_out, key=lambda r: (r.digest, r.net)), lowest, counts


def write(
    folder: Path,
    rows: Iterable[Row],
    chats: Iterable[Chat],
    model: Model,
    seconds: float,
    cancelled: Callable[[], bool] = lambda: False,
    now: Callable[[], float] = time.monotonic,
) -> dict:
    """Measure and write folder/report.json; returns what was written. `rows` and `chats` are all of the run's dataset
    (a chat is in both). seconds is the budget: nothing is begun after it, and only a chunk of rows is finished."""
    clock = _Clock(seconds, cancelled, now)
    held_out, trained, counts = choose(rows)
    asked = heapq.nsmallest(ANSWERS, chats, key=lambda c: (c.digest, c.net))
    measured = list(_losses(held_out, model, clock, EVAL_UNTIL))
    answers = list(_answers(asked, model, clock, ANSWERS_UNTIL))
    measured += _losses(trained, model, clock, 1.0)
    report = {
        "schema": SCHEMA,
        "budget_seconds": round(seconds, 3),
        "seconds": round(clock.spent, 3),
        "nets": _nets(measured, counts),
        "rows": measured,
        "answers": answers,
        "answers_not_measured": len(asked) - len(answers),
    }
    report = finite(report)
    files.write(folder / NAME, canonical.dumps(report))
    return report


def _losses(rows: list[Row], model: Model, clock: _Clock, until: float) -> Iterable[dict]:
    at, size = 0, 1  # one row first: how long rows take is not known
    while at < len(rows) and not clock.over(until):
        chunk, begun = rows[at : at + size], clock.spent
        at += len(chunk)
        with model.without_adapter():
            before = model.losses(chunk)
        after = model.losses(chunk)
        quick = clock.spent - begun <= CHUNK_SHARE * clock.seconds
        size = min(2 * size, CHUNK) if quick else max(size // 2, 1)
        for row, (nll_before, tokens), (nll_after, _) in zip(chunk, before, after, strict=True):
            if tokens > 0:
                yield {
                    "net": row.net,
                    "row_id": row.digest,
                    "side": row.side,
                    "tokens": int(tokens),
                    "loss_before": nll_before / tokens,
                    "loss_after": nll_after / tokens,
                }


def _nets(measured: list[dict], counts: Counter) -> list[dict]:
    """Per net and side: rows there, rows measured, and the mean loss over the trained tokens of those measured."""
    out = []
    for net, side in sorted(counts):
        own = [r for r in measured if r["net"] == net and r["side"] == side]
        tokens = sum(r["tokens"] for r in own)
        part = {"net": net, "side": side, "rows": counts[net, side], "measured": len(own), "tokens": tokens}
        part["not_measured"] = counts[net, side] - len(own)
        for name in ("loss_before", "loss_after"):
            part[name] = sum(r[name] * r["tokens"] for r in own) / tokens if tokens else None
        out.append(part)
    return out


def _answers(chats: list[Chat], model: Model, clock: _Clock, until: float) -> Iterable[dict]:
    def cut() -> bool:
        return clock.over(1.0)

    for at in range(0, len(chats), AT_ONCE):
        if clock.over(until):
            return
        some = chats[at : at + AT_ONCE]
        questions = [chat.messages[:-1] for chat in some]
        with model.without_adapter():
            before = model.answers(questions, cut)
        after = model.answers(questions, cut)
        if cut():
            return  # an answer may not be whole
        for chat, own_before, own_after in zip(some, before, after, strict=True):
            want = chat.messages[-1]["content"]
            yield {
                "net": chat.net,
                "row_id": chat.digest,
                "question": chat.messages[-2]["content"][:LONGEST],
                "want": want[:LONGEST],
                "before": own_before[:LONGEST],
                "after": own_after[:LONGEST],
                "exact_before": exact(own_before, want),
                "exact_after": exact(own_after, want),
                "f1_before": f1(own_before, want),
                "f1_after": f1(own_after, want),
            }


# The measures of SQuAD (Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text", section
# 6.1). They count words in common: a right answer in other words scores low, and text without spaces between words has
# one word only.


def normal(text: str) -> list[str]:
    """The words that are compared: lower-case, without punctuation and without the articles a, an, the."""
    kept = "".join(c for c in text.lower() if c not in string.punctuation and unicodedata.category(c)[0] != "P")
    return [word for word in kept.split() if word not in ("a", "an", "the")]


def exact(answer: str, want: str) -> bool:
    """Whether the two are the same after normalisation."""
    return normal(answer) == normal(want)


def f1(answer: str, want: str) -> float:
    """The harmonic mean of precision and recall of the answer's words, from 0 to 1; a word counts as often as it is in
    both. With no words on a side: 1 when both have none, else 0."""
    got, wanted = normal(answer), normal(want)
    if not got or not wanted:
        return float(got == wanted)
    common = sum((Counter(got) & Counter(wanted)).values())
    return 2 * common / (len(got) + len(wanted))
