"""Answers, token by token, several at a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from .model import Model
from .tokenizer import Tokenizer


@dataclass(frozen=True)
class Answer:
    """tokens counts those generated, an end mark included; finish is "stop", "length" or "cancelled"."""

    text: str
    tokens: int
    seconds: float
    finish: str


class Answering:
    """An answer under way to a prompt of token ids. temperature 0 takes the likeliest token each time (greedy).

    on_text gets the answer piece by piece; a character of several tokens comes when it is whole. answer is None until
    it is done.
    """

    def __init__(
        self,
        prompt: list[int],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[str], None] = lambda text: None,
        cancelled: Callable[[], bool] = lambda: False,
    ):
        self.answer: Answer | None = None
        self._unread, self._cache = prompt, None
        self._max_tokens, self._temperature = max_tokens, temperature
        self._generator = torch.Generator(device="cpu").manual_seed(seed)
        self._on_text, self._cancelled = on_text, cancelled
        self._out: list[int] = []
        self._shown = ""
        self._begun = time.monotonic()

    def _choose(self, logits: torch.Tensor) -> int:
        if self._temperature > 0:
            chances = torch.softmax(logits / self._temperature, -1)
            return int(torch.multinomial(chances, 1, generator=self._generator))
        return int(logits.argmax())

    def _take(self, token: int, tokenizer: Tokenizer) -> None:
        self._out.append(token)
        self._unread = [token]
        if token in tokenizer.stop_ids:
            self._end("stop", tokenizer)
            return
        text = tokenizer.decode(self._out)
        if not text.endswith("\ufffd"):
            self._show(text)
        if len(self._out) >= self._max_tokens:
            self._end("length", tokenizer)

    def _show(self, text: str) -> None:
        if len(text) > len(self._shown):
            self._on_text(text[len(self._shown) :])
            self._shown = text

    def _end(self, finish: str, tokenizer: Tokenizer) -> None:
        text = tokenizer.decode(self._out)
        self._show(text)
        self._cache = None
        self.answer = Answer(text, len(self._out), time.monotonic() - self._begun, finish)


def turn(model: Model, tokenizer: Tokenizer, rows: list[Answering]) -> None:
    """Add a token to each answer that is not done. They share one pass over the weights, which is what a token of a
    single answer costs on most machines."""
    for row in rows:
        if row.answer is None and (row._cancelled() or row._max_tokens <= 0):
            row._end("cancelled" if row._cancelled() else "length", tokenizer)
    under_way = [row for row in rows if row.answer is None]
    if not under_way:
        return
    logits, caches = model.next_logits([row._unread for row in under_way], [row._cache for row in under_way])
    for row, of_row, cache in zip(under_way, logits.cpu(), caches, strict=True):
        row._cache = cache
        row._take(row._choose(of_row), tokenizer)


def answers(model: Model, tokenizer: Tokenizer, rows: list[Answering]) -> list[Answer]:
    """Go on with all of them until the last is done."""
    while any(row.answer is None for row in rows):
        turn(model, tokenizer, rows)
    return [row.answer for row in rows]
