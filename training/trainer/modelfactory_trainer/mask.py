"""From a row to tokens, and which of them are trained.

In a chat only the assistant's words and the mark that ends its turn are trained; in a text row everything is. The text
is rendered once and tokenised once, so training sees exactly the tokens that a chat with the model makes.
"""

import sys
from dataclasses import dataclass
from datetime import datetime

from .recipe import Recipe
from .rows import Row
from .tokenizer import TemplateError, Tokenizer

# Templates that write the date of today get this one, so that a row gives the same tokens on every day.
DAY = datetime(2024, 7, 26)


class RowDropped(Exception):
    """A row that cannot be trained on; the text is the reason, `kind` that of all such rows ("7 rows …")."""

    def __init__(self, kind: str, reason: str):
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True)
class Tokenised:
    """ids[i] is predicted and counts in the loss where trained[i]; trained[0] is never set: nothing predicts it."""

    text: str
    ids: list[int]
    offsets: list[tuple[int, int]]
    trained: list[bool]

    @property
    def trained_tokens(self) -> int:
        return sum(self.trained)


def parts(row: Row, tokenizer: Tokenizer, recipe: Recipe) -> list[Tokenised]:
    """What a run learns from: the tokenised row, or the chosen and rejected conversations of a preference row.

    Raises RowDropped.
    """
    preference = row.chosen is not None
    if preference != (recipe.objective == "dpo"):
        if preference:
            raise RowDropped("preferences, which only DPO learns from", "a preference, which only DPO learns from")
        raise RowDropped("not preferences, from which DPO learns", "not a preference, from which DPO learns")
    if preference:
        return list(pair(row, tokenizer, recipe.max_length))
    return [tokenise(row, tokenizer, recipe.train_on, recipe.max_length)]


def tokenise(row: Row, tokenizer: Tokenizer, train_on: str, max_length: int) -> Tokenised:
    """Tokenise a row and mark its trained tokens. Raises RowDropped with the reason when it cannot be used."""
    t = _text_row(row, tokenizer) if row.messages is None else _chat(row.messages, 0, tokenizer, train_on)
    return _usable(t, max_length)


def pair(row: Row, tokenizer: Tokenizer, max_length: int) -> tuple[Tokenised, Tokenised]:
    """The chosen and the rejected conversation; trained is what follows the prompt. Raises RowDropped."""
    given = len(row.messages)
    return tuple(
        _usable(_chat(row.messages + answer, given, tokenizer, "answers"), max_length)
        for answer in (row.chosen, row.rejected)
    )


def answer(messages: list[dict], tokenizer: Tokenizer) -> Tokenised:
    """A chat whose last message alone, an answer, is marked. Raises RowDropped when it cannot be used."""
    return _usable(_chat(messages, len(messages) - 1, tokenizer, "answers"), sys.maxsize)


def _usable(t: Tokenised, max_length: int) -> Tokenised:
    if len(t.ids) > max_length:
        raise RowDropped(
            f"longer than {max_length} tokens",
            f"{len(t.ids)} tokens, more than the {max_length} of the longest row allowed",
        )
    if t.trained_tokens == 0:
        raise RowDropped("without a trained token", "no trained token")
    return t


def _text_row(row: Row, tokenizer: Tokenizer) -> Tokenised:
    e = tokenizer.encode(row.text, add_special_tokens=True)
    ids, offsets = list(e.ids), list(e.offsets)
    if tokenizer.eos_id is not None and (not ids or ids[-1] != tokenizer.eos_id):
        ids.append(tokenizer.eos_id)
        offsets.append((len(row.text), len(row.text)))
    return Tokenised(row.text, ids, offsets, [i > 0 for i in range(len(ids))])


def _chat(messages: list[dict], given: int, tokenizer: Tokenizer, train_on: str) -> Tokenised:
    """Tokenise a chat. Of its answers, those among the first `given` messages are not trained."""
    try:
        text = tokenizer.render(messages, add_generation_prompt=False, day=DAY)
        spans = [
            _answer_span(messages, i, text, tokenizer)
            for i, m in enumerate(messages)
            if i >= given and m["role"] == "assistant"
        ]
    except TemplateError as e:
        raise RowDropped("refused by the base's chat template", f"the base's chat template refuses it: {e}") from e
    e = tokenizer.encode(text)
    ids, offsets = list(e.ids), list(e.offsets)
    trained = [False] * len(ids)
    at = 0
    for start, content_end, end in spans:
        while at < len(ids) and offsets[at][0] < start:
            at += 1
        ended = False
        while at < len(ids) and offsets[at][0] < end and not ended:
            trained[at] = True
            # The turn's end mark is the last thing to learn; the line break that follows it is not an answer.
            ended = offsets[at][0] >= content_end and ids[at] in tokenizer.end_ids
            at += 1
        if not ended and end == len(text) and tokenizer.eos_id is not None:
            # A template without an end mark: the model has to learn to stop all the same.
            ids.append(tokenizer.eos_id)
            offsets.append((len(text), len(text)))
            trained.append(True)
    if train_on == "all":
        trained = [True] * len(ids)
    if trained:
        trained[0] = False
    return Tokenised(text, ids, offsets, trained)


def _answer_span(messages: list[dict], i: int, text: str, tokenizer: Tokenizer) -> tuple[int, int, int]:
    """(start, end of content, end of turn) of answer i as character positions in the rendered chat."""
    content = messages[i]["content"].strip()
    start = None
    for generation_prompt in (True, False):
        before = tokenizer.render(messages[:i], add_generation_prompt=generation_prompt, day=DAY)
        if text.startswith(before):
            start = len(before)
            break
    if start is None:
        raise RowDropped(
            "with earlier turns that the base's chat template rewrites",
            "the base's chat template rewrites earlier turns, so the answer cannot be found",
        )
    at = text.find(content, start)
    if at < 0:
        raise RowDropped(
            "with an answer that the base's chat template loses", "the base's chat template loses the answer"
        )
    if not generation_prompt:
        # What stands between the prompt and the answer is the template's, not the model's.
        start = at
    content_end = at + len(content)
    last = i == len(messages) - 1
    through = text if last else tokenizer.render(messages[: i + 1], add_generation_prompt=False, day=DAY)
    end = len(through) if text.startswith(through) and len(through) >= content_end else content_end
    return start, content_end, end


def segments(t: Tokenised, tokenizer: Tokenizer) -> list[dict]:
    """Runs of tokens that are treated alike, for a person to read. Their texts add up to the rendered text."""
    out: list[dict] = []
    done = 0
    for i, (token, (_, end)) in enumerate(zip(t.ids, t.offsets, strict=True)):
        special = token in tokenizer.special_ids
        if end > done:
            text, done = t.text[done:end], end
        elif special:
            text = tokenizer.decode([token], skip_special_tokens=False)  # a mark that was added to the text
        else:
            text = ""  # a character of several tokens: its text stands with the first of them
        key = (t.trained[i], special)
        if out and (out[-1]["trained"], out[-1]["special"]) == key:
            out[-1]["text"] += text
        else:
            out.append({"text": text, "trained": key[0], "special": key[1]})
    return [s for s in out if s["text"]]
