"""What a finished run hands to report.py: its rows, the held-out chats, and the model in both forms."""

import heapq
from collections.abc import Callable

import torch

from . import generation, loss, report, rows
from .errors import JobError
from .tokenizer import TemplateError, Tokenizer

ANSWER_TOKENS = 64


def measure(trainer) -> None:
    """Write report.json beside a run's adapter. A run whose preference pairs were trained has none: a pair has no loss
    of its own that a person could read."""
    if trainer.recipe.objective != "sft":
        return

    @torch.no_grad()
    def losses(asked: list[report.Row]) -> list[tuple[float, int]]:
        out: list[tuple[float, int]] = [(0.0, 0)] * len(asked)
        units = [trainer.objective.unit(*row.at) for row in asked]
        for group in loss.micro_batches(units, trainer.state.token_budget):
            chosen = [units[i] for i in group]
            values = trainer.objective.losses(trainer.model, loss.pack(chosen, trainer.device), len(group))
            for i, unit, value in zip(group, chosen, values.tolist(), strict=True):
                out[i] = (value, trainer.objective.weight(unit))
        return out

    def answers(conversations: list[list[dict]], cancelled: Callable[[], bool]) -> list[str]:
        asked = [
            generation.Answering(trainer.tokenizer.prompt_ids(messages), ANSWER_TOKENS, cancelled=cancelled)
            for messages in conversations
        ]
        return [a.text for a in generation.answers(trainer.model, trainer.tokenizer, asked)]

    def left() -> bool:
        return trainer.inbox.wish == "pause"

    report.write(
        trainer.dir,
        _rows(trainer),
        _chats(trainer),
        report.Model(losses, answers, trainer.model.without_adapter),
        report.budget(trainer.state.seconds),
        left,
    )


def _rows(trainer):
    for source in trainer.data.sources:
        for side, table in ((report.TRAIN, source.train), (report.EVAL, source.held_out)):
            for i, digest in enumerate(table.column("digest")):
                yield report.Row(source.source.net, bytes(digest).ljust(32, b"\0").hex(), side, (table, i))


def _chats(trainer) -> list[report.Chat]:
    """The held-out chats of the lowest digests, read again from the source."""
    found = []
    for source in trainer.data.sources:
        held_out = {bytes(d).ljust(32, b"\0").hex() for d in source.held_out.column("digest")}
        try:
            chats = (
                report.Chat(source.source.net, row.digest, row.messages)
                for row in rows.read(source.source)
                if row.digest in held_out and _asks(trainer.tokenizer, row.messages)
            )
            found += heapq.nsmallest(report.ANSWERS, chats, key=lambda c: c.digest)
        except JobError:
            continue  # the data is gone or was changed since; its tokens were measured all the same
    return found


def _asks(tokenizer: Tokenizer, messages: list[dict] | None) -> bool:
    """Whether a row is a question that can be put to the base, with an answer behind it."""
    if not messages or len(messages) < 2 or messages[-1]["role"] != "assistant":
        return False
    try:
        tokenizer.prompt_ids(messages[:-1])
    except TemplateError:
        return False
    return True
