"""Job measure: the time and the memory of a run that was not started, from a few of its steps with a throw-away
adapter.

Everything is loaded as the run loads it. The largest micro-batch that the run will have is computed twice as an
optimiser step: the first warms up, after the second the peak of the memory is read, the same figure that a run's steps
tell. A micro-batch of ordinary size says how fast the run goes, with each number of threads that it would try; held-out
rows and a few tokens of an answer say what a look at the model costs. Nothing is written but the tokens, which the run
finds.
"""

import json
import time

import numpy as np
import torch

from . import batch, generation, loss
from . import device as devices
from .errors import JobError, from_exception
from .learner import Learner, Left
from .tokenizer import TemplateError
from .train import SAMPLE_TOKENS

SCANNED = 1000  # steps, evenly over the run, among which the largest micro-batch is looked for
ANSWERED = 8  # tokens of an answer that are timed
HELD_OUT = 64  # rows among which a held-out micro-batch is looked for
MEASURES = 4  # that progress counts

Pairs = list[tuple[int, int]]  # (source, row)


class Measuring(Learner):
    """job: base_dir, base_digest, recipe, sources with absolute paths, tokens_dir. begun: time.monotonic() of the
    process's start."""

    def __init__(self, job: dict, emitter, inbox, device: torch.device, begun: float):
        super().__init__(job | {"run_dir": job["tokens_dir"]}, emitter, inbox, device)
        self._begun, self._tokenising = begun, 0.0

    def run(self) -> dict:
        """Returns the result event's `measure` part. Too little memory is an answer: fits is false, or token_budget is
        smaller than what was planned. State is "finished", "paused" or "stopped"; without the first nothing counts."""
        try:
            return self._result("finished", **self._measured())
        except Left:
            return self._result(self.left())
        except (JobError, torch.OutOfMemoryError, MemoryError, RuntimeError) as e:
            known = from_exception(e)
            if known is None or known.kind != "memory":
                raise
            return self._result("finished")

    def _measured(self) -> dict:
        self.prepare()
        loading = time.monotonic() - self._begun - self._tokenising
        self._next(0)
        largest = max(self._micro_batches(), key=self._tokens)
        for done in (1, 2):
            self._pace(largest)
            self._next(done)
        budget = self.state.token_budget
        ordinary = _ordinary(self._micro_batches(), self._tokens)
        paces: dict[int, float] = {}
        while (now := self.threads.now) not in paces:  # it may try another number after each step
            paces[now] = self._pace(ordinary)
        self._next(3)
        self.model.train(False)
        looking, answering = self._looking(), self._answering()
        self._next(MEASURES)
        return {
            "fits": True,
            "token_budget": budget,
            "memory_bytes": devices.memory_bytes(self.device),
            "load_seconds": loading,
            "token_seconds": min(paces.values()),
            "look_token_seconds": looking,
            "answer_seconds": answering,
        }

    def _result(self, state: str, **figures) -> dict:
        nothing = dict.fromkeys(("load_seconds", "token_seconds", "look_token_seconds", "answer_seconds"), 0.0)
        planned = getattr(self, "planned", None)
        return {
            "state": state,
            "fits": False,
            "memory_bytes": 0,
            "token_budget": 0,
            "planned_budget": planned.token_budget if planned else 0,
            "recompute": planned.recompute if planned else 0,
            "offload": planned.offload if planned else 0,
            "bytes": planned.parts if planned else {},
            "expected_bytes": planned.expected if planned else 0,
            "device": self.device.type,
            "device_name": devices.name(self.device),
            **nothing,
            **figures,
        }

    # -- as the run does it -------------------------------------------------------------------------------------------

    def _frozen(self, name: str) -> bytes:
        return json.dumps(self.job["recipe" if name == "recipe.json" else "sources"]).encode()

    def _load_data(self, listed) -> None:
        begun = time.monotonic()
        super()._load_data(listed)
        self._tokenising = time.monotonic() - begun

    def _next(self, done: int) -> None:
        """Tell how far it is. Raises Left on a wish."""
        self.emitter.phase("measuring", done, MEASURES, "measures")
        if self.inbox.wish is not None:
            raise Left

    # -- what is measured ---------------------------------------------------------------------------------------------

    def _micro_batches(self) -> list[Pairs]:
        """Micro-batches of the run: of SCANNED of its steps, and one of the longest row."""
        found = []
        for step in sorted(set(np.linspace(0, self.steps - 1, SCANNED).astype(int).tolist())):
            pairs = self.plan.rows(step)
            units = [self._unit(pair) for pair in pairs]
            found += [[pairs[i] for i in group] for group in loss.micro_batches(units, self.state.token_budget)]
        tables = [(s, source.train.lengths) for s, source in enumerate(self.data.sources)]
        _, s, lengths = max((int(lengths.max(initial=0)), s, lengths) for s, lengths in tables)
        return [*found, [(s, int(lengths.argmax()))]]

    def _unit(self, pair: tuple[int, int]) -> list[loss.Tokens]:
        return self.objective.unit(self.data.sources[pair[0]].train, pair[1])

    def _tokens(self, pairs: Pairs) -> int:
        """Tokens of a micro-batch that are computed."""
        return sum(batch.length(marks) for pair in pairs for _, marks in self._unit(pair))

    def _pace(self, pairs: Pairs) -> float:
        """Seconds a token of an optimiser step on these rows, as the run counts tokens."""
        self.state.step = 0  # the learning rate has no meaning here, and the run may have few steps
        taken = self.step(pairs)
        return taken.seconds / taken.tokens

    def _looking(self) -> float:
        """Seconds a token of held-out rows without a gradient; 0 where there are none."""
        table = max((s.held_out for s in self.data.sources), key=len)
        if not len(table):
            return 0.0
        units = [self.objective.unit(table, i) for i in range(min(HELD_OUT, len(table)))]
        chosen = max(loss.micro_batches(units, self.state.token_budget), key=lambda g: int(table.lengths[g].sum()))
        begun = time.monotonic()
        list(self.measured(table, chosen))
        return (time.monotonic() - begun) / int(table.lengths[chosen].sum())

    def _answering(self) -> float:
        """Seconds of the sample that a run shows with each look; 0 where there is no question."""
        messages = self.data.question()
        if messages is None:
            return 0.0
        try:
            prompt = self.tokenizer.prompt_ids(messages)
        except TemplateError:
            return 0.0
        row = generation.Answering(prompt, ANSWERED, cancelled=lambda: self.inbox.wish is not None)
        (answer,) = generation.answers(self.model, self.tokenizer, [row])
        return answer.seconds / max(1, answer.tokens) * SAMPLE_TOKENS


def _ordinary(found: list[Pairs], size) -> Pairs:
    """The micro-batch of which half of all tokens lie in smaller ones."""
    ordered = sorted(found, key=size)
    sums = np.cumsum([size(pairs) for pairs in ordered])
    return ordered[int(np.searchsorted(sums, sums[-1] / 2))]
