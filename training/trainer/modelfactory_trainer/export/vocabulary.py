"""The tokenizer inside a GGUF file: tokens, merges, marks, chat template.

Two kinds are known. Byte-level BPE: llama.cpp splits text before the merges by rules of its own, which a file chooses
by name (tokenizer.ggml.pre). SentencePiece BPE: a file has no merges but a score for each token, and of all neighbours
those are joined first whose union scores highest; the merges of tokenizer.json become such scores. Only what is known
to give the same tokens is taken; anything else is refused.
"""

import json
import re
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


_SPACE = "▁"  # how SentencePiece writes a space
_REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE}
_PREPEND = {"type": "Prepend", "prepend": _SPACE}
# Marks of Phi-3 that do not swallow the white space behind them; llama.cpp has this list inside.
_PHI3_KEEP = {"<unk>", "<s>", "<|endoftext|>"}


class Vocabulary:
    """What a GGUF file needs to know of a base's tokenizer.

    kind: "gpt2" (bytes) or "llama" (SentencePiece), as llama.cpp calls them. tokens and types: by id, as many as the
    model's embedding has rows. merges: "left right", the first first; or scores, by id; the other is None.
    phi3: the marks swallow the white space behind them as those of Phi-3 do.
    """

    def __init__(self, base_dir: Path, size: int):
        tokenizer = Tokenizer(base_dir)
        raw = json.loads((base_dir / "tokenizer.json").read_text("utf-8"))
        model = raw["model"]
        if model.get("type") != "BPE":
            raise _unknown("it is not of the kind BPE")
        pairs = [m.split(" ", 1) if isinstance(m, str) else m for m in model["merges"]]
        if not pairs:
            raise _unknown("it has no merges")
        self.tokens = [f"[PAD{i}]" for i in range(size)]
        self.types = [TokenType.UNUSED] * size
        for token, i in model["vocab"].items():
            if i < size:
                self.tokens[i], self.types[i] = token, TokenType.NORMAL
        added = [a for a in raw.get("added_tokens") or [] if a["id"] < size]
        for a in added:
            kind = TokenType.CONTROL if a["special"] else TokenType.USER_DEFINED
            self.tokens[a["id"]], self.types[a["id"]] = a["content"], kind
        self.merges, self.scores, self.space_prefix, self.phi3 = None, None, False, False
        if model.get("byte_fallback"):
            self.kind, self.pre = "llama", "default"
            self._read_pieces(raw, pairs, added)
        else:
            self.kind, self.pre = "gpt2", SPLITS.get(_splits(raw.get("pre_tokenizer")))
            if raw.get("normalizer") not in (None, {"type": "NFC"}):
                raise _unknown("it changes the text before it reads it")
            if self.pre is None:
                raise _unknown("it splits text in a way of its own")
            self.merges = [" ".join(pair) for pair in pairs]
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

    def _read_pieces(self, raw: dict, pairs: list, added: list[dict]) -> None:
        """SentencePiece: scores, the space at the start, the kind of each token."""
        normalizer, before = raw.get("normalizer"), raw.get("pre_tokenizer")
        self.space_prefix = normalizer == {"type": "Sequence", "normalizers": [_PREPEND, _REPLACE]}
        if not self.space_prefix and normalizer != _REPLACE:
            raise _unknown("it changes the text before it reads it")
        # No spaces are left to split at.
        if before and (before["type"], before["pattern"]) != ("Split", {"String": " "}):
            raise _unknown("it splits text in a way of its own")
        vocab = raw["model"]["vocab"]
        bytes_ = {f"<0x{n:02X}>": n for n in range(256)}
        if any(token not in vocab and (n > 127 or chr(n) not in vocab) for token, n in bytes_.items()):
            raise _unknown("it has no token for some bytes")
        swallow = {a["content"] for a in added if a["rstrip"]}
        self.phi3 = bool(swallow)
        if self.phi3 and swallow | _PHI3_KEEP != {a["content"] for a in added} | _PHI3_KEEP | {"</s>"}:
            raise _unknown("some of its marks swallow the white space behind them")
        if any(a["lstrip"] or a["single_word"] or a["normalized"] for a in added):
            raise _unknown("its marks depend on the text around them")
        score = _scores(vocab, pairs, {a["content"] for a in added if len(set(a["content"])) > 1})
        self.scores = [0.0] * len(self.tokens)
        for token, n in score.items():
            if vocab[token] < len(self.scores):
                self.scores[vocab[token]] = float(n)
        # Marks of one repeated character, as for lines: with equal scores the longest is found from the left, as it is
        # with marks. Marks of spaces are never found, because spaces are replaced after marks are looked for.
        runs = {a["content"] for a in added if not a["special"] and len(set(a["content"])) == 1}
        for character in {run[0] for run in runs} - {_SPACE}:
            if any(character in token and token not in runs for token in vocab):
                raise _unknown("some runs of a character are marks and some are not")
        for i, token in enumerate(self.tokens):
            if token in bytes_:
                self.types[i] = TokenType.BYTE
            elif token in runs:
                self.types[i] = TokenType.NORMAL
                self.scores[i] = self.scores[i] if token[0] == _SPACE else 0.0

    @property
    def stops(self) -> list[int]:
        return [i for i in (self.eos, self.eot) if i is not None]

    def title(self, name: str) -> str:
        """The file's name for itself: llama.cpp treats marks as those of Phi-3 where it holds "phi-3" or "phi3"."""
        found = re.search("phi-?3", name, re.IGNORECASE)
        if self.phi3:
            return name if found else f"{name} (Phi-3)"
        return re.sub("(phi)-?(3)", r"\1 \2", name, flags=re.IGNORECASE)

    def add_to(self, writer: GGUFWriter) -> None:
        writer.add_tokenizer_model(self.kind)
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        if self.kind == "gpt2":
            writer.add_token_merges(self.merges)
        else:
            writer.add_token_scores(self.scores)
            writer.add_add_space_prefix(self.space_prefix)
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


def _scores(vocab: dict[str, int], pairs: list, marks: set[str]) -> dict[str, int]:
    """Token -> score, such that joining by score joins what the merges join, in their order.

    That holds when every way to put a token together is a merge, and the merges of one token stand together. Merges of
    several tokens may be mixed where these are runs of one character: there both take the longest from the left.
    `marks` are found before anything is joined.
    """
    first, last, count = {}, {}, {}
    for n, (left, right) in enumerate(pairs):
        token = left + right
        first.setdefault(token, n)
        last[token] = n
        count[token] = count.get(token, 0) + 1
    for token in vocab:
        ways = sum(token[:k] in vocab and token[k:] in vocab for k in range(1, len(token)))
        if ways != count.get(token, 0):
            raise _unknown("its merges are not those of SentencePiece")
    score, group, end = {}, [], -1
    for token, n in first.items():
        if n > end:
            group = []
        group.append(token)
        end = max(end, last[token])
        score[token] = score[group[0]] if len(group) > 1 else -n
        if len(group) > 1 and any(len(set(t)) > 1 and t not in marks for t in (token, group[0])):
            raise _unknown("its merges are not those of SentencePiece")
    return score


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
