"""Job train: from a frozen run folder to a proved adapter.

Reads recipe.json and data.json; writes events.jsonl, checkpoints/, adapter/ and receipt.json. The run can be cut
anywhere: what it does at a step depends only on the frozen files and the state of the last checkpoint.
"""

import json
import math
import time
from pathlib import Path

import torch

from . import adapter, base, canonical, checkpoint, data, files, generation, loss, model, receipt, recipe, rows
from . import device as devices
from .errors import JobError, refused
from .optimiser import Optimiser, learning_rate
from .protocol import Emitter, Inbox
from .tokenizer import TemplateError, Tokenizer

SAMPLE_TOKENS = 48
EVAL_BATCH = 8


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
        self.model = model.load(self.base, self.device)
        torch.manual_seed(self.recipe.seed)
        self.config = self.model.attach(self.recipe, self.base.ref)
        self.optimiser = Optimiser(self.model.named_trainable(), self.recipe)
        self.initial = canonical.sha256(adapter.tensors_to_bytes(self.model.adapter()))
        self.rng = checkpoint.rng_state()
        self.saved_step = -1
        self.store = checkpoint.Store(self.dir / "checkpoints")
        if self.job.get("resume"):
            self._go_on()

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
        self.model.load_adapter(loaded.adapter)
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
        while self.state.step < self.steps and self.inbox.wish is None:
            try:
                self._step()
            except Left:
                break
            s, r = self.state.step, self.recipe
            if s == self.steps or (r.eval_every and s % r.eval_every == 0):
                self._evaluate()
            if s == self.steps or s % r.checkpoint_every == 0 or self.inbox.take_checkpoint():
                self._checkpoint()
        wish = None if self.state.step == self.steps else self.inbox.wish
        if self.state.step > 0 and self.saved_step != self.state.step:
            self._checkpoint()
        if wish == "pause":
            return self._result("paused")
        if wish == "stop" and self.state.step == 0:
            return self._result("stopped")
        return self._finish("stopped" if wish == "stop" else "finished")

    def _step(self) -> None:
        """One optimiser step over `accumulation` micro-batches. The loss is a mean over the step's trained tokens,
        so how rows fall into micro-batches does not change it."""
        begun = time.monotonic()
        torch_rng = checkpoint.rng_state()
        batches = self.plan.step(self.state.step)
        tokens = sum(len(self.data.sources[s].train.row(i)[0]) for batch in batches for s, i in batch)
        trained = sum(int(self.data.sources[s].train.trained_tokens[i]) for batch in batches for s, i in batch)
        self.model.train(True)
        self.optimiser.zero()
        total = 0.0
        for batch in batches:
            if self.inbox.wish is not None:
                checkpoint.set_rng_state(torch_rng)  # as if the step had not begun
                raise Left
            ids, marks = loss.batch_tensors([self.data.sources[s].train.row(i) for s, i in batch], self.device)
            part = loss.summed(self.model, ids, marks) / trained
            part.backward()
            total += float(part.detach())
        if not math.isfinite(total):
            self._not_finite("loss", total)
        lr = learning_rate(self.recipe, self.state.step, self.steps)
        norm = self.optimiser.step(lr)
        if not math.isfinite(norm):
            self._not_finite("gradient", norm)
        self.rng = checkpoint.rng_state()
        self._count(tokens, trained, total, lr, norm, time.monotonic() - begun)

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

    # -- looking and keeping ----------------------------------------------------------------------------------------

    def _evaluate(self) -> None:
        """Loss on the held-out rows, a mean over their trained tokens, for each source and over all."""
        if self.state.eval_step == self.state.step:
            return
        self.model.train(False)
        sums: dict[str, float] = {}
        counts: dict[str, int] = {}
        for source in self.data.sources:
            table = source.held_out
            order = sorted(range(len(table)), key=lambda i: (len(table.row(i)[0]), i))
            for at in range(0, len(order), EVAL_BATCH):
                ids, marks = loss.batch_tensors([table.row(i) for i in order[at : at + EVAL_BATCH]], self.device)
                with torch.no_grad():
                    part = float(loss.summed(self.model, ids, marks))
                name = source.source.net
                sums[name] = sums.get(name, 0.0) + part
                counts[name] = counts.get(name, 0) + int(marks.sum())
                if self.inbox.wish == "pause":
                    return  # the person waits; this evaluation comes again after a resume or not at all
        if counts:
            value = sum(sums.values()) / sum(counts.values())
            self.state.eval_loss, self.state.eval_step = value, self.state.step
            if math.isfinite(value) and (self.state.best_loss is None or value < self.state.best_loss):
                self.state.best_loss, self.state.best_step = value, self.state.step
            per_source = {name: sums[name] / counts[name] for name in sums}
            self.emitter.emit("eval", step=self.state.step, loss=value, per_source=per_source)
        self._sample()

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
        path, digest = self.store.save(self.state, self.model.adapter(), self.optimiser.state(), self.rng)
        self.saved_step = self.state.step
        self.emitter.emit("checkpoint", step=self.state.step, path=path.relative_to(self.dir).as_posix(), digest=digest)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _finish(self, state: str) -> dict:
        """Write adapter/ and prove it: weights moved, files read back equal, answers differ from the base's."""
        self.emitter.phase("saving")
        self.model.train(False)
        weights = self.model.adapter()
        digest = adapter.write(self.dir / "adapter", self.config, weights)

        config, reread = adapter.read(self.dir / "adapter")
        equal = config == self.config and reread.keys() == weights.keys()
        equal = equal and all(torch.equal(reread[n], weights[n]) for n in weights)
        moved = canonical.sha256(adapter.tensors_to_bytes(weights)) != self.initial
        if equal:
            self.model.load_adapter(reread)  # what is compared with the base is what stands in the files
        source = next(s for s in self.data.sources if len(s.train))
        ids = source.train.row(0)[0][:64].tolist()
        ours = self.model.last_logits(ids)
        with self.model.without_adapter():
            theirs = self.model.last_logits(ids)
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
