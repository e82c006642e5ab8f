"""The run and an exported file, asked the same questions.

The run itself is computed from the base's weights (of a run with qlora: those it learnt over) and the adapter's
matrices, W x + scale · B A x in float32; the file is read by a program that is not ours. Both are fed the run's own
answers, and their predictions are compared at each token of them.
"""

import gc
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor, nn

from ..errors import JobError
from ..tokenizer import Tokenizer
from . import gguf_file
from .lora import Lora
from .source import Source
from .vocabulary import Vocabulary

PROMPTS = (
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "How much is 17 + 25?",
    "Name three colours.",
)
MAX_TOKENS = 40  # of an answer
POSITIONS = 64  # compared at most for each question, the last ones

# The most that a format may differ from the run, and the most of the adapter's change that it may lose. relative: of
# the predictions, largest over all positions; kl: mean divergence in nats. What was measured: docs/decisions/0011.
EXACT = ("relative", 1e-4, 0.05)
HALF = {"F32": EXACT, "F16": ("relative", 0.02, 0.05), "BF16": ("relative", 0.1, 0.05)}  # by the dtype of the weights
QUANTISED = {"f16": HALF["F16"], "q8_0": ("kl", 0.02, 0.05), "q5_0": ("kl", 0.4, 0.35), "q4_0": ("kl", 0.75, 0.5)}


@dataclass(frozen=True)
class Said:
    """The run's part: a prompt, its token ids with the answer's behind them, and the logits (n, vocabulary), float32,
    behind the last n of these tokens but the very last."""

    prompt: str
    asked: list[int]
    ids: list[int]
    answer: str
    logits: Tensor


@dataclass(frozen=True)
class Figures:
    """How far a file is from the run. answers: prompt, run's answer, file's answer.

    adapter_share: how much of the adapter's change is in the file's weights, 1 = all of it; see share.
    """

    reader: str
    positions: int
    relative: float
    kl: float
    same_next: float
    adapter_share: float
    bound: str
    limit: float
    lost: float
    answers: list[dict]

    @property
    def passed(self) -> bool:  # comparisons with nan are false
        return getattr(self, self.bound) <= self.limit and abs(self.adapter_share - 1) <= self.lost

    def asdict(self) -> dict:
        return {k: v for k, v in asdict(self).items() if k != "lost"}


def load(folder: Path, **where) -> nn.Module:
    """A model in float32, as transformers reads it."""
    from transformers import AutoModelForCausalLM

    where |= {"trust_remote_code": False, "local_files_only": True}
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **where).eval()


def below(lm: nn.Module, lora: Lora) -> nn.Module:
    """Give the adapter's layers the weights that it was learnt over."""
    with torch.no_grad():
        for layer in lora.pairs:
            weight = lm.get_submodule(layer).weight
            weight.copy_(lora.below(weight))
    return lm


def with_lora(lm: nn.Module, lora: Lora) -> nn.Module:
    """The same with the adapter's part added to the output of its layers."""
    below(lm, lora)

    def hook(a: Tensor, b: Tensor):
        return lambda _module, args, out: out + lora.scale * ((args[0] @ a.t()) @ b.t())

    for layer, (a, b) in lora.pairs.items():
        lm.get_submodule(layer).register_forward_hook(hook(a, b))
    return lm


def run(base: Path, lora: Lora, prompts: list[str]) -> list[Said]:
    """What the run says. The model is out of memory again when this returns."""
    tokenizer = Tokenizer(base)
    lm = with_lora(load(base, use_safetensors=True), lora)
    said = []
    for prompt in prompts or PROMPTS:
        asked = tokenizer.prompt_ids([{"role": "user", "content": prompt}])
        answer = _answer(lm, asked, tokenizer.stop_ids)
        ids = asked + answer
        said.append(Said(prompt, asked, ids, tokenizer.decode(answer), _logits(lm, ids)))
    del lm
    gc.collect()
    return said


def _answer(lm: nn.Module, asked: list[int], stops) -> list[int]:
    """The likeliest continuation, token by token, up to a stop token."""
    ids = torch.tensor([asked])
    with torch.no_grad():
        out = lm.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=MAX_TOKENS,
            do_sample=False,
            eos_token_id=sorted(stops) or None,
            pad_token_id=min(stops, default=0),
        )
    return out[0, len(asked) :].tolist()


