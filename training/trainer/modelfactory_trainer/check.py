"""Job check: what a recipe would train on, counted and shown without loading weights."""

from pathlib import Path

from . import data, mask, recipe, rows
from .protocol import Emitter
from .tokenizer import Tokenizer

MAX_PREVIEW = 200


def run(job: dict, emitter: Emitter) -> dict:
    """Tokenise the data and count. Returns the result event's `check` part."""
    settings = recipe.parse(job["recipe"])
    tokenizer = Tokenizer(Path(job["base_dir"]))
    emitter.phase("tokenising")
    offset, wanted = int(job.get("offset", 0)), min(int(job.get("preview", 0)), MAX_PREVIEW)
    preview: list[dict] = []
    seen = 0

    def keep(source: data.SourceData, row: rows.Row, t: mask.Tokenised) -> None:
        nonlocal seen
        if offset <= seen < offset + wanted:
            preview.append(
                {
                    "row_id": row.digest,
                    "net": source.source.net,
                    "eval": rows.in_eval(row.digest, settings.eval_ppm),
                    "segments": mask.segments(t, tokenizer),
                    "tokens": len(t.ids),
                    "trained_tokens": t.trained_tokens,
                }
            )
        seen += 1

    dataset = data.load(
        rows.sources(job["sources"], Path.cwd()),
        tokenizer,
        settings,
        lambda done, total: emitter.phase("tokenising", done, total, "rows"),
        keep,
    )
    plan = dataset.plan()
    tokens = trained = 0
    if plan.rows_per_pass:
        for batch in plan.batches(0):
            for s, i in batch:
                ids, marks = dataset.sources[s].train.row(i)
                tokens, trained = tokens + len(ids), trained + sum(marks)
    return {
        "sources": dataset.counts(),
        "steps": dataset.steps(),
        "rows_per_pass": plan.rows_per_pass,
        "tokens_per_pass": tokens,
        "trained_tokens_per_pass": trained,
        "preview": preview,
    }
