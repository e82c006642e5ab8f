"""Job coalition: the adapters that a run would have made had only some of its contributors given rows.

A coalition is a set of contributors. Its training is the run's own (recipe, order, seed) with all other rows absent: a
step has those of its rows that belong to the coalition and its loss is the mean over them; a step without any is not
taken, and the learning rate goes by the step's index all the same. AdamW counts the steps that are taken. Held-out
rows of others are absent too, where the recipe looks at them to keep the best or to stop early. Nothing is spent on
absent rows: adapters for each contributor alone cost about one run in all.

Base and tokens are read once. Every coalition starts from the state of the random generators that the run starts from
after its seed, and from the run's first adapter; so each can be repeated alone, byte for byte on the same kind of
device with the same token_budget, and the coalition of all is the run itself. A row's dropout mask is not the same in
two coalitions: masks are drawn for what is computed.

An adapter lies in coalitions/<key>/ of the run folder, key being the digest of the sorted list of contributors. Its
receipt.json is written last; a folder that has one that fits is kept and not made again.
"""

import dataclasses
import json
import math

import numpy as np

from . import adapter, canonical, checkpoint, files, model, receipt, rng
from .errors import refused
from .learner import Learner, Left
from .optimiser import Optimiser

SCHEMA = "modelfactory/coalition/1"


class _Again(Exception):
    """Memory ran out: the coalition starts anew with fewer tokens at once, so that one budget made all of it."""


def key(contributors: list[str]) -> str:
    """Name of a coalition: SHA-256 of the canonical sorted list of its contributors."""
    return canonical.digest(sorted(set(contributors)))


