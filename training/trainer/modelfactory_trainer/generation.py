"""Answers, token by token."""

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


def answer(
    model: Model,
    tokenizer: Tokenizer,
    prompt: list[int],
    max_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
    on_text: Callable[[str], None] = lambda text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Answer:
    """Continue a prompt of token ids. temperature 0 takes the likeliest token each time (greedy).

    on_text gets the answer piece by piece; a character of several tokens comes when it is whole.
    """
    start = time.monotonic()
    generator = torch.Generator(device="cpu").manual_seed(seed)
    ids, cache, out, shown, finish = prompt, None, [], "", "length"
    with torch.no_grad():
        while len(out) < max_tokens:
            if cancelled():
                finish = "cancelled"
                break
            logits, cache = model.next_logits(ids, cache)
            logits = logits.cpu()  # (vocabulary,)
            if temperature > 0:
                token = int(torch.multinomial(torch.softmax(logits / temperature, -1), 1, generator=generator))
            else:
                token = int(logits.argmax())
            out.append(token)
            if token in tokenizer.stop_ids:
                finish = "stop"
                break
            text = tokenizer.decode(out)
            if not text.endswith("\ufffd") and len(text) > len(shown):
                on_text(text[len(shown) :])
                shown = text
            ids = [token]
    text = tokenizer.decode(out)
    if len(text) > len(shown):
        on_text(text[len(shown) :])
    return Answer(text, len(out), time.monotonic() - start, finish)
