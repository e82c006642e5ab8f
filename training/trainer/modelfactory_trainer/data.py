"""The tokenised data of a run: every source read, checked, split and tokenised once."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from . import mask, rows
from .mix import Plan, Share, draws
from .recipe import Recipe
from .tokenizer import Tokenizer

MAX_LISTED = 100  # dropped rows that are named; all are counted


@dataclass
class Table:
    """Token rows behind one another in flat arrays: ids int32, trained one byte a token."""

    ids: array = field(default_factory=lambda: array("i"))
    trained: array = field(default_factory=lambda: array("b"))
    starts: list[int] = field(default_factory=lambda: [0])

    def add(self, t: mask.Tokenised) -> None:
        self.ids.extend(t.ids)
        self.trained.extend(t.trained)
        self.starts.append(len(self.ids))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, i: int) -> tuple[array, array]:
        """(ids, trained) of row i."""
        a, b = self.starts[i], self.starts[i + 1]
        return self.ids[a:b], self.trained[a:b]

    @property
    def lengths(self) -> list[int]:
        return [b - a for a, b in zip(self.starts, self.starts[1:], strict=False)]


@dataclass
class SourceData:
    source: rows.Source
    train: Table = field(default_factory=Table)
    held_out: Table = field(default_factory=Table)
    seen: int = 0
    dropped: int = 0
    reasons: list[dict] = field(default_factory=list)
    question: tuple[str, list[dict]] | None = None  # (digest, messages before the last answer) of a held-out chat

    def add(self, row: rows.Row, tokenizer: Tokenizer, recipe: Recipe) -> mask.Tokenised | None:
        """Tokenise a row onto its side of the split; None when it was dropped."""
        self.seen += 1
        try:
            t = mask.tokenise(row, tokenizer, recipe.train_on, recipe.max_length)
        except mask.RowDropped as e:
            self.dropped += 1
            if len(self.reasons) < MAX_LISTED:
                self.reasons.append({"row": row.number, "reason": str(e)})
            return None
        if not rows.in_eval(row.digest, recipe.eval_ppm):
            self.train.add(t)
            return t
        self.held_out.add(t)
        if row.messages and row.messages[-1]["role"] == "assistant":
            question = (row.digest, row.messages[:-1])
            if self.question is None or question[0] < self.question[0]:
                self.question = question
        return t


@dataclass
class Dataset:
    sources: list[SourceData]
    recipe: Recipe

    def plan(self) -> Plan:
        """The order of training: a pure function of seed, pass and index."""
        r = self.recipe
        shares = [Share(s.source.net, len(s.train), s.source.weight) for s in self.sources]
        return Plan(shares, [s.train.lengths for s in self.sources], r.batch_size, r.accumulation, r.seed)

    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        steps = self.plan().steps_per_pass * self.recipe.passes
        return min(steps, self.recipe.max_steps) if self.recipe.max_steps > 0 else steps

    @property
    def trained_tokens(self) -> int:
        return sum(sum(s.train.trained) for s in self.sources)

    def question(self) -> list[dict] | None:
        """The held-out question that is asked at the start and at each evaluation: that of the lowest digest."""
        found = [s.question for s in self.sources if s.question]
        return min(found, key=lambda q: q[0])[1] if found else None

    def counts(self) -> list[dict]:
        """Per source: what check reports."""
        n = draws([Share(s.source.net, len(s.train), s.source.weight) for s in self.sources])
        return [
            {
                "net": s.source.net,
                "rows": s.seen,
                "train_rows": len(s.train),
                "eval_rows": len(s.held_out),
                "dropped_rows": s.dropped,
                "tokens": len(s.train.ids) + len(s.held_out.ids),
                "trained_tokens": sum(s.train.trained) + sum(s.held_out.trained),
                "dropped": s.reasons,
                "drawn": d,
            }
            for s, d in zip(self.sources, n, strict=True)
        ]


def load(
    listed: list[rows.Source],
    tokenizer: Tokenizer,
    recipe: Recipe,
    progress: Callable[[int, int], None] = lambda done, total: None,
    keep: Callable[[SourceData, rows.Row, mask.Tokenised], None] = lambda s, row, t: None,
) -> Dataset:
    """Read and tokenise all sources. progress(rows done, rows expected); keep sees each row that is not dropped."""
    total, done = sum(s.rows for s in listed), 0
    out = []
    for source in listed:
        data = SourceData(source)
        for row in rows.read(source):
            t = data.add(row, tokenizer, recipe)
            if t is not None:
                keep(data, row, t)
            done += 1
            if done % 500 == 0:
                progress(done, total)
        out.append(data)
    progress(done, total)
    return Dataset(out, recipe)
