"""Job score: how likely a base and adapters on it make given answers, token by token.

The answers pass the base's matrices once for each adapter, rows of all adapters in one packed batch: y = W x + s B A x,
A and B being those of the row's segment. Nothing is trained, so no adapter is ever merged or attached. Bases that only
transformers carries are measured one adapter after another.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor

from . import adapter, base, batch, mask, model, planner
from .batch import Batch
from .engine import decoder
from .engine.decoder import PREFIX, Decoder
from .engine.lora import Projection
from .errors import JobError, refused
from .loss import Tokens
from .protocol import Emitter, Inbox
from .tokenizer import Tokenizer

Tell = Callable[[int], None]  # rows done


@dataclass(frozen=True)
class Adapter:
    """A PEFT folder that was read."""

    digest: str
    config: dict
    tensors: dict[str, Tensor]


def run(job: dict, emitter: Emitter, inbox: Inbox, device: torch.device) -> dict:
    """Returns the result event's `score` part."""
    opened = base.open_base(Path(job["base_dir"]))
    emitter.phase("preparing")
    base.verify(opened, job.get("base_digest", ""))
    adapters = [_read(Path(folder), opened) for folder in job["adapters"]]
    tokenizer = Tokenizer(opened.dir)
    answers = [_answer(messages, number, tokenizer) for number, messages in enumerate(job["answers"], 1)]

    emitter.phase("loading")
    shape = model.shape(opened, "lora")
    odd = next((a.config for a in adapters if shape is None or not decoder.takes(a.config, shape)), None)
    loaded = model.load(opened, device, job.get("precision") or "auto", adapter=odd)
    loaded.train(False)
    budget = int(job.get("token_budget") or 0) or planner.BUDGET.get(device.type, planner.BUDGET_ELSEWHERE)
    done, total = 0, (1 + len(adapters)) * len(answers)

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        emitter.phase("checking", done, total, "rows")
        if inbox.wish is not None:
            raise JobError("failed", "the answers were not measured to the end", "Start again.")

    rows = [(a.ids, a.trained) for a in answers]
    measure = together if isinstance(loaded, Decoder) else one_by_one
    found = measure(loaded, adapters, rows, budget, tell)
    return {
        "adapters": [a.digest for a in adapters],
        "answers": [
            {"tokens": _texts(a, tokenizer), "base": _score(of[0]), "adapters": [_score(x) for x in of[1:]]}
            for a, of in zip(answers, zip(*found, strict=True), strict=True)
        ],
    }


def _read(folder: Path, opened: base.Base) -> Adapter:
    config, tensors = adapter.read(folder)
    if config.get("base_model_name_or_path") != opened.ref:
        raise refused(
            f"the adapter {folder.name} was made for {config.get('base_model_name_or_path')}, not for {opened.ref}",
            "Choose the base that the adapter names.",
        )
    return Adapter(adapter.digest(folder), config, tensors)


def _answer(messages: list[dict], number: int, tokenizer: Tokenizer) -> mask.Tokenised:
    try:
        if messages[-1]["role"] != "assistant":
            raise refused(f"answer {number}: the last message is not one of the assistant", "Add the answer.")
        return mask.answer(messages, tokenizer)
    except mask.RowDropped as e:
        raise refused(f"answer {number} cannot be measured: {e}", "Leave it out.") from e
    except (LookupError, TypeError, AttributeError) as e:
        raise refused(f"answer {number} is no chat", "A chat is a list of messages with role and content.") from e


def _texts(t: mask.Tokenised, tokenizer: Tokenizer) -> list[str]:
    """Text of each token of the answer; that of a character of several tokens stands with the first of them."""
    out, done = [], 0
    for token, (start, end), marked in zip(t.ids, t.offsets, t.trained, strict=True):
        text = t.text[max(done, start) : end]
        done = max(done, end)
        if marked:
            out.append(text or (tokenizer.decode([token], skip_special_tokens=False) if start == end else ""))
    return out


def _score(log_probs: Tensor) -> dict:
    values = log_probs.tolist()
    return {"log_probs": values, "sum": math.fsum(values)}


# -- one adapter after another ---------------------------------------------------------------------------------------


@torch.no_grad()
def one_by_one(
    loaded: model.Model, adapters: Sequence[Adapter], rows: Sequence[Tokens], budget: int, tell: Tell
) -> list[list[Tensor]]:
    """Log-probabilities (n,) of each row's trained tokens, float32 on the CPU: of the base, then of each adapter."""
    if any(a.config != adapters[0].config for a in adapters):
        raise refused("the adapters have different settings", "On this base measure adapters of one run at a time.")
    found = []
    for a in (None, *adapters):
        if a is not None:
            if loaded.flat is None:
                loaded.attach_config(a.config)
                loaded.train(False)
            loaded.flat.load(loaded.flat.vector, a.tensors)
            loaded.refresh()
        of: list[Tensor] = [torch.empty(0)] * len(rows)
        for group in batch.groups([batch.length(marks) for _, marks in rows], budget):
            packed = batch.pack([rows[i] for i in group], loaded.device)
            with loaded.without_adapter() if a is None else contextlib.nullcontext():
                values = _of_rows(loaded, packed)
            for i, value in zip(group, values, strict=True):
                of[i] = value
            tell(len(group))
        found.append(of)
    return found


