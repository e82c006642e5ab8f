"""Formats gguf:f16, gguf:q8_0, gguf:q5_0, gguf:q4_0 and gguf-adapter: files for llama.cpp and what is built on it.

The format: github.com/ggml-org/ggml/blob/master/docs/gguf.md. Tensors go one after another, rows of a large one in
blocks, so that memory stays small.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from torch import Tensor

from ..engine import families
from ..engine.families import Shape
from ..errors import JobError, refused
from . import few_bits
from .lora import Lora
from .source import Source
from .vocabulary import Vocabulary

ROWS = 4096  # quantised at a time


@dataclass(frozen=True)
class Family:
    """How a family's weights stand in a GGUF file, and what its readers know.

    turned: rows of query and key are paired anew for the rotary embedding, (first half, second half) of a head becomes
    pairs beside one another. plus_one: the weights of norms are written as 1 + w. full_every: every n-th layer sees the
    whole past and the others a window; 0: readers know no windows. biases: of query, key and value.
    """

    arch: gguf.MODEL_ARCH
    turned: bool = False
    plus_one: bool = False
    full_every: int = 0
    biases: bool = False


FAMILIES = {
    "llama": Family(gguf.MODEL_ARCH.LLAMA, turned=True, biases=True),
    "mistral": Family(gguf.MODEL_ARCH.LLAMA, turned=True),
    "qwen2": Family(gguf.MODEL_ARCH.QWEN2, biases=True),
    "qwen3": Family(gguf.MODEL_ARCH.QWEN3),
    "gemma2": Family(gguf.MODEL_ARCH.GEMMA2, plus_one=True, full_every=2),
    "gemma3_text": Family(gguf.MODEL_ARCH.GEMMA3, plus_one=True, full_every=6),
    "phi3": Family(gguf.MODEL_ARCH.PHI3),
}
LOCAL_THETA = 10_000.0  # of Gemma 3's layers with a window; llama.cpp has it inside
FILE_TYPES = {
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
    "q5_0": gguf.LlamaFileType.MOSTLY_Q5_0,
    "q4_0": gguf.LlamaFileType.MOSTLY_Q4_0,
}


class Plan:
    """What a GGUF file of a base will hold, known before a weight is read.

    tensors: the file's name -> (the base's name, kind of numbers).
    """

    def __init__(self, base: Path, source: Source, numbers: str):
        self.config = json.loads((base / "config.json").read_text("utf-8"))
        self.family, shape = family(self.config)
        self.numbers = numbers
        self.names = Names(self.config, self.family)
        self.source = source
        self.tensors: dict[str, tuple[str, Kind]] = {}
        for name in sorted(source.shapes, key=_by_layer):
            if name.endswith(".inv_freq") or (shape.tied and name == "lm_head.weight"):
                continue
            self.tensors[self.names.of(name)] = (name, self._kind(name))
        self.extra = {"rope_freqs.weight": f} if (f := position_factors(base, self.config)) is not None else {}
        self.vocabulary = Vocabulary(base, shape.vocab)

    def _kind(self, name: str) -> Kind:
        shape = self.source.shapes[name]
        if len(shape) == 1:
            return Kind.F32
        if self.numbers == "f16" or shape[-1] % 32:  # a block is 32 numbers of a row
            return Kind.F16
        if self.numbers == "q8_0" or name in ("model.embed_tokens.weight", "lm_head.weight"):
            return Kind.Q8_0  # few bits cost most where the words are
        if self.small and name.endswith(("v_proj.weight", "down_proj.weight")):
            return Kind.Q8_0
        return Kind[self.numbers.upper()]

    @property
    def small(self) -> bool:
        """A base below a thousand million weights loses most of what it knows when all of it has few bits."""
        return sum(int(np.prod(shape)) for shape in self.source.shapes.values()) < 1_000_000_000

    def rows(self, name: str) -> Tensor:
        """A tensor as it stands in the file."""
        rows = self.names.turn(name, self.source.worked_in(name))
        return rows.float() + 1 if self.family.plus_one and name.endswith("norm.weight") else rows

    def bytes(self, name: str) -> int:
        """Size of a tensor in the file."""
        source, kind = self.tensors[name]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        return int(np.prod(self.source.shapes[source])) // block * size

    @property
    def size(self) -> int:
        return sum(self.bytes(name) for name in self.tensors)


def family(config: dict) -> tuple[Family, Shape]:
    """The family of a config.json and its sizes; refused when it is not one that was tested."""
    model_type = config.get("model_type", "")
    if model_type not in FAMILIES:
        raise _untested(f"the family {model_type}")
    found = FAMILIES[model_type]
    kind = position_kind(config)
    if kind not in ("default", "llama3" if found.arch is gguf.MODEL_ARCH.LLAMA else "default"):
        raise _untested(f"bases with positions of the kind {kind}")
    shape = families.read(config)
    if shape is None:
        raise _untested(f"a {model_type} with such a config.json")
    layers = range(shape.layers)
    gemma2, gemma3 = model_type == "gemma2", model_type == "gemma3_text"
    unlike = {
        "attention scores scaled by more than the size of a head": not math.isclose(shape.scale, shape.head_dim**-0.5),
        "another activation": (shape.activation == "gelu_tanh") != found.plus_one,
        "biases": shape.qkv_bias and not found.biases,
        "windows in other layers": found.full_every
        and any(bool(shape.window_of[i]) == ((i + 1) % found.full_every == 0) for i in layers),
        "other limits of its logits": (bool(shape.attn_softcap), bool(shape.final_softcap)) != (gemma2, gemma2)
        or (gemma3 and config.get("attn_logit_softcapping")),
        "heads of another width": model_type == "phi3" and shape.q_width != shape.hidden,
        "positions for a part of each head": model_type != "phi3" and shape.ropes[0].dim != shape.head_dim,
        "other positions in some layers": any(
            shape.window_of[i] and shape.ropes[shape.rope_of[i]].theta != LOCAL_THETA for i in layers
        )
        if gemma3
        else len(shape.ropes) > 1,
    }
    for what, there in unlike.items():
        if there:
            raise _untested(f"a {model_type} with {what}")
    return found, shape


def _untested(what: str) -> JobError:
    return refused(
        f"GGUF files of {what} are not tested yet, so none is written",
        "Export it as a merged model or as a PEFT adapter.",
    )


def position_kind(config: dict) -> str:
    """How a config.json stretches the rotary embedding; "default" when it does not."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    rope = rope.get("full_attention", rope)
    return rope.get("rope_type", rope.get("type", "default"))


