"""The tokenizer inside a GGUF file: tokens, merges, marks, chat template.

llama.cpp splits text before the merges by rules of its own, which a file chooses by name (tokenizer.ggml.pre). Only
splits that are known to be the same are taken; anything else would tokenise differently there, so it is refused.
"""

import json
from pathlib import Path

from gguf import GGUFWriter, TokenType

from ..errors import JobError, refused
from ..tokenizer import TemplateError, Tokenizer
from . import template

# How tokenizer.json splits text -> the name that llama.cpp gives the same splits.
_LLAMA3 = "|".join(
    [
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
        r"[^\r\n\p{L}\p{N}]?\p{L}+",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
SPLITS = {
    ("bytes with words",): "gpt-2",
    ("digits", "bytes with words"): "smollm",
    (_LLAMA3, "bytes"): "llama-bpe",
    (_LLAMA3.replace("{1,3}", ""), "bytes"): "qwen2",
}


class Vocabulary:
    """What a GGUF file needs to know of a base's tokenizer.

    tokens and types: by id, as many as the model's embedding has rows. merges: "left right", the first first.
    """

    def __init__(self, base_dir: Path, size: int):
        tokenizer = Tokenizer(base_dir)
        raw = json.loads((base_dir / "tokenizer.json").read_text("utf-8"))
        model = raw["model"]
        if model.get("type") != "BPE" or model.get("byte_fallback"):
            raise _unknown("it does not work on bytes")
        if raw.get("normalizer") not in (None, {"type": "NFC"}):
            raise _unknown("it changes the text before it reads it")
        self.pre = SPLITS.get(_splits(raw.get("pre_tokenizer")))
        if self.pre is None:
            raise _unknown("it splits text in a way of its own")
        if not model["merges"]:
            raise _unknown("it has no merges")
        self.merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
        self.tokens = [f"[PAD{i}]" for i in range(size)]
        self.types = [TokenType.UNUSED] * size
        for token, i in model["vocab"].items():
            self.tokens[i], self.types[i] = token, TokenType.NORMAL
        for added in raw.get("added_tokens") or []:
            kind = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
            self.tokens[added["id"]], self.types[added["id"]] = added["content"], kind
        self.types = [int(t) for t in self.types]
        ids = {token: i for i, token in enumerate(self.tokens)}
        self.bos, self.unk, self.pad = (
            ids.get(t) if t else None for t in (tokenizer.bos, tokenizer.unk, tokenizer.pad)
        )
        self.template = tokenizer.template
        # Both marks end an answer in llama.cpp: the end of the text, and the end of a turn.
        stops = sorted(tokenizer.stop_ids)
        self.eos = tokenizer.eos_id if tokenizer.eos_id is not None else next(iter(stops), None)
        self.eot = next(iter(sorted((i for i in stops if i != self.eos), key=_told_by(tokenizer))), None)
        probe = tokenizer.encode("a", add_special_tokens=True).ids
        self.adds_bos = self.bos is not None and probe[0] == self.bos
        self.adds_eos = self.eos is not None and probe[-1] == self.eos
        self.parts = template.parts(tokenizer, self.tokens[self.bos] if self.adds_bos else "")

    @property
    def stops(self) -> list[int]:
        return [i for i in (self.eos, self.eot) if i is not None]

    def add_to(self, writer: GGUFWriter) -> None:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        writer.add_token_merges(self.merges)
        for number, add in (
            (self.bos, writer.add_bos_token_id),
            (self.eos, writer.add_eos_token_id),
            (self.eot, writer.add_eot_token_id),
            (self.unk, writer.add_unk_token_id),
            (self.pad, writer.add_pad_token_id),
        ):
            if number is not None:
                add(number)
        writer.add_add_bos_token(self.adds_bos)
        writer.add_add_eos_token(self.adds_eos)
        if self.template:
            writer.add_chat_template(self.template)


def _told_by(tokenizer: Tokenizer):
    """Sort key of stop ids: first those that the template writes."""
    try:
        text = tokenizer.render([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], False)
        written = set(tokenizer.encode(text).ids)
    except TemplateError:
        written = set()
    return lambda i: (i not in written, i)


def _splits(rule: dict | None) -> tuple[str, ...]:
    """A tokenizer.json's pre_tokenizer in short."""
    if rule is None:
        return ()
    match rule["type"]:
        case "Sequence":
            return tuple(part for r in rule["pretokenizers"] for part in _splits(r))
        case "ByteLevel" if not rule.get("add_prefix_space"):
            return ("bytes with words" if rule.get("use_regex", True) else "bytes",)
        case "Digits" if rule.get("individual_digits"):
            return ("digits",)
        case "Split" if rule.get("behavior") == "Isolated" and not rule.get("invert"):
            return (rule["pattern"].get("Regex", "?"),)
    return ("?",)


def _unknown(why: str) -> JobError:
    return refused(
        f"a GGUF file cannot hold the tokenizer of this base as far as it is tested: {why}",
        "Export it as a merged model or as a PEFT adapter.",
    )