def _logits(lm: nn.Module, ids: list[int]) -> Tensor:
    with torch.no_grad():
        keep = min(POSITIONS, len(ids) - 1)
        return lm(input_ids=torch.tensor([ids[:-1]]), use_cache=False, logits_to_keep=keep).logits[0].float()


def share(lora: Lora, change: Callable[[str], Tensor]) -> float:
    """How much of the adapter's change D is in a file whose layers changed by `change`: sum(change · D) / sum(D · D).

    What rounding did to single weights averages out over millions of them, so that the figure is sharp for four bits
    too; it is too small when the change was lost because it is finer than the steps of the numbers.
    """
    found, whole = 0.0, 0.0
    for layer in lora.pairs:
        delta = lora.delta(layer)
        found += torch.sum(change(layer) * delta, dtype=torch.float64).item()
        whole += torch.sum(delta * delta, dtype=torch.float64).item()
    return found / whole if whole else 1.0


def weights_share(lora: Lora, lm: nn.Module, base: Path) -> float:
    """share of a model with the adapter worked in."""
    source = Source(base, lora)
    return share(
        lora, lambda layer: lm.get_submodule(layer).weight.detach() - lora.below(source.plain(f"{layer}.weight"))
    )


def figures(
    reader: str, bound: tuple[str, float], part: float, said: list[Said], logits: list[Tensor], answers: list[str]
) -> Figures:
    """Compare the file's logits with the run's, one tensor for each question."""
    relative, kl, same, n = 0.0, 0.0, 0, 0
    for mine, theirs in zip((s.logits for s in said), logits, strict=True):
        # A constant added to all logits of a position changes no prediction.
        mine, theirs = (x - x.mean(-1, keepdim=True) for x in (mine, theirs))
        apart = ((theirs - mine).norm(dim=-1) / mine.norm(dim=-1)).max().item()
        relative = apart if math.isnan(apart) else max(relative, apart)
        p, q = mine.log_softmax(-1), theirs.log_softmax(-1)
        kl += (p.exp() * (p - q)).sum().item()
        same += (mine.argmax(-1) == theirs.argmax(-1)).sum().item()
        n += len(mine)
    shown = [{"prompt": s.prompt, "run": s.answer, "export": a} for s, a in zip(said, answers, strict=True)]
    return Figures(reader, n, relative, max(kl / n, 0.0), same / n, part, *bound, shown)


# -- readers --------------------------------------------------------------------------------------------------------


def peft(base: Path, folder: Path, lora: Lora, said: list[Said]) -> Figures:
    """A PEFT folder, read by PEFT."""
    import peft as theirs

    lm = theirs.PeftModel.from_pretrained(below(load(base, use_safetensors=True), lora), folder).eval()
    tokenizer = Tokenizer(base)
    answers = [tokenizer.decode(_answer(lm, s.asked, tokenizer.stop_ids)) for s in said]
    layers = lm.get_base_model()
    with torch.no_grad():
        part = share(lora, lambda layer: layers.get_submodule(layer).get_delta_weight("default"))
    return figures(
        f"PEFT {theirs.__version__}{_over(lora)}", EXACT, part, said, [_logits(lm, s.ids) for s in said], answers
    )


def merged(folder: Path, base: Path, dtype: str, lora: Lora, said: list[Said]) -> Figures:
    """A merged model, read by transformers together with its tokenizer and template."""
    import transformers

    lm = load(folder, use_safetensors=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    answers = []
    for s in said:
        asked = s.asked
        if tokenizer.chat_template:
            chat = [{"role": "user", "content": s.prompt}]
            text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
            asked = tokenizer.encode(text, add_special_tokens=False)
            if asked != s.asked:
                raise failed("the exported tokenizer or chat template reads a question differently")
        stops = lm.generation_config.eos_token_id
        stops = {tokenizer.eos_token_id, *(stops if isinstance(stops, list) else [stops])} - {None}
        answers.append(tokenizer.decode(_answer(lm, asked, stops), skip_special_tokens=True))
    reader, part = f"transformers {transformers.__version__}", weights_share(lora, lm, base)
    return figures(reader, HALF[dtype], part, said, [_logits(lm, s.ids) for s in said], answers)


def gguf_model(path: Path, base: Path, numbers: str, lora: Lora, said: list[Said]) -> Figures:
    """A GGUF model, its weights and shape read by transformers, its tokenizer by gguf."""
    import transformers

    reader = gguf.GGUFReader(path)
    config = transformers.AutoConfig.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)
    original = transformers.AutoConfig.from_pretrained(base, local_files_only=True)
    for key in (
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "vocab_size",
    ):
        if getattr(config, key) != getattr(original, key):
            raise failed(f"the file's {key} is {getattr(config, key)}, the base's {getattr(original, key)}")
    _same_shape(reader, config, original, base)
    # What transformers does not read from a file of every family was compared above.
    config = type(config).from_dict(original.to_dict() | {"model_type": config.model_type})
    tokens = _same_tokenizer(reader, base)
    lm = load(path.parent, gguf_file=path.name, config=config)
    tokenizer = Tokenizer(base)
    answers = [tokenizer.decode(_answer(lm, s.asked, tokens.stops)) for s in said]
    name, part = f"transformers {transformers.__version__} (GGUF)", weights_share(lora, lm, base)
    return figures(name, QUANTISED[numbers], part, said, [_logits(lm, s.ids) for s in said], answers)


