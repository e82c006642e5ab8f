"""Job check: what a recipe would train on, counted and shown without loading weights."""

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from . import data, mask, recipe, rows
from .protocol import Emitter
from .tokenizer import Tokenizer

MAX_PREVIEW = 200


def run(job: dict, emitter: Emitter) -> dict:
    """Tokenise the data and count. Returns the result event's `check` part; with only_preview just its preview."""
    settings = recipe.parse(job["recipe"])
    tokenizer = Tokenizer(Path(job["base_dir"]))
    emitter.phase("tokenising")
    listed = rows.sources(job["sources"], Path.cwd())
    if job.get("only_preview"):
        found = {"sources": [], "steps": 0, "rows_per_pass": 0, "tokens_per_pass": 0, "trained_tokens_per_pass": 0}
    else:
        found = _count(job, listed, tokenizer, settings, emitter)
    first, wanted = int(job.get("offset", 0)), min(int(job.get("preview", 0)), MAX_PREVIEW)
    seen = _seen(listed, tokenizer, settings)
    return found | {"preview": [_shown(*row, tokenizer, settings) for row in islice(seen, first, first + wanted)]}


def _count(job: dict, listed: list[rows.Source], tokenizer: Tokenizer, settings: recipe.Recipe, emitter) -> dict:
    dataset = data.load(
        listed,
        tokenizer,
        settings,
        lambda done, total: emitter.phase("tokenising", done, total, "rows"),
        shared=Path(job["tokens_dir"]) if job.get("tokens_dir") else None,
    )
    plan = dataset.plan()
    first = plan.in_pass(0)
    tokens = trained = 0
    for i, source in enumerate(dataset.sources):
        drawn = first[first[:, 0] == i, 1]
        tokens += int(source.train.lengths[drawn].sum())
        trained += int(source.train.trained_tokens[drawn].sum())
    return {
        "sources": dataset.counts(),
        "steps": dataset.steps(),
        "rows_per_pass": plan.rows_per_pass,
        "tokens_per_pass": tokens,
        "trained_tokens_per_pass": trained,
    }


def _seen(listed: list[rows.Source], tokenizer: Tokenizer, settings: recipe.Recipe) -> Iterator[tuple]:
    """(source, row, its tokens) of the rows that are not left out, in the order of the files."""
    for source in listed:
        for row in rows.read(source):
            with contextlib.suppress(mask.RowDropped):
                yield source, row, mask.parts(row, tokenizer, settings)


def _shown(source: rows.Source, row: rows.Row, parts: list[mask.Tokenised], tokenizer, settings) -> dict:
    """A row as the model sees it; of a preference row the chosen conversation, and the rejected one beside."""
    chosen, *rejected = [mask.segments(t, tokenizer) for t in parts]
    return {
        "row_id": row.digest,
        "net": source.net,
        "eval": rows.in_eval(row.digest, settings.eval_ppm),
        "segments": chosen,
        "rejected": rejected[0] if rejected else [],
        "tokens": sum(len(t.ids) for t in parts),
        "trained_tokens": sum(t.trained_tokens for t in parts),
    }