class Coalitions(Learner):
    """The coalitions of one run, one after another in one process."""

    def run(self) -> dict:
        """Returns the result event's `coalition` part."""
        asked = list({key(c): sorted(set(c)) for c in self.job["coalitions"]}.values())
        if not asked or not all(asked):
            raise refused("a coalition without a contributor was asked for", "Name at least one in each.")
        try:
            self.prepare()
        except Left:
            return {"state": self.left(), "coalitions": []}
        self._like_the_run()
        wanted = [(names, self._numbers(names)) for names in asked]
        self.store = self.dir / "coalitions"
        files.sweep(self.store)
        self._start = self.flat.vector.to("cpu", copy=True)
        self._start_rng, self._blank = self.rng, dataclasses.replace(self.state)

        of_step = self._contributors_of_steps()
        kept = [self._kept(names) for names in asked]
        self._at, self._steps = (
            0,
            sum(
                sum(not numbers.isdisjoint(c) for c in of_step)
                for (_, numbers), k in zip(wanted, kept, strict=True)
                if k is None
            ),
        )
        made, state = [], "finished"
        for (names, numbers), done in zip(wanted, kept, strict=True):
            try:
                made.append(done or self._make(names, numbers))
            except Left:
                state = self.left()
                break
            self.emitter.emit("coalition", **made[-1])
        if state == "finished":
            self.drop_tokens()
        return {"state": state, "coalitions": made}

    # -- before -------------------------------------------------------------------------------------------------------

    def _like_the_run(self) -> None:
        """Compute as the run was computed: the order of sums decides the last bits."""
        if (self.dir / "receipt.json").exists():
            ran_on = json.loads((self.dir / "receipt.json").read_bytes())["device"]
            if ran_on != self.device.type:
                self.emitter.warning(
                    f"the run was trained on {ran_on}, its coalitions are trained on {self.device.type}",
                    "Their adapters are comparable with one another; with the run's own only up to rounding.",
                )
        if self.job.get("token_budget"):
            self.state.token_budget = int(self.job["token_budget"])
            return
        store = checkpoint.Store(self.dir / "checkpoints")
        for step in store.steps():
            try:
                self.state.token_budget = store.load(step).state.token_budget
                break
            except checkpoint.DAMAGED:
                continue

    def _numbers(self, names: list[str]) -> frozenset[int]:
        """The places of contributors in the store's list."""
        listed = self.data.sources[0].train.store.contributors
        unknown = [n for n in names if n not in listed]
        if unknown:
            raise refused(f"the run has no usable row of {unknown[0]}", "Name contributors as rows.jsonl does.")
        return frozenset(listed.index(n) for n in names)

    def _contributors_of_steps(self) -> list[frozenset[int]]:
        of_row = [s.train.column("contributor") for s in self.data.sources]
        return [frozenset(int(of_row[s][i]) for s, i in self.plan.rows(step)) for step in range(self.steps)]

    # -- one coalition ------------------------------------------------------------------------------------------------

    def _make(self, names: list[str], numbers: frozenset[int]) -> dict:
        """Train and keep a coalition's adapter. Returns what is told of it."""
        while True:
            try:
                steps = self._train(numbers)
                break
            except _Again:
                continue
        folder = self.store / key(names)
        digest = adapter.write(folder, self.config, self.flat.named(self.flat.vector))
        about = receipt.facts(self.state, self.base, self.device, self.threads.most, self.kernels) | {
            "schema": SCHEMA,
            "key": folder.name,
            "contributors": names,
            "rows": int(sum(mine.sum() for mine in self._present(numbers, "train"))),
            "steps": steps,
            "token_budget": self.state.token_budget,
            "precision": self._precision,
            "adapter_digest": digest,
        }
        files.write(folder / "receipt.json", canonical.dumps(about))
        return _told(about)

    def _train(self, numbers: frozenset[int]) -> int:
        """Leave a coalition's adapter in the flat vector. Returns the optimiser steps that were taken."""
        self.flat.vector.copy_(self._start)
        self.model.refresh()
        rng.set_state(self._start_rng)
        self.optimiser = Optimiser(self.flat, self.recipe)
        self.state = dataclasses.replace(self._blank, token_budget=self.state.token_budget)
        present = self._present(numbers, "train")
        held_out = [np.flatnonzero(mine).tolist() for mine in self._present(numbers, "held_out")]
        r, s, taken, best, first = self.recipe, self.state, 0, None, self._at
        while not self.done:
            if self.inbox.wish is not None:
                raise Left
            mine = [(k, i) for k, i in self.plan.rows(s.step) if present[k][i]]
            if mine:
                try:
                    self.step(mine)
                except _Again:
                    self._at = first
                    raise
                taken += 1
                self._at += 1
                self.emitter.phase("training", self._at, self._steps, "steps")
            else:
                s.step += 1
            if (r.keep == "best" or r.early_stop) and (
                s.step == self.steps or (r.eval_every and s.step % r.eval_every == 0)
            ):
                found = self.evaluate(held_out)
                if found and self.judge(found) and r.keep == "best":
                    best = self.flat.vector.clone()
        if best is not None:
            self.flat.vector.copy_(best)
        return taken

    def _smaller(self, cause: BaseException, longest: int) -> None:
        super()._smaller(cause, longest)
        raise _Again

    def _present(self, numbers: frozenset[int], side: str) -> list[np.ndarray]:
        """Per source, which rows of a side belong to the contributors, bool."""
        return [np.isin(getattr(s, side).column("contributor"), list(numbers)) for s in self.data.sources]

    @property
    def _precision(self) -> str:
        return model.precision_of(model.dtype_of(self.recipe.precision, self.device))

    def _kept(self, names: list[str]) -> dict | None:
        """What is told of a coalition that was made before, when its adapter is whole and made from the same."""
        folder = self.store / key(names)
        try:
            about = json.loads((folder / "receipt.json").read_bytes())
            same = {
                "schema": SCHEMA,
                "contributors": names,
                "trainer": self.state.trainer,
                "recipe_digest": self.state.recipe_digest,
                "data_digest": self.state.data_digest,
                "device": self.device.type,
                "precision": self._precision,
                "kernels": self.kernels,
                "token_budget": self.state.token_budget,
                "adapter_digest": adapter.digest(folder),
            }
            if about["base"]["digest"] != self.base.digest or any(about[k] != v for k, v in same.items()):
                return None
            return _told(about)
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _told(about: dict) -> dict:
    """An event's view of a receipt."""
    same = ("key", "contributors", "rows", "steps", "tokens", "trained_tokens", "seconds", "token_budget")
    losses = {k: math.nan if about[k] is None else about[k] for k in ("first_loss", "last_loss")}
    where = {"adapter_dir": f"coalitions/{about['key']}", "adapter_digest": about["adapter_digest"]}
    return {k: about[k] for k in same} | losses | where
