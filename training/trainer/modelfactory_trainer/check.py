"""Job check: what a recipe would train on, counted and shown without loading weights."""

from pathlib import Path

from . import data, mask, recipe, rows
from .protocol import Emitter
from .tokenizer import Tokenizer

MAX_PREVIEW = 200


class _SeenEnough(Exception):
    """Only rows were asked for, and there they are."""


def run(job: dict, emitter: Emitter) -> dict:
    """Tokenise the data and count. Returns the result event's `check` part; with only_preview just its preview."""
    settings = recipe.parse(job["recipe"])
    tokenizer = Tokenizer(Path(job["base_dir"]))
    emitter.phase("tokenising")
    offset, wanted = int(job.get("offset", 0)), min(int(job.get("preview", 0)), MAX_PREVIEW)
    preview: list[dict] = []
    seen = 0

    def keep(source: data.SourceData, row: rows.Row, parts: list[mask.Tokenised]) -> None:
        nonlocal seen
        if offset <= seen < offset + wanted:
            preview.append(_shown(source, row, parts, tokenizer, settings))
        seen += 1
        if job.get("only_preview") and seen >= offset + wanted:
            raise _SeenEnough

    try:
        return _count(job, tokenizer, settings, emitter, keep) | {"preview": preview}
    except _SeenEnough:
        return {"sources": [], "steps": 0, "rows_per_pass": 0, "tokens_per_pass": 0, "trained_tokens_per_pass": 0} | {
            "preview": preview
        }


def _count(job: dict, tokenizer: Tokenizer, settings: recipe.Recipe, emitter: Emitter, keep) -> dict:
    dataset = data.load(
        rows.sources(job["sources"], Path.cwd()),
        tokenizer,
        settings,
        lambda done, total: emitter.phase("tokenising", done, total, "rows"),
        keep,
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


def _shown(source: data.SourceData, row: rows.Row, parts: list[mask.Tokenised], tokenizer, settings) -> dict:
    """A row as the model sees it; of a preference row the chosen conversation, and the rejected one beside."""
    chosen, *rejected = [mask.segments(t, tokenizer) for t in parts]
    return {
        "row_id": row.digest,
        "net": source.source.net,
        "eval": rows.in_eval(row.digest, settings.eval_ppm),
        "segments": chosen,
        "rejected": rejected[0] if rejected else [],
        "tokens": sum(len(t.ids) for t in parts),
        "trained_tokens": sum(t.trained_tokens for t in parts),
    }
