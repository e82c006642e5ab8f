"""Job generate: a base, and an adapter on it, kept in memory to answer questions."""

import contextlib
from pathlib import Path

from . import adapter, base, model
from .errors import JobError, from_exception
from .generation import Answering, turn
from .protocol import Emitter, Inbox
from .tokenizer import TemplateError, Tokenizer

DEFAULT_TOKENS = 256
AT_ONCE = 16  # answers under way; what is asked beyond waits


def run(job: dict, emitter: Emitter, inbox: Inbox, device) -> None:
    """Answer "ask" controls until the input ends, those that wait at the same time.

    An ask names which of the two answers: "model" (adapter on) or "base" (adapter off). A question that cannot be
    answered gives an error event with its id; the job goes on.
    """
    opened = base.open_base(Path(job["base_dir"]))
    emitter.phase("loading")
    tokenizer = Tokenizer(opened.dir)
    config = tensors = None
    if job.get("adapter_dir"):
        config, tensors = adapter.read(Path(job["adapter_dir"]))
        if config.get("base_model_name_or_path") != opened.ref:
            raise JobError(
                "refused",
                f"the adapter was made for {config.get('base_model_name_or_path')}, not for {opened.ref}",
                "Choose the base that the adapter names.",
            )
    as_learnt = job.get("method") == "qlora" and model.four_bits_fit(opened, device)
    loaded = model.load(opened, device, method="qlora" if as_learnt else "lora", adapter=config)
    if config:
        loaded.attach_config(config)
        loaded.flat.load(loaded.flat.vector, tensors)
        loaded.refresh()
    loaded.train(False)
    emitter.phase("ready")

    talk = Talk(loaded, tokenizer, emitter, inbox)
    while not inbox.closed.is_set():
        for ask in inbox.asks(wait=talk.idle):
            talk.begin(ask)
        talk.turn()


class Talk:
    """The answers under way. Those of the model share its passes, and those of the base share theirs."""

    def __init__(self, model, tokenizer: Tokenizer, emitter: Emitter, inbox: Inbox):
        self._model, self._tokenizer, self._emitter, self._inbox = model, tokenizer, emitter, inbox
        self._waiting: list[tuple[str, str, Answering]] = []  # (id, which, answer)

    @property
    def idle(self) -> bool:
        """Whether nothing is left to answer."""
        return not self._waiting

    def begin(self, ask: dict) -> None:
        """Take a question, or say why it cannot be answered."""
        ask_id, which = str(ask.get("id", "")), ask.get("which") or "model"
        try:
            self._waiting.append((ask_id, which, self._answering(ask_id, which, ask)))
        except Exception as e:
            self._failed(e, [ask_id])

    def _answering(self, ask_id: str, which: str, ask: dict) -> Answering:
        if which not in ("model", "base"):
            raise JobError("refused", f"there is no {which!r} to ask", "Ask the model or the base.")
        if which == "model" and self._model.flat is None:
            raise JobError("refused", "no adapter is loaded", "Ask the base.")
        try:
            prompt = self._tokenizer.prompt_ids(ask["messages"])
        except (TemplateError, KeyError, TypeError) as e:
            raise JobError("refused", f"the question cannot be put to this base: {e}") from e
        return Answering(
            prompt,
            int(ask.get("max_tokens") or DEFAULT_TOKENS),
            float(ask.get("temperature") or 0),
            int(ask.get("seed") or 0),
            lambda text: self._emitter.emit("token", id=ask_id, which=which, text=text),
            lambda: self._inbox.cancelled(ask_id),
        )

    def turn(self) -> None:
        """A token more for each of the first questions, and the answers that are whole with it."""
        now = self._waiting[:AT_ONCE]
        for which, adapter_on in (("model", contextlib.nullcontext), ("base", self._model.without_adapter)):
            own = [(ask_id, row) for ask_id, of, row in now if of == which]
            try:
                with adapter_on():
                    turn(self._model, self._tokenizer, [row for _, row in own])
            except Exception as e:
                self._failed(e, [ask_id for ask_id, _ in own])
                self._waiting = [w for w in self._waiting if w[2] not in [row for _, row in own]]
        for ask_id, which, row in now:
            if a := row.answer:
                self._emitter.emit(
                    "answer",
                    id=ask_id,
                    which=which,
                    text=a.text,
                    tokens=a.tokens,
                    seconds=round(a.seconds, 4),
                    finish=a.finish,
                )
        self._waiting = [w for w in self._waiting if w[2].answer is None]

    def _failed(self, e: Exception, ask_ids: list[str]) -> None:
        known = from_exception(e)
        if known is None:
            raise e
        for ask_id in ask_ids:
            self._emitter.emit("error", id=ask_id, kind=known.kind, message=known.message, advice=known.advice)