def gguf_adapter(path: Path, base: Path, lora: Lora, said: list[Said]) -> Figures:
    """A GGUF adapter: B A of each layer as gguf's reader gives it, then the same questions on the base with it."""
    read = gguf_file.read_adapter(path, base, lora)
    for layer in lora.pairs:
        mine, theirs = lora.delta(layer), read.delta(layer)
        if (theirs - mine).norm() > 1e-6 * mine.norm():
            raise failed(f"the adapter file differs from the adapter at {layer}")
    lm = with_lora(load(base, use_safetensors=True), read)
    tokenizer = Tokenizer(base)
    answers = [tokenizer.decode(_answer(lm, s.asked, tokenizer.stop_ids)) for s in said]
    part = share(lora, read.delta)
    return figures(
        f"gguf {version('gguf')}{_over(lora)}", EXACT, part, said, [_logits(lm, s.ids) for s in said], answers
    )


def _over(lora: Lora) -> str:
    """What an adapter alone was put on, when that is not the base as it is."""
    return " over the base in 4 bits" if lora.four_bits else ""


def _same_shape(reader: gguf.GGUFReader, config, original, base: Path) -> None:
    """The keys of the file's head and its positions, as far as transformers does not use them."""
    arch = gguf_file.value(reader, "general.architecture")
    raw = json.loads((base / "config.json").read_text("utf-8"))
    for key, mine in gguf_file.shape_keys(raw).items():
        found = gguf_file.value(reader, f"{arch}.{key}")
        if found != (mine if isinstance(mine, int) else np.float32(mine)):
            raise failed(f"the file's {key} is {found}, not {mine}")
    if _theta(config) != _theta(original):
        raise failed("the file's rotary embedding has another base frequency")
    want = gguf_file.position_factors(base, raw)
    factors = next((t.data for t in reader.tensors if t.name == "rope_freqs.weight"), None)
    if (want is None) != (factors is None) or (want is not None and not np.array_equal(want, factors)):
        raise failed("the file's rotary embedding is not the base's")


def _theta(config) -> float:
    rope = config.rope_parameters
    return rope.get("full_attention", rope)["rope_theta"]


def _same_tokenizer(reader: gguf.GGUFReader, base: Path) -> Vocabulary:
    want = Vocabulary(base, len(gguf_file.value(reader, "tokenizer.ggml.tokens")))
    for key, mine in {
        "tokens": want.tokens,
        "token_type": want.types,
        "model": want.kind,
        "merges": want.merges,
        "scores": want.scores,
        "pre": want.pre,
        "add_space_prefix": want.space_prefix if want.scores else None,
        "eos_token_id": want.eos,
        "eot_token_id": want.eot,
        "bos_token_id": want.bos,
    }.items():
        if gguf_file.value(reader, f"tokenizer.ggml.{key}") != mine:
            raise failed(f"the file's tokenizer differs from the base's in its {key}")
    if gguf_file.value(reader, "tokenizer.chat_template") != want.template:
        raise failed("the file's chat template is not the base's")
    return want


def failed(
    why: str, advice: str = "Export again; when it fails again, choose another format and report this."
) -> JobError:
    return JobError("failed", f"the exported file was read back and is not the run: {why}. It was removed", advice)