def shape_keys(config: dict) -> dict[str, int | float]:
    """Key of a GGUF file, without the name of the architecture -> value. int stands for uint32, float for float32."""
    of, shape = family(config)
    windows = [w for w in shape.window_of if w]
    full = [rope for rope, window in zip(shape.rope_of, shape.window_of, strict=True) if not window]
    rope = shape.ropes[full[0] if full else 0]
    keys: dict[str, int | float] = {
        "vocab_size": shape.vocab,
        # A reader without windows is told of no more tokens than a window holds.
        "context_length": min([config["max_position_embeddings"], *([] if of.full_every else windows)]),
        "embedding_length": shape.hidden,
        "block_count": shape.layers,
        "feed_forward_length": shape.mlp,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "attention.key_length": shape.head_dim,
        "attention.value_length": shape.head_dim,
        "attention.layer_norm_rms_epsilon": shape.eps,
        "rope.dimension_count": rope.dim,
        "rope.freq_base": rope.theta,
    }
    if of.full_every:
        keys["attention.sliding_window"] = windows[0]
    if of.arch is gguf.MODEL_ARCH.PHI3:
        keys["attention.sliding_window"] = 0
    if of.arch is gguf.MODEL_ARCH.GEMMA2:
        keys["attn_logit_softcapping"] = shape.attn_softcap
        keys["final_logit_softcapping"] = shape.final_softcap
    if of.arch is gguf.MODEL_ARCH.GEMMA3:  # Ollama's names
        keys |= {"rope.global.freq_base": rope.theta, "rope.local.freq_base": LOCAL_THETA}
    return keys


def position_factors(base: Path, config: dict) -> np.ndarray | None:
    """By what a file's reader divides the plain frequencies of the rotary embedding, (head size / 2,), float32.

    None: by nothing. Llama 3.1 and later stretch low frequencies; the figures are those transformers computes with.
    """
    if position_kind(config) != "llama3":
        return None
    from transformers import AutoConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    read = AutoConfig.from_pretrained(base, local_files_only=True)
    stretched, _ = ROPE_INIT_FUNCTIONS["llama3"](read, torch.device("cpu"))
    exponents = torch.arange(len(stretched), dtype=torch.float64) / len(stretched)
    plain = float(read.rope_parameters["rope_theta"]) ** -exponents
    return (plain / stretched.double()).float().numpy()


class Names:
    """Names and row order of a family's tensors in a GGUF file."""

    def __init__(self, config: dict, family: Family):
        self._map = gguf.get_tensor_name_map(family.arch, config["num_hidden_layers"])
        heads = config["num_attention_heads"]
        self._heads = {"q_proj": heads, "k_proj": config.get("num_key_value_heads") or heads} if family.turned else {}

    def of(self, name: str) -> str:
        """The file's name of a weight or bias of the base."""
        found = self._map.get_name(name, try_suffixes=(".weight", ".bias"))
        if found is None:
            raise refused(f"a GGUF file of this family has no place for {name}", "Export it as a merged model.")
        return found

    def turn(self, name: str, rows: Tensor) -> Tensor:
        """Rows (out, …) in the order of the file."""
        heads = self._heads.get(name.split(".")[-2])
        if heads is None:
            return rows
        return rows.unflatten(0, (heads, 2, -1)).transpose(1, 2).reshape(rows.shape)

    def turn_back(self, name: str, rows: Tensor) -> Tensor:
        """Undo turn."""
        heads = self._heads.get(name.split(".")[-2])
        if heads is None:
            return rows
        return rows.unflatten(0, (heads, -1, 2)).transpose(1, 2).reshape(rows.shape)


