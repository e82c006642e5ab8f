"""Job train: from a frozen run folder to a proved adapter.

Reads recipe.json and data.json; writes events.jsonl, checkpoints/, adapter/ and receipt.json. The run can be cut
anywhere: what it does at a step depends only on the frozen files and the state of the last checkpoint.
"""

import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import torch

from . import adapter, checkpoint, files, generation, model, outcome, receipt, rng, tensorboard, tensors
from . import device as devices
from .errors import JobError
from .learner import Learner, Left, Step
from .tokenizer import TemplateError

SAMPLE_TOKENS = 48


class Trainer(Learner):
    """One run in one process."""

    @property
    def copies(self) -> bool:
        """Whether what a checkpoint is made of are copies, so that training goes on while it is written. On the
        processor they are the numbers themselves, for the memory's sake."""
        return self.device.type != "cpu"

    # -- before the first step ------------------------------------------------------------------------------------

    def prepare(self) -> None:
        self.saved_step = -1
        self.writer = ThreadPoolExecutor(1)
        self.writing: tuple[int, Future] | None = None  # the step of a checkpoint that is being written
        self.store = checkpoint.Store(self.dir / "checkpoints")
        if self.job.get("resume"):
            self.earlier = self.store.load_newest(self.emitter.warning)
        super().prepare()
        self.initial = self.flat.digest()
        if self.earlier is not None:
            self._go_on(self.earlier)
            self.earlier = None  # its tensors are copied
        self.board = None
        if self.recipe.tensorboard == "on":
            self.board = tensorboard.Writer(self.dir / "tensorboard")

    def _go_on(self, loaded: checkpoint.Loaded) -> None:
        self.state = loaded.state
        self._set_adapter(loaded.adapter)
        self.optimiser.load(loaded.optimiser)
        rng.set_state(loaded.rng)
        self.rng = loaded.rng
        self.saved_step = self.state.step

    # -- training -------------------------------------------------------------------------------------------------

    def run(self) -> dict:
        """Train to the end or to the person's wish. Returns the result event's `train` part."""
        try:
            result = self._run()
        finally:
            self._written(wait=True)
        if result["state"] != "paused":
            self.drop_tokens()
        return result

    def _run(self) -> dict:
        try:
            self.prepare()
        except Left:
            if self.earlier is not None:
                self.state = self.earlier.state
            return self._result("stopped" if self.inbox.wish == "stop" and self.state.step == 0 else "paused")
        self.emitter.phase("training", self.state.step, self.steps, "steps")
        if self.state.step == 0:
            self._sample()
        looked = self._look()
        while looked and not self.done and self.inbox.wish is None:
            try:
                self._tell(self.step(self.plan.rows(self.state.step)))
            except Left:
                break
            s, r = self.state, self.recipe
            looked = self._look()
            better = s.best_step == s.step and (r.keep == "best" or r.early_stop > 0)
            self._written(wait=False)
            if self.done or better or s.step % r.checkpoint_every == 0 or self.inbox.take_checkpoint():
                self._checkpoint()
        wish = None if self.done and looked else self.inbox.wish
        if self.state.step > 0 and self.saved_step != self.state.step:
            self._checkpoint()
        if wish == "pause":
            return self._result("paused")
        if wish == "stop" and self.state.step == 0:
            return self._result("stopped")
        return self._finish("stopped" if wish == "stop" else "finished")

    def _smaller(self, cause: BaseException, longest: int) -> None:
        super()._smaller(cause, longest)
        if self.state.step > 0 and self.saved_step != self.state.step:
            self._checkpoint()

    def _tell(self, taken: Step) -> None:
        s, speed = self.state, taken.tokens / max(taken.seconds, 1e-9)
        self.emitter.emit(
            "step",
            step=s.step,
            steps=self.steps,
            **{"pass": round(s.step / self.plan.steps_per_pass, 6)},
            loss=taken.loss,
            lr=taken.lr,
            grad_norm=taken.norm,
            tokens=s.tokens,
            trained_tokens=s.trained_tokens,
            tokens_per_second=round(speed, 3),
            memory_bytes=devices.memory_bytes(self.device),
            seconds=round(s.seconds, 4),
        )
        if self.board:
            scalars = {"loss": taken.loss, "learning_rate": taken.lr, "gradient_norm": taken.norm}
            scalars["tokens_per_second"] = speed
            self.board.add(s.step, time.time(), scalars)

    # -- looking and keeping ----------------------------------------------------------------------------------------

    def _look(self) -> bool:
        """Loss on the held-out rows where it is due, a mean as in training, for each source and over all. False where a
        pause cuts it off; it comes again after the resume, so that the run ends as one that was not paused."""
        s, every = self.state, self.recipe.eval_every
        due = s.step == self.steps or (every and s.step % every == 0)
        if not due or s.step in (0, s.eval_step):
            return True
        try:
            found = self.evaluate()
        except Left:
            return False
        if found:
            self.judge(found)
            per_source = {name: value / weight for name, (value, weight) in found.items()}
            self.emitter.emit("eval", step=s.step, loss=s.eval_loss, per_source=per_source)
            if self.board:
                self.board.add(s.step, time.time(), {"eval_loss": s.eval_loss})
        self._sample()
        return True

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
        row = generation.Answering(prompt, SAMPLE_TOKENS, cancelled=lambda: self.inbox.wish == "pause")
        (answer,) = generation.answers(self.model, self.tokenizer, [row])
        if answer.finish != "cancelled":
            self.emitter.emit("sample", step=self.state.step, prompt=messages[-1]["content"], answer=answer.text)

    def _checkpoint(self) -> None:
        self.emitter.record.sync()
        self._written(wait=True)  # the one before
        weights, moments = self.flat.named(self.flat.vector), self.optimiser.state()
        made = self.writer.submit(self.store.save, replace(self.state), weights, moments, self.rng)
        self.saved_step = self.state.step
        self.writing = self.saved_step, made
        self._written(wait=not self.copies)

    def _written(self, wait: bool) -> None:
        """Tell of the checkpoint that was being written, where it is done or has to be."""
        if self.writing is None or not (wait or self.writing[1].done()):
            return
        (step, made), self.writing = self.writing, None
        path, digest = made.result()
        self.emitter.emit("checkpoint", step=step, path=path.relative_to(self.dir).as_posix(), digest=digest)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _finish(self, state: str) -> dict:
        """Write adapter/ and prove it: weights moved, files read back equal, answers differ from the base's."""
        self.emitter.phase("saving")
        self._written(wait=True)
        self.model.train(False)
        if self.recipe.keep == "best" and self.state.best_step not in (-1, self.state.step):
            self._take_best()
        weights = self.flat.named(self.flat.vector)
        digest = adapter.write(self.dir / "adapter", self.config, weights)

        config, reread = adapter.read(self.dir / "adapter")
        shapes = {n: t.shape for n, t in reread.items()}
        equal = config == self.config and shapes == {n: t.shape for n, t in weights.items()}
        equal = equal and files.sha256(self.dir / "adapter" / adapter.WEIGHTS) == tensors.digest(weights)
        moved = self.flat.digest() != self.initial
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
            receipt.build(self.state, self.base, self.device, self.threads.most, self.kernels, state, digest, proof),
        )
        if self.board:
            self.board.close()
        outcome.measure(self)
        return self._result(state) | {"adapter_dir": "adapter", "adapter_digest": digest} | proof

    def _take_best(self) -> None:
        """Set the adapter of the best checkpoint; one that is damaged is told, and the last adapter stays."""
        s = self.state
        try:
            best = self.store.load(s.best_step)
        except checkpoint.DAMAGED as e:
            self.emitter.warning(
                f"the checkpoint of step {s.best_step}, the best one, is damaged ({e}); the adapter of the last step,"
                f" {s.step}, is kept instead",
                "Check the disk, and train again where the best one matters.",
            )
        else:
            self._set_adapter(best.adapter)

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
