"""Job generate: a base, and an adapter on it, kept in memory to answer questions."""

from pathlib import Path

from . import adapter, base
from .errors import JobError, from_exception
from .protocol import Emitter, Inbox
from .tokenizer import TemplateError, Tokenizer

DEFAULT_TOKENS = 256


def run(job: dict, emitter: Emitter, inbox: Inbox, device) -> None:
    """Answer "ask" controls one after another until the input ends.

    An ask names which of the two answers: "model" (adapter on) or "base" (adapter off). A question that cannot be
    answered gives an error event with its id; the job goes on.
    """
    from . import generation, model

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
    loaded = model.load(opened, device, adapter=config)
    if config:
        loaded.attach_config(config)
        loaded.flat.load(loaded.flat.vector, tensors)
        loaded.refresh()
    loaded.train(False)
    emitter.phase("ready")

    while (ask := inbox.next()) is not None and not inbox.closed.is_set():
        ask_id, which = str(ask.get("id", "")), ask.get("which") or "model"
        try:
            if which not in ("model", "base"):
                raise JobError("refused", f"there is no {which!r} to ask", "Ask the model or the base.")
            if which == "model" and loaded.flat is None:
                raise JobError("refused", "no adapter is loaded", "Ask the base.")
            try:
                prompt = tokenizer.prompt_ids(ask["messages"])
            except (TemplateError, KeyError, TypeError) as e:
                raise JobError("refused", f"the question cannot be put to this base: {e}") from e

            def on_text(text: str, ask_id=ask_id, which=which) -> None:
                emitter.emit("token", id=ask_id, which=which, text=text)

            arguments = {
                "max_tokens": int(ask.get("max_tokens") or DEFAULT_TOKENS),
                "temperature": float(ask.get("temperature") or 0),
                "seed": int(ask.get("seed") or 0),
                "on_text": on_text,
                "cancelled": lambda ask_id=ask_id: inbox.cancelled(ask_id),
            }
            if which == "base":
                with loaded.without_adapter():
                    a = generation.answer(loaded, tokenizer, prompt, **arguments)
            else:
                a = generation.answer(loaded, tokenizer, prompt, **arguments)
            emitter.emit(
                "answer",
                id=ask_id,
                which=which,
                text=a.text,
                tokens=a.tokens,
                seconds=round(a.seconds, 4),
                finish=a.finish,
            )
        except Exception as e:
            known = from_exception(e)
            if known is None:
                raise
            emitter.emit("error", id=ask_id, kind=known.kind, message=known.message, advice=known.advice)