def write(path: Path, plan: Plan, title: str, licence: str, wrote: Callable[[int], None]) -> None:
    """Write the model with the adapter worked in."""
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[plan.family.arch])
    writer.add_type("model")
    writer.add_name(plan.vocabulary.title(title))
    if licence:
        writer.add_license(licence)
    writer.add_file_type(FILE_TYPES[plan.numbers])
    if plan.numbers != "f16":
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    arch = gguf.MODEL_ARCH_NAMES[plan.family.arch]
    for key, number in shape_keys(plan.config).items():
        (writer.add_uint32 if isinstance(number, int) else writer.add_float32)(f"{arch}.{key}", number)
    plan.vocabulary.add_to(writer)
    for name, numbers in plan.extra.items():
        writer.add_tensor_info(name, numbers.shape, numbers.dtype, numbers.nbytes)
    for name, (source, kind) in plan.tensors.items():
        shape = plan.source.shapes[source]
        if kind in (Kind.F16, Kind.F32):
            dtype = np.dtype(np.float16 if kind is Kind.F16 else np.float32)
            writer.add_tensor_info(name, shape, dtype, plan.bytes(name))
        else:
            stored = gguf.quant_shape_to_byte_shape(shape, kind)
            writer.add_tensor_info(name, stored, np.dtype(np.uint8), plan.bytes(name), raw_dtype=kind)
    _begin(writer)
    for numbers in plan.extra.values():
        writer.write_tensor_data(numbers)
    for name, (source, kind) in plan.tensors.items():
        writer.write_tensor_data(_numbers(plan.rows(source), kind))
        wrote(plan.bytes(name))
    writer.close()


def write_adapter(path: Path, base: Path, lora: Lora, title: str) -> None:
    """Write the adapter alone, float32. A program scales by alpha / rank, so rsLoRA's alpha is written for that."""
    config = json.loads((base / "config.json").read_text("utf-8"))
    of, _ = family(config)
    names = Names(config, of)
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[of.arch])
    writer.add_type("adapter")
    writer.add_name(title)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", lora.scale * lora.rank)
    tensors = {}
    for layer, (a, b) in lora.pairs.items():
        at = names.of(f"{layer}.weight")
        tensors[f"{at}.lora_a"] = a
        tensors[f"{at}.lora_b"] = names.turn(f"{layer}.weight", b)
    for name, tensor in tensors.items():
        writer.add_tensor_info(name, tensor.shape, np.dtype(np.float32), tensor.numel() * 4)
    _begin(writer)
    for tensor in tensors.values():
        writer.write_tensor_data(tensor.contiguous().numpy())
    writer.close()


def read_adapter(path: Path, base: Path, like: Lora) -> Lora:
    """Read an adapter file with gguf's own reader, and turn its rows back."""
    config = json.loads((base / "config.json").read_text("utf-8"))
    of, _ = family(config)
    names = Names(config, of)
    reader = gguf.GGUFReader(path)
    said = {key: value(reader, key) for key in ("general.type", "adapter.type", "general.architecture")}
    if said != dict(zip(said, ("adapter", "lora", gguf.MODEL_ARCH_NAMES[of.arch]), strict=True)):
        raise JobError("failed", f"the adapter file says of itself {said}")
    tensors = {t.name: torch.from_numpy(np.array(t.data)) for t in reader.tensors}
    pairs = {}
    for layer in like.pairs:
        at = names.of(f"{layer}.weight")
        a, b = tensors.pop(f"{at}.lora_a"), tensors.pop(f"{at}.lora_b")
        pairs[layer] = (a, names.turn_back(f"{layer}.weight", b))
    if tensors:
        raise JobError("failed", f"the adapter file holds {next(iter(tensors))}, which the adapter has not")
    rank = next(iter(pairs.values()))[0].shape[0]
    return Lora(pairs, rank, value(reader, "adapter.lora.alpha") / rank, like.four_bits)


def value(reader: gguf.GGUFReader, key: str):
    """A value of a GGUF file's head; None when it is not there."""
    field = reader.get_field(key)
    return None if field is None else field.contents()


def _begin(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()


def _numbers(tensor: Tensor, kind: Kind) -> np.ndarray:
    if kind in (Kind.F16, Kind.F32):
        return tensor.to(torch.float16 if kind is Kind.F16 else torch.float32).contiguous().numpy()

    def block(rows: Tensor) -> np.ndarray:
        return few_bits.quantise(rows, kind) if kind in few_bits.HALF else gguf.quantize(rows.numpy(), kind)

    parts = [block(rows.float().contiguous()) for rows in tensor.split(ROWS)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _by_layer(name: str) -> tuple:
    """Order of the tensors: the embedding, layer after layer, the rest."""
    parts = name.split(".")
    return (1, int(parts[2]), name) if parts[:2] == ["model", "layers"] else (0 if "embed" in name else 2, 0, name)