def _of_rows(loaded: model.Model, packed: Batch) -> Iterator[Tensor]:
    counts = torch.unique_consecutive(packed.row_of, return_counts=True)[1].tolist()
    return iter((-loaded.token_losses(packed)).float().cpu().split(counts))


# -- adapters in one batch -------------------------------------------------------------------------------------------


@torch.no_grad()
def together(
    loaded: Decoder, adapters: Sequence[Adapter], rows: Sequence[Tokens], budget: int, tell: Tell
) -> list[list[Tensor]]:
    """As one_by_one, with the rows of several adapters in each packed batch. Their ranks may differ."""
    factors = [None, *(_factors(loaded, a) for a in adapters)]
    units = [(k, i) for k in range(len(factors)) for i in range(len(rows))]
    found: list[list[Tensor]] = [[torch.empty(0)] * len(rows) for _ in factors]
    for group in batch.groups([batch.length(rows[i][1]) for _, i in units], budget):
        chosen = [units[g] for g in group]
        packed = batch.pack([rows[i] for _, i in chosen], loaded.device)
        with _applied(loaded, packed, [k for k, _ in chosen], factors):
            for (k, i), values in zip(chosen, _of_rows(loaded, packed), strict=True):
                found[k][i] = values
        tell(len(group))
    return found


# Of each projection A (k·r, in) and s·B (out, k·r), block by block as in engine.lora, both in the base's dtype.
Factors = list[tuple[Tensor, Tensor]]


def _factors(loaded: Decoder, a: Adapter) -> Factors:
    rank = int(a.config["r"])
    scale = a.config["lora_alpha"] / (math.sqrt(rank) if a.config.get("use_rslora") else rank)
    out, names = [], set()
    for p in (p for layer in loaded.layers for p in layer.projections):
        own = [[f"{PREFIX}{name}.lora_{x}.weight" for name, _ in p.parts] for x in "AB"]
        names.update(*own)
        shapes = [(rank, p.width)] * len(p.parts) + [(count, rank) for _, count in p.parts]
        if [tuple(a.tensors[n].shape) if n in a.tensors else () for n in (*own[0], *own[1])] != shapes:
            raise JobError("base", "the adapter does not fit this base", "Use the base that the adapter names.")
        tail = torch.block_diag(*(a.tensors[n].float() * scale for n in own[1]))
        low = torch.cat([a.tensors[n] for n in own[0]])
        out.append(tuple(x.to(loaded.device, loaded.dtype) for x in (low, tail)))
    if names != a.tensors.keys():
        raise JobError("base", "the adapter does not fit this base", "Use the base that the adapter names.")
    return out


class _Segmented:
    """Stands in for a projection: the base's product for all rows, each segment's own low-rank part on top.

    segments: (first, last + 1, A, s·B) of the rows in what the projection is given; rows in none are the base's.
    """

    def __init__(self, p: Projection, segments: list[tuple[int, int, Tensor, Tensor]]):
        self.p, self.segments = p, segments

    def __call__(self, prologue, residual: Tensor | None, *inputs: Tensor, adapter: bool, train: bool) -> Tensor:
        x = prologue.made(*inputs, self.p.width)
        y = self.p.plain(x)
        for first, end, a, b in self.segments:
            y[first:end].addmm_(x[first:end] @ a.t(), b.t())
        return y if residual is None else y.add_(residual)


@contextmanager
def _applied(loaded: Decoder, packed: Batch, which: list[int], factors: list[Factors | None]):
    """Context in which row i of a packed batch goes through adapter which[i], rows of one adapter being neighbours."""
    counts = torch.unique_consecutive(packed.row_of, return_counts=True)[1].tolist()
    everywhere, trained = _spans(which, [b - a for a, b in packed.spans]), _spans(which, counts)
    names, number = ("qkv", "o", "gate_up", "down"), 0
    plain = [{n: getattr(layer, n) for n in names} for layer in loaded.layers]
    try:
        for layer, own in zip(loaded.layers, plain, strict=True):
            for name in names:
                # Behind the last attention only the trained positions go on.
                spans = trained if layer is loaded.layers[-1] and name != "qkv" else everywhere
                at = [(a, b, *factors[k][number]) for a, b, k in spans if factors[k]]
                setattr(layer, name, _Segmented(own[name], at))
                number += 1
        yield
    finally:
        for layer, own in zip(loaded.layers, plain, strict=True):
            for name in names:
                setattr(layer, name, own[name])


def _spans(which: list[int], lengths: list[int]) -> list[tuple[int, int, int]]:
    """(first, last + 1, adapter) of each run of rows of one adapter."""
    out, at = [], 0
    for k, run_ in groupby(zip(which, lengths, strict=True), key=lambda x: x[0]):
        end = at + sum(n for _, n in run_)
        out.append((at, end, k))
        at = end
    return out
