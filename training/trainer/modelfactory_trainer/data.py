"""The tokenised data of a run: every source read, checked, split and tokenised once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import files, mask, rows, shelf, table
from .mix import Plan, Share, draws
from .recipe import Recipe
from .tokenizer import Tokenizer

PROGRESS_ROWS = 100  # rows between two calls of progress
MAX_LISTED = 100  # dropped rows that are named; all are counted


@dataclass
class SourceData:
    """A source and what became of its rows. reasons name the first dropped ones, kinds counts them all."""

    source: rows.Source
    seen: int = 0
    reasons: list[dict] = field(default_factory=list)
    kinds: Counter = field(default_factory=Counter)
    question: list | None = None  # [digest, messages before the last answer] of the held-out row of the lowest digest
    train: table.Table | None = None
    held_out: table.Table | None = None

    @property
    def dropped(self) -> int:
        return self.kinds.total()

    def drop(self, row: rows.Row, why: mask.RowDropped) -> None:
        self.kinds[why.kind] += 1
        if len(self.reasons) < MAX_LISTED:
            self.reasons.append({"row": row.number, "reason": str(why)})

    def ask(self, row: rows.Row) -> None:
        """Remember a held-out row's question when it has one and its digest is the lowest so far."""
        messages = row.messages
        if messages and row.chosen is None:
            messages = messages[:-1] if messages[-1]["role"] == "assistant" else None
        if messages and (self.question is None or row.digest < self.question[0]):
            self.question = [row.digest, messages]

    def kept(self) -> dict:
        """What a token folder remembers of the source beside its tokens."""
        return {"seen": self.seen, "reasons": self.reasons, "kinds": dict(self.kinds), "question": self.question}


@dataclass
class Dataset:
    """digest is a SHA-256 over all tokens and marks: equal digests, equal training. Empty when only counted."""

    sources: list[SourceData]
    recipe: Recipe
    digest: str = ""

    def shares(self) -> list[Share]:
        return [Share(s.source.net, len(s.train), s.source.weight) for s in self.sources]

    def plan(self) -> Plan:
        """The order of training: a pure function of seed, pass and index."""
        return Plan(self.shares(), self.recipe.batch_size, self.recipe.accumulation, self.recipe.seed)

    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        steps = self.plan().steps_per_pass * self.recipe.passes
        return min(steps, self.recipe.max_steps) if self.recipe.max_steps > 0 else steps

    @property
    def trained_tokens(self) -> int:
        return sum(int(s.train.trained_tokens.sum()) for s in self.sources)

    def question(self) -> list[dict] | None:
        """The held-out question that is asked at the start and at each evaluation: that of the lowest digest."""
        found = [s.question for s in self.sources if s.question]
        return min(found, key=lambda q: q[0])[1] if found else None

    def counts(self) -> list[dict]:
        """Per source: what check reports."""
        out = []
        seen = np.zeros(0, "S32")  # digests of the sources before
        for s, drawn in zip(self.sources, draws(self.shares()), strict=True):
            digests, words, lengths = (
                np.concatenate([s.train.column(c), s.held_out.column(c)]) for c in ("digest", "words", "length")
            )
            unique = np.unique(digests)
            out.append(
                {
                    "net": s.source.net,
                    "rows": s.seen,
                    "train_rows": len(s.train),
                    "eval_rows": len(s.held_out),
                    "dropped_rows": s.dropped,
                    "tokens": int(lengths.sum()),
                    "trained_tokens": int(s.train.trained_tokens.sum() + s.held_out.trained_tokens.sum()),
                    "median_tokens": int(np.median(lengths)) if len(lengths) else 0,
                    "longest_tokens": int(lengths.max(initial=0)),
                    "duplicates": len(digests) - len(unique),
                    "near_duplicates": len(unique) - len(np.unique(words)),
                    "elsewhere": int(np.isin(unique, seen).sum()),
                    "eval_near": int(np.isin(s.held_out.column("words"), s.train.column("words")).sum()),
                    "dropped": s.reasons,
                    "dropped_kinds": [{"reason": k, "rows": n} for k, n in s.kinds.most_common()],
                    "drawn": drawn,
                }
            )
            seen = np.union1d(seen, unique)
        return out


def load(
    listed: list[rows.Source],
    tokenizer: Tokenizer,
    recipe: Recipe,
    progress: Callable[[int, int], None] = lambda done, total: None,
    folder: Path | None = None,
    shared: Path | None = None,
) -> Dataset:
    """Tokenise all sources into an entry of the shelf `shared`, or else into `folder`, or take what stands there when
    it was made from the same.

    Without either, rows are only counted. progress(rows done, rows expected) is called every PROGRESS_ROWS rows, at the
    end, and while another process makes the same. It may raise to end the work: nothing of it stays behind.
    """
    key = _key(listed, tokenizer, recipe)
    sources = [SourceData(s) for s in listed]
    known = all(s.rows_sha256 for s in listed)

    def stored(folder: Path) -> table.Store:
        found = table.read(folder, key) if known else None
        if found is None:
            with files.new_folder(folder) as tmp:
                _tokenise(sources, tokenizer, recipe, progress, tmp).finish(key, [s.kept() for s in sources])
            return table.read(folder, key)[0]
        for s, k in zip(sources, found[1], strict=True):
            s.seen, s.reasons, s.kinds, s.question = k["seen"], k["reasons"], Counter(k["kinds"]), k["question"]
        return found[0]

    if shared and known:
        with shelf.entry(shared, key, lambda: progress(0, 0)) as place:
            store = stored(place)
    elif folder:
        store = stored(folder)
    else:
        store = table.Store(_tokenise(sources, tokenizer, recipe, progress, None).records())
    for i, s in enumerate(sources):
        s.train, s.held_out = store.table(i, held_out=False), store.table(i, held_out=True)
    return Dataset(sources, recipe, store.digest)


def _key(listed: list[rows.Source], tokenizer: Tokenizer, recipe: Recipe) -> dict:
    """All that decides what the token files hold."""
    return {
        "code": table.CODE,
        "sources": [{"net": s.net, "rows_sha256": s.rows_sha256} for s in listed],
        "tokenizer": tokenizer.digest,
        "train_on": recipe.train_on,
        "max_length": recipe.max_length,
        "eval_ppm": recipe.eval_ppm,
        "objective": recipe.objective,
    }


def _tokenise(sources, tokenizer, recipe, progress, folder: Path | None) -> table.Writer:
    """Read and tokenise all rows; the sources' counts are filled in."""
    total, done = sum(s.source.rows for s in sources), 0
    writer = table.Writer(folder)
    try:
        for i, data in enumerate(sources):
            for row in rows.read(data.source):
                data.seen += 1
                try:
                    parts = mask.parts(row, tokenizer, recipe)
                except mask.RowDropped as e:
                    data.drop(row, e)
                else:
                    held_out = rows.in_eval(row.digest, recipe.eval_ppm)
                    writer.add(i, row, held_out, parts)
                    if held_out:
                        data.ask(row)
                done += 1
                if done % PROGRESS_ROWS == 0:
                    progress(done, total)
        progress(done, total)
    except BaseException:
        writer.close()
        raise
    return writer
