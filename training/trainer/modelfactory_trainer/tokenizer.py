"""The base's tokenizer and chat template, without importing transformers or torch.

tokenizer.json is read by the tokenizers library; the template is rendered by Jinja's sandbox with the switches and
globals that transformers uses, so that both give the same text (a test compares them).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path

from . import canonical, files
from .errors import JobError


@dataclass(frozen=True)
class Encoded:
    """A tokenised text. offsets are (start, end) character positions in the text."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class TemplateError(Exception):
    """The template refuses these messages; the text says why."""


def _text(token) -> str | None:
    """Special tokens stand in the files as text or as an object with a content."""
    return token.get("content") if isinstance(token, dict) else token


class Tokenizer:
    def __init__(self, base_dir: Path):
        from tokenizers import Tokenizer as Backend

        self._dir = base_dir
        try:
            self._backend = Backend.from_file(str(base_dir / "tokenizer.json"))
        except Exception as e:  # the library raises bare Exception
            raise JobError("base", f"the base's tokenizer cannot be read: {e}", "Add the base again.") from e
        self._backend.no_truncation()
        self._backend.no_padding()
        config = self._json("special_tokens_map.json") | self._json("tokenizer_config.json")
        self.bos, self.eos, self.unk, self.pad = (_text(config.get(f"{n}_token")) for n in ("bos", "eos", "unk", "pad"))
        self._template = self._find_template(config)
        added = self._backend.get_added_tokens_decoder()
        self.special_ids = frozenset(i for i, t in added.items() if t.special)
        self.eos_id = self._backend.token_to_id(self.eos) if self.eos else None

    def _json(self, name: str) -> dict:
        path = self._dir / name
        return json.loads(path.read_text("utf-8")) if path.exists() else {}

    def _find_template(self, config: dict) -> str | None:
        path = self._dir / "chat_template.jinja"
        if path.exists():
            return path.read_text("utf-8")
        template = config.get("chat_template")
        if isinstance(template, list):  # several named templates
            template = next((t["template"] for t in template if t.get("name") == "default"), None)
        return template

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that decides which tokens a row gives: the files read here and the libraries."""
        names = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")
        names += ("generation_config.json", "config.json")
        parts = {n: files.sha256(self._dir / n) for n in names if (self._dir / n).exists()}
        return canonical.digest(parts | {n: metadata.version(n) for n in ("tokenizers", "jinja2")})

    @property
    def template(self) -> str | None:
        """The chat template's text."""
        return self._template

    @property
    def has_template(self) -> bool:
        return bool(self._template)

    @cached_property
    def stop_ids(self) -> frozenset[int]:
        """Tokens that end an answer: the tokenizer's end token and those of the generation settings."""
        stops = set() if self.eos_id is None else {self.eos_id}
        for name in ("generation_config.json", "config.json"):
            eos = self._json(name).get("eos_token_id")
            stops.update(eos if isinstance(eos, list) else [] if eos is None else [eos])
        return frozenset(stops)

    @cached_property
    def end_ids(self) -> frozenset[int]:
        """Tokens that can end an answer in a chat: those that stop it and the template's marks."""
        return self.special_ids | self.stop_ids

    @cached_property
    def _compiled(self):
        import jinja2
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        def raise_exception(message):
            raise jinja2.exceptions.TemplateError(message)

        def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
            return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

        env = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
        )
        env.filters["tojson"] = tojson
        env.globals["raise_exception"] = raise_exception
        return env.from_string(self._template)

    def render(self, messages: list[dict], add_generation_prompt: bool, day: datetime | None = None) -> str:
        """The chat as the base's template writes it; `day` is the date it sees, by default the present one."""
        import jinja2

        if not self._template:
            raise TemplateError("the base has no chat template")
        try:
            return self._compiled.render(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                bos_token=self.bos or "",
                eos_token=self.eos or "",
                unk_token=self.unk or "",
                pad_token=self.pad or "",
                strftime_now=(day or datetime.now()).strftime,
            )
        except (jinja2.TemplateError, TypeError, AttributeError, KeyError) as e:
            raise TemplateError(str(e)) from e

    def encode(self, text: str, add_special_tokens: bool = False) -> Encoded:
        """Tokenise. With add_special_tokens the tokenizer adds its own start (and end) marks, as for plain text."""
        e = self._backend.encode(text, add_special_tokens=add_special_tokens)
        return Encoded(e.ids, e.offsets)

    def decode(self, ids: list[int], skip_special_tokens: bool = True) -> str:
        return self._backend.decode(ids, skip_special_tokens=skip_special_tokens)

    def prompt_ids(self, messages: list[dict]) -> list[int]:
        """Token ids of a chat up to where the answer begins; without a template, of the bare text."""
        if self._template:
            return self.encode(self.render(messages, add_generation_prompt=True)).ids
        return self.encode("\n\n".join(m["content"] for m in messages) + "\n", add_special_tokens=True).ids


def _generation_extension():
    from jinja2.ext import Extension

    class Generation(Extension):
        """{% generation %}…{% endgeneration %} marks answers in some templates; it renders as its body."""

        tags = {"generation"}  # noqa: RUF012

        def parse(self, parser):
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    return Generation


_Generation = _generation_extension()
