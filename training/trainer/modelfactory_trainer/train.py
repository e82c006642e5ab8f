"""Job train: from a frozen run folder to a proved adapter.

Reads recipe.json and data.json; writes events.jsonl, checkpoints/, adapter/ and receipt.json. The run can be cut
anywhere: what it does at a step depends only on the frozen files and the state of the last checkpoint.
"""

import json
import math
import time
from pathlib import Path

import torch

from . import (
    adapter,
    base,
    canonical,
    checkpoint,
    data,
    files,
    generation,
    loss,
    model,
    outcome,
    planner,
    receipt,
    recipe,
    rows,
    tensorboard,
)
from . import device as devices
from .errors import JobError, refused
from .optimiser import Optimiser, learning_rate
from .protocol import Emitter, Inbox
from .tokenizer import TemplateError, Tokenizer

SAMPLE_TOKENS = 48
LEAST_BUDGET = 64  # tokens at once, below which a shortage of memory ends the run


class Left(Exception):
    """The wish to pause or stop was heard inside a step; what the step had done so far is dropped."""


class Trainer:
    """One run in one process."""

    def __init__(self, job: dict, emitter: Emitter, inbox: Inbox, device: torch.device):
        self.dir = Path(job["run_dir"])
        self.job, self.emitter, self.inbox, self.device = job, emitter, inbox, device
        self.started = time.time()

    # -- before the first step ------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Read and check everything; refuse before any weight is loaded where that is possible."""
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

        self.emitter.phase("tokenising")
        listed = rows.sources(json.loads(data_bytes), self.dir)
        self.data = data.load(
            listed,
            self.tokenizer,
            self.recipe,
            lambda done, total: self.emitter.phase("tokenising", done, total, "rows"),
            folder=self.dir / "tokens",
        )
        self._refuse_nothing_to_learn()
        self._tell_dropped()
        self.plan, self.steps = self.data.plan(), self.data.steps()
        self.state = checkpoint.State(
            recipe_digest=canonical.sha256(recipe_bytes),
            data_digest=canonical.sha256(data_bytes),
            base_digest=self.base.digest,
            trainer=receipt.versions()["trainer"],
            steps=self.steps,
        )

        self.emitter.phase("loading")
        recipe.require_device(self.recipe, self.device.type)
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
        self.initial = canonical.sha256(adapter.tensors_to_bytes(self.flat.copies(self.flat.vector)))
        self.rng = checkpoint.rng_state()
        self.saved_step = -1
        self.store = checkpoint.Store(self.dir / "checkpoints")
        if self.job.get("resume"):
            self._go_on()
        self.model.recompute = self.state.recompute
        self.board = None
        if self.recipe.tensorboard == "on":
            self.board = tensorboard.Writer(self.dir / "tensorboard")

    def _plan_memory(self) -> None:
        """Choose how the run is computed, and say it."""
        dtype = model.dtype_of(self.recipe.precision, self.device)
        shape = model.shape(self.base, self.recipe.method)
        longest = max(int(s.train.lengths.max(initial=0)) for s in self.data.sources)
        _, free = devices.memory(self.device)
        plan = planner.plan(shape, self.recipe, self.device, dtype, longest, free, devices.memory_bytes(self.device))
        self.state.token_budget, self.state.recompute = plan.token_budget, plan.recompute
        self.emitter.emit(
            "plan",
            engine="decoder" if shape else "compat",
            precision="bf16" if dtype == torch.bfloat16 else "fp32",
            token_budget=plan.token_budget,
            recompute=plan.recompute,
            bytes=plan.parts,
            expected_bytes=plan.expected,
        )

    def _set_adapter(self, tensors: dict[str, torch.Tensor]) -> None:
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

    def _go_on(self) -> None:
        loaded = self.store.load_newest(self.emitter.warning)
        if loaded is None:
            return
        checkpoint.require_same(loaded.state, self.state)
        self.state = loaded.state
        self._set_adapter(loaded.adapter)
        self.optimiser.load(loaded.optimiser)
        checkpoint.set_rng_state(loaded.rng)
        self.rng = loaded.rng
        self.saved_step = self.state.step

    # -- training -------------------------------------------------------------------------------------------------

    def run(self) -> dict:
        """Train to the end or to the person's wish. Returns the result event's `train` part."""
        self.prepare()
        self.emitter.phase("training", self.state.step, self.steps, "steps")
        if self.state.step == 0:
            self._sample()
        while not self._done and self.inbox.wish is None:
            try:
                self._step()
            except Left:
                break
            s, r = self.state.step, self.recipe
            better = False
            if s == self.steps or (r.eval_every and s % r.eval_every == 0):
                better = self._evaluate() and (r.keep == "best" or r.early_stop > 0)
            if self._done or better or s % r.checkpoint_every == 0 or self.inbox.take_checkpoint():
                self._checkpoint()
        wish = None if self._done else self.inbox.wish
        if self.state.step > 0 and self.saved_step != self.state.step:
            self._checkpoint()
        if wish == "pause":
            return self._result("paused")
        if wish == "stop" and self.state.step == 0:
            return self._result("stopped")
        return self._finish("stopped" if wish == "stop" else "finished")

    @property
    def _done(self) -> bool:
        stopped_early = 0 < self.recipe.early_stop <= self.state.worse
        return self.state.step == self.steps or stopped_early

    def _step(self) -> None:
        """One optimiser step. The loss is a mean over the step, so how its rows are packed does not change it."""
        begun = time.monotonic()
        pairs = self.plan.rows(self.state.step)
        units = [self.objective.unit(self.data.sources[s].train, i) for s, i in pairs]
        tokens = sum(len(ids) for unit in units for ids, _ in unit)
        trained = sum(int(marks[1:].sum()) for unit in units for _, marks in unit)
        torch_rng = checkpoint.rng_state()
        while True:
            try:
                total = self._gradient(units)
                break
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as e:
                if not _no_memory(e):
                    raise
                self._smaller(e)
                checkpoint.set_rng_state(torch_rng)
            except Left:
                checkpoint.set_rng_state(torch_rng)  # as if the step had not begun
                raise
        if not math.isfinite(total):
            self._not_finite("loss", total)
        lr = learning_rate(self.recipe, self.state.step, self.steps)
        norm = self.optimiser.step(lr)
        if not math.isfinite(norm):
            self._not_finite("gradient", norm)
        self.model.refresh()
        self.rng = checkpoint.rng_state()
        self._count(tokens, trained, total, lr, norm, time.monotonic() - begun)

    def _gradient(self, units: list[list[loss.Tokens]]) -> float:
        """Leave the step's gradient in the flat vector and return its loss."""
        self.model.train(True)
        self.optimiser.zero()
        weight = sum(self.objective.weight(unit) for unit in units)
        total = 0.0
        for group in loss.micro_batches(units, self.state.token_budget):
            if self.inbox.wish is not None:
                raise Left
            packed = loss.pack([units[i] for i in group], self.device)
            part = self.objective.losses(self.model, packed, len(group)).sum() / weight
            part.backward()
            total += float(part.detach())
        return total

    def _smaller(self, cause: BaseException) -> None:
        """Memory ran out inside a step: keep what was learnt, compute fewer tokens at once, say so."""
        if self.state.token_budget // 2 < LEAST_BUDGET:
            raise JobError(
                "memory",
                f"the memory does not hold {self.state.token_budget} tokens at a time ({type(cause).__name__})",
                "Use shorter rows, a smaller adapter or a smaller base.",
            ) from cause
        self.optimiser.zero()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.state.token_budget //= 2
        if self.state.step > 0 and self.saved_step != self.state.step:
            self._checkpoint()
        self.emitter.warning(
            f"memory ran out at step {self.state.step + 1}; the run goes on with {self.state.token_budget} tokens at a"
            " time, which changes no result",
            "Close other programs, or let layers be computed twice (recompute).",
        )

    def _not_finite(self, what: str, value: float) -> None:
        step = self.state.step + 1
        self.emitter.warning(f"the {what} of step {step} is {value}")
        raise JobError(
            "nan",
            f"the {what} is not finite at step {step}; training stopped and the last checkpoint is kept",
            "Start again with a lower learning rate; a third of the present one is a good try.",
        )

    def _count(self, tokens: int, trained: int, value: float, lr: float, norm: float, seconds: float) -> None:
        s = self.state
        s.step += 1
        s.tokens += tokens
        s.trained_tokens += trained
        s.seconds += seconds
        s.first_loss = value if s.first_loss is None else s.first_loss
        s.last_loss = value
        self.emitter.emit(
            "step",
            step=s.step,
            steps=self.steps,
            **{"pass": round(s.step / self.plan.steps_per_pass, 6)},
            loss=value,
            lr=lr,
            grad_norm=norm,
            tokens=s.tokens,
            trained_tokens=s.trained_tokens,
            tokens_per_second=round(tokens / max(seconds, 1e-9), 3),
            memory_bytes=devices.memory_bytes(self.device),
            seconds=round(s.seconds, 4),
        )
        if self.board:
            scalars = {"loss": value, "learning_rate": lr, "gradient_norm": norm, "tokens_per_second": tokens / seconds}
            self.board.add(s.step, time.time(), scalars)

    # -- looking and keeping ----------------------------------------------------------------------------------------

    def _evaluate(self) -> bool:
        """Loss on the held-out rows, a mean as in training, for each source and over all. Whether it is the best."""
        if self.state.eval_step == self.state.step:
            return False
        self.model.train(False)
        sums: dict[str, float] = {}
        weights: dict[str, int] = {}
        for source in self.data.sources:
            name, table = source.source.net, source.held_out
            for values, weight in self.measured(table, range(len(table))):
                sums[name] = sums.get(name, 0.0) + float(values.sum())
                weights[name] = weights.get(name, 0) + weight
                if self.inbox.wish == "pause":
                    return False  # the person waits; this evaluation comes again after a resume or not at all
        better = False
        if weights:
            value = sum(sums.values()) / sum(weights.values())
            s = self.state
            s.eval_loss, s.eval_step = value, s.step
            better = math.isfinite(value) and (s.best_loss is None or value < s.best_loss)
            s.worse = 0 if better else s.worse + 1
            if better:
                s.best_loss, s.best_step = value, s.step
            per_source = {name: sums[name] / weights[name] for name in sums}
            self.emitter.emit("eval", step=s.step, loss=value, per_source=per_source)
            if self.board:
                self.board.add(s.step, time.time(), {"eval_loss": value})
        self._sample()
        return better

    @torch.no_grad()
    def measured(self, table, numbers):
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

    def _sample(self) -> None:
        """The answer to the one fixed held-out question, so that a person sees what changes."""
        messages = self.data.question()
        if messages is None:
            return
        try:
            prompt = self.tokenizer.prompt_ids(messages)
        except TemplateError:
            return
        self.model.train(False)
        answer = generation.answer(
            self.model,
            self.tokenizer,
            prompt,
            SAMPLE_TOKENS,
            cancelled=lambda: self.inbox.wish == "pause",
        )
        if answer.finish != "cancelled":
            self.emitter.emit("sample", step=self.state.step, prompt=messages[-1]["content"], answer=answer.text)

    def _checkpoint(self) -> None:
        self.emitter.record.sync()
        path, digest = self.store.save(self.state, self.flat.copies(self.flat.vector), self.optimiser.state(), self.rng)
        self.saved_step = self.state.step
        self.emitter.emit("checkpoint", step=self.state.step, path=path.relative_to(self.dir).as_posix(), digest=digest)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _finish(self, state: str) -> dict:
        """Write adapter/ and prove it: weights moved, files read back equal, answers differ from the base's."""
        self.emitter.phase("saving")
        self.model.train(False)
        if self.recipe.keep == "best" and self.state.best_step not in (-1, self.state.step):
            self._set_adapter(self.store.load(self.state.best_step).adapter)
        weights = self.flat.copies(self.flat.vector)
        digest = adapter.write(self.dir / "adapter", self.config, weights)

        config, reread = adapter.read(self.dir / "adapter")
        equal = config == self.config and reread.keys() == weights.keys()
        equal = equal and all(torch.equal(reread[n], weights[n]) for n in weights)
        moved = canonical.sha256(adapter.tensors_to_bytes(weights)) != self.initial
        if equal:
            self._set_adapter(reread)  # what is compared with the base is what stands in the files
        source = next(s for s in self.data.sources if len(s.train))
        ids = source.train.row(0)[0][:64].tolist()
        ours = model.last_logits(self.model, ids)
        with self.model.without_adapter():
            theirs = model.last_logits(self.model, ids)
        differ = bool(torch.isfinite(ours).all()) and not torch.equal(ours, theirs)
        proof = {"weights_moved": moved, "reread_equal": equal, "answers_differ": differ}
        if not all(proof.values()):
            missing = ", ".join(k.replace("_", " ") for k, v in proof.items() if not v)
            raise JobError(
                "proof", f"the run learnt nothing that can be shown (not true: {missing})", "Raise the learning rate."
            )
        files.write(
            self.dir / "receipt.json",
            receipt.build(self.state, self.base, self.device, torch.get_num_threads(), state, digest, proof),
        )
        if self.board:
            self.board.close()
        outcome.measure(self)
        return self._result(state) | {"adapter_dir": "adapter", "adapter_digest": digest} | proof

    def _result(self, state: str) -> dict:
        s = self.state
        return {
            "state": state,
            "steps": s.step,
            "trained_tokens": s.trained_tokens,
            "seconds": round(s.seconds, 4),
            "adapter_dir": "",
            "adapter_digest": "",
            "first_loss": s.first_loss if s.first_loss is not None else math.nan,
            "last_loss": s.last_loss if s.last_loss is not None else math.nan,
            "eval_loss": s.eval_loss,
            "weights_moved": False,
            "reread_equal": False,
            "answers_differ": False,
        }


def _no_memory(e: BaseException) -> bool:
    """Whether an error says that memory ran out; on the CPU torch says it as a RuntimeError."""
    if isinstance(e, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(words in str(e) for words in ("can't allocate memory", "not enough memory", "out of memory"))
