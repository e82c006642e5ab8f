"""What every training on a run folder shares: recipe, rows, base and a fresh adapter in memory, and the optimiser step.

What is told and kept of the steps is the users' part: train.py makes the run's adapter, coalition.py those of some of
its contributors.
"""

import contextlib
import json
import math
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import (
    adapter,
    base,
    canonical,
    checkpoint,
    data,
    files,
    loss,
    model,
    planner,
    receipt,
    recipe,
    rng,
    rows,
    threads,
)
from . import device as devices
from .engine import compiled
from .engine.decoder import Decoder
from .errors import JobError, refused
from .optimiser import Optimiser, learning_rate
from .protocol import Emitter, Inbox
from .table import Table
from .tokenizer import Tokenizer

TOKENS = "tokens"  # the token folder of a run that shares none
LEAST_BUDGET = 64  # tokens at once, below which a shortage of memory ends the run


class Left(Exception):
    """The wish to pause or stop was heard inside a step or among the rows to tokenise; what that had done so far is
    dropped."""


@dataclass(frozen=True)
class Step:
    """An optimiser step that was taken. loss: mean over the trained tokens (or pairs); norm: before clipping."""

    tokens: int
    loss: float
    lr: float
    norm: float
    seconds: float


class Learner:
    """A frozen run folder in one process."""

    earlier: checkpoint.Loaded | None = None  # the checkpoint that the run goes on from

    def __init__(self, job: dict, emitter: Emitter, inbox: Inbox, device: torch.device):
        self.dir = Path(job["run_dir"])
        self.job, self.emitter, self.inbox, self.device = job, emitter, inbox, device

    # -- before the first step ------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Read and check everything; refuse before any weight is loaded where that is possible.

        Raises Left when the person does not want to wait for the tokens.
        """
        self.emitter.phase("preparing")
        recipe_bytes, data_bytes = self._frozen("recipe.json"), self._frozen("data.json")
        self.recipe = recipe.parse(recipe_bytes)
        self.base = base.open_base(Path(self.job["base_dir"]))
        if self.recipe.base and self.recipe.base != self.base.ref:
            raise JobError(
                "base", f"the recipe names the base {self.recipe.base}, not {self.base.ref}", "Add the base it names."
            )
        base.verify(self.base, self.job.get("base_digest", ""))
        files.sweep(self.dir)
        self.tokenizer = Tokenizer(self.base.dir)
        self.state = checkpoint.State(
            recipe_digest=canonical.sha256(recipe_bytes),
            data_digest=canonical.sha256(data_bytes),
            base_digest=self.base.digest,
            trainer=receipt.versions()["trainer"],
            steps=0,
        )

        self.emitter.phase("tokenising")
        self._load_data(rows.sources(json.loads(data_bytes), self.dir))
        self._refuse_nothing_to_learn()
        self._tell_dropped()
        self.plan, self.steps = self.data.plan(), self.data.steps()
        self.state.steps, self.state.tokens_digest = self.steps, self.data.digest
        if self.earlier is not None:
            checkpoint.require_same(self.earlier.state, self.state)

        self.emitter.phase("loading")
        self.objective = loss.objective(self.recipe)
        self._plan_memory()
        self.model = model.load(self.base, self.device, self.recipe.precision, self.recipe.method)
        torch.manual_seed(self.recipe.seed)
        self.config = model.fresh_config(self.model, self.recipe, self.base.ref)
        self.model.attach_config(self.config)
        if self.job.get("initial_adapter"):
            self._set_adapter(adapter.read(Path(self.job["initial_adapter"]))[1])
        self.flat = self.model.flat
        self.optimiser = Optimiser(self.flat, self.recipe)
        self.rng = rng.state()
        self.model.recompute, self.model.offload = self.planned.recompute, self.planned.offload
        self.threads = self._threads()

    def _load_data(self, listed: list[rows.Source]) -> None:
        shared = Path(self.job["tokens_dir"]) if self.job.get("tokens_dir") else None
        own = self.dir / TOKENS
        self.data = data.load(listed, self.tokenizer, self.recipe, self._tokenised, folder=own, shared=shared)

    def _tokenised(self, done: int, total: int) -> None:
        """Tell how many rows are tokenised. Raises Left on a wish, but not to stop a run that has a checkpoint: the
        adapter of that is wanted."""
        self.emitter.phase("tokenising", done, total, "rows")
        if self.inbox.wish == "pause" or (self.inbox.wish == "stop" and self.earlier is None):
            raise Left

    def left(self) -> str:
        """The state of a job that the person's wish ended."""
        return {"pause": "paused", "stop": "stopped"}[self.inbox.wish]

    def drop_tokens(self) -> None:
        """Delete a token folder of the run's own, after its last reader. Who trains on the run again makes it again."""
        shutil.rmtree(self.dir / TOKENS, ignore_errors=True)

    def _threads(self) -> threads.Threads:
        most = torch.get_num_threads()
        # Only of our own engine it is known that its float32 results do not depend on the number.
        known = self.device.type == "cpu" and isinstance(self.model, Decoder) and self.model.dtype == torch.float32
        if known and most > 1 and torch.backends.mkl.is_available() and threads.same_bits(most):
            return threads.Threads(most, adapt=True)
        return threads.Threads(most if self.recipe.threads or (os.cpu_count() or 1) > 4 else 1, adapt=False)

    def _plan_memory(self) -> None:
        """Choose how the run is computed, or keep to what its checkpoint was computed with, and say it."""
        dtype = model.dtype_of(self.recipe.precision, self.device)
        shape = model.shape(self.base, self.recipe.method)
        now = devices.memory_bytes(self.device)
        lengths = np.concatenate([s.train.lengths for s in self.data.sources])
        longest, mean = int(lengths.max(initial=0)), float(lengths.mean()) if len(lengths) else 0.0
        # The largest optimiser step, about: an average one with the longest row in it, as the studio has it.
        step, how = mean * (self.recipe.rows_per_step - 1) + longest, (shape, self.recipe, self.device, dtype)
        if self.earlier is not None:
            s = self.earlier.state
            plan = planner.again(*how, s.token_budget, s.recompute, s.offload, now, step)
        else:
            _, free = devices.memory(self.device)
            plan = planner.plan(*how, longest, free, now, planner.host(self.device, dtype), step)
        self.planned = plan
        self.kernels = compiled.name() if shape and self.device.type == "cpu" else ""
        s = self.state
        s.token_budget, s.recompute, s.offload = plan.token_budget, plan.recompute, plan.offload
        self.emitter.emit(
            "plan",
            engine="decoder" if shape else "compat",
            precision=model.precision_of(dtype),
            kernels=self.kernels,
            token_budget=plan.token_budget,
            recompute=plan.recompute,
            offload=plan.offload,
            bytes=plan.parts,
            expected_bytes=plan.expected,
        )
        allowed = int(self.recipe.memory_gb * 1e9)
        if 0 < allowed < plan.expected:
            self.emitter.warning(
                f"the run takes about {plan.expected / 1e9:.1f} GB, more than the {self.recipe.memory_gb:g} GB it may"
                " take: it cannot be computed with less",
                "Use shorter rows, a smaller adapter or a smaller base where that is too much.",
            )

    def _set_adapter(self, tensors: dict[str, Tensor]) -> None:
        self.model.flat.load(self.model.flat.vector, tensors)
        self.model.refresh()

    def _frozen(self, name: str) -> bytes:
        try:
            return (self.dir / name).read_bytes()
        except OSError as e:
            raise refused(f"{name} of the run cannot be read: {e.strerror}", "Make the run again.") from e

    def _refuse_nothing_to_learn(self) -> None:
        if self.data.trained_tokens > 0:
            return
        counts = self.data.counts()
        reasons = sorted({d["reason"] for c in counts for d in c["dropped"]})
        held_out = sum(c["eval_rows"] for c in counts)
        why = (
            f": {reasons[0]}"
            if reasons
            else f": all {held_out} rows are held out"
            if held_out
            else ": there are no rows"
        )
        raise refused(
            f"the data has no trained token{why}",
            "Look at the check of the data: rows need an answer of the assistant, within the longest row allowed.",
        )

    def _tell_dropped(self) -> None:
        for c in self.data.counts():
            if c["dropped_rows"]:
                first = c["dropped"][0]
                self.emitter.warning(
                    f"{c['dropped_rows']} of {c['rows']} rows of {c['net']} are left out"
                    f" (row {first['row']}: {first['reason']})",
                    "Allow longer rows or mend these.",
                )

    # -- a step -----------------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether the last step is done, or the recipe ends the training early."""
        stopped_early = 0 < self.recipe.early_stop <= self.state.worse
        return self.state.step == self.steps or stopped_early

    def step(self, pairs: Iterable[tuple[int, int]]) -> Step:
        """Take the optimiser step of index state.step on these (source, row), and count it.

        The loss is a mean over the step, so how its rows are packed does not change it.
        """
        begun, processor = time.monotonic(), time.process_time()
        units = [self.objective.unit(self.data.sources[s].train, i) for s, i in pairs]
        torch_rng = rng.state()
        while True:
            try:
                total = self.gradient(units)
                break
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as e:
                if not _no_memory(e):
                    raise
                self._smaller(e, max(sum(len(ids) for ids, _ in unit) for unit in units))
                rng.set_state(torch_rng)
            except Left:
                rng.set_state(torch_rng)  # as if the step had not begun
                raise
        if not math.isfinite(total):
            self._not_finite("loss", total)
        lr = learning_rate(self.recipe, self.state.step, self.steps)
        norm = self.optimiser.step(lr)
        if not math.isfinite(norm):
            self._not_finite("gradient", norm)
        self.model.refresh()
        self.rng = rng.state()
        s, tokens = self.state, sum(len(ids) for unit in units for ids, _ in unit)
        taken = Step(tokens, total, lr, norm, time.monotonic() - begun)
        self.threads.took(tokens, taken.seconds, time.process_time() - processor)
        s.step += 1
        s.tokens += tokens
        s.trained_tokens += sum(int(marks[1:].sum()) for unit in units for _, marks in unit)
        s.seconds += taken.seconds
        s.first_loss = total if s.first_loss is None else s.first_loss
        s.last_loss = total
        return taken

    def gradient(
        self, units: list[list[loss.Tokens]], groups: Sequence[int] | None = None, into: Tensor | None = None
    ) -> float:
        """Leave the gradient of a step on these units in the flat vector and return its loss.

        With `groups`, the group of each unit, its parts are added to `into` too, (groups, n) like the flat vector:
        they sum to the gradient. Only the decoder can do that.
        """
        self.model.train(True)
        self.optimiser.zero()
        weight = sum(self.objective.weight(unit) for unit in units)
        total = 0.0
        for group in loss.micro_batches(units, self.state.token_budget):
            if self.inbox.wish is not None:
                raise Left
            packed = loss.pack([units[i] for i in group], self.device)
            part = self.objective.losses(self.model, packed, len(group)).sum() / weight
            if groups is None:
                apart = contextlib.nullcontext()
            else:
                apart = self.model.split(packed, [groups[i] for i in group for _ in units[i]], into)
            with apart:
                part.backward()
            total += float(part.detach())
        return total

    def _smaller(self, cause: BaseException, longest: int) -> None:
        """Memory ran out inside a step: keep what was learnt, compute fewer tokens at once, say so. longest: tokens of
        the step's longest unit, which cannot be taken apart."""
        least = max(self.state.token_budget, longest)
        if longest >= self.state.token_budget or self.state.token_budget // 2 < LEAST_BUDGET:
            raise JobError(
                "memory",
                f"the memory does not hold {least} tokens at a time ({type(cause).__name__})",
                "Use shorter rows, a smaller adapter or a smaller base.",
            ) from cause
        self.optimiser.zero()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.state.token_budget //= 2
        self.emitter.warning(
            f"memory ran out at step {self.state.step + 1}; the run goes on with {self.state.token_budget} tokens at a"
            " time, which changes no result",
            "Close other programs. In a new run, let layers be computed twice (recompute).",
        )

    def _not_finite(self, what: str, value: float) -> None:
        step = self.state.step + 1
        self.emitter.warning(f"the {what} of step {step} is {value}")
        raise JobError(
            "nan",
            f"the {what} is not finite at step {step}; training stopped and what was saved before is kept",
            "Start again with a lower learning rate; a third of the present one is a good try.",
        )

    # -- held-out rows ------------------------------------------------------------------------------------------------

    def evaluate(self, chosen: list[Sequence[int]] | None = None) -> dict[str, tuple[float, int]]:
        """(sum of losses, weight) over the held-out rows of each source that has some, or over the `chosen` of each.

        Raises Left when a pause is wished: the person waits.
        """
        self.model.train(False)
        found: dict[str, tuple[float, int]] = {}
        for k, source in enumerate(self.data.sources):
            name, table = source.source.net, source.held_out
            for values, weight in self.measured(table, range(len(table)) if chosen is None else chosen[k]):
                before = found.get(name, (0.0, 0))
                found[name] = before[0] + float(values.sum()), before[1] + weight
                if self.inbox.wish == "pause":
                    raise Left
        return found

    def judge(self, found: dict[str, tuple[float, int]]) -> bool:
        """Count an evaluation of this step. Whether it is the best so far."""
        s = self.state
        value = sum(v for v, _ in found.values()) / sum(w for _, w in found.values())
        s.eval_loss, s.eval_step = value, s.step
        better = math.isfinite(value) and (s.best_loss is None or value < s.best_loss)
        s.worse = 0 if better else s.worse + 1
        if better:
            s.best_loss, s.best_step = value, s.step
        return better

    @torch.no_grad()
    def measured(self, table: Table, numbers: Iterable[int]) -> Iterator[tuple[Tensor, int]]:
        """Losses of rows of a table without a gradient: yields (values (rows,), their weight), a micro-batch at a time,
        and each in the order of `numbers` only within a window of rows."""
        numbers = list(numbers)
        for at in range(0, len(numbers), 64):
            units = [self.objective.unit(table, i) for i in numbers[at : at + 64]]
            for group in loss.micro_batches(units, self.state.token_budget):
                chosen = [units[i] for i in group]
                packed = loss.pack(chosen, self.device)
                yield (
                    self.objective.losses(self.model, packed, len(group)),
                    sum(self.objective.weight(unit) for unit in chosen),
                )


def _no_memory(e: BaseException) -> bool:
    """Whether an error says that memory ran out; on the CPU torch says it as a RuntimeError."""
    if isinstance(e, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(words in str(e) for words in ("can't allocate memory", "not enough memory", "out of memory"))
