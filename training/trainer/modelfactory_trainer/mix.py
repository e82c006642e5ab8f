"""Which rows a pass draws, in which order: pure functions of (seed, pass, index), the same on every machine.

Nothing of it is stored in a checkpoint: the position in the data is the number of the step.
"""

import hashlib
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Share:
    """A source's part of the mix. rows are training rows only; weight in millionths, only ratios count."""

    name: str
    rows: int
    weight: int


def draws(shares: list[Share]) -> list[int]:
    """Rows drawn from each source in a pass: every row of the heaviest source once, the others in proportion.

    Of equally heavy sources the largest counts. A source with rows gives at least one.
    """
    live = [s for s in shares if s.rows > 0]
    if not live:
        return [0] * len(shares)
    heaviest = max(live, key=lambda s: (s.weight, s.rows))
    out = []
    for s in shares:
        # Round half up in whole numbers: no float decides what is trained.
        n = (2 * heaviest.rows * s.weight + heaviest.weight) // (2 * heaviest.weight)
        out.append(max(1, n) if s.rows > 0 else 0)
    return out


def numbers(start: int, count: int, *label) -> np.ndarray:
    """Numbers `start` to `start + count - 1` of the endless random stream that belongs to the label, uint64.

    The stream is Philox4x64-10 (Salmon et al., SC 2011) with the first 16 bytes of the label's SHA-256 as its key,
    counted from 1. Only the raw stream of the bit generator is used: numpy promises that one for good, while the
    methods of its Generator may change between versions. A test compares it with the algorithm's published answers.
    """
    name = "/".join(str(part) for part in label).encode()
    key = int.from_bytes(hashlib.sha256(name).digest()[:16], "little")
    block, skip = divmod(start, 4)  # the generator makes four numbers of each count
    return np.random.Philox(key=key, counter=block).random_raw(skip + count)[skip:]


def shuffle(n: int, *label) -> np.ndarray:
    """A permutation of range(n) that depends on the label alone: indices sorted by their random numbers."""
    return np.argsort(numbers(0, n, *label), kind="stable")


def drawn(share: Share, count: int, pass_: int, seed: int) -> np.ndarray:
    """Row indices that a source gives to a pass, each row once before any comes again, over all passes."""
    first, start = divmod(pass_ * count, share.rows)
    cycles = -(-(start + count) // share.rows)
    keys = numbers(first * share.rows, cycles * share.rows, seed, "source", share.name)
    order = np.argsort(keys.reshape(cycles, share.rows), axis=1, kind="stable")
    return order.reshape(-1)[start : start + count]


@dataclass
class Plan:
    """The rows of each optimiser step of a run."""

    shares: list[Share]
    batch_size: int
    accumulation: int
    seed: int
    _cached: tuple[int, np.ndarray] | None = field(default=None, init=False, repr=False)

    @property
    def rows_per_pass(self) -> int:
        return sum(draws(self.shares))

    @property
    def rows_per_step(self) -> int:
        return self.batch_size * self.accumulation

    @property
    def steps_per_pass(self) -> int:
        return -(-self.rows_per_pass // self.rows_per_step)

    def in_pass(self, pass_: int) -> np.ndarray:
        """The pass's (source, row) pairs in the order of training, (rows_per_pass, 2) int64."""
        if self._cached is None or self._cached[0] != pass_:
            parts = [np.zeros((0, 2), np.int64)]
            for s, (share, n) in enumerate(zip(self.shares, draws(self.shares), strict=True)):
                if n:
                    rows = drawn(share, n, pass_, self.seed)
                    parts.append(np.stack([np.full(n, s, np.int64), rows], axis=1))
            pairs = np.concatenate(parts)
            self._cached = (pass_, pairs[shuffle(len(pairs), self.seed, "rows", pass_)])
        return self._cached[1]

    def rows(self, index: int) -> list[tuple[int, int]]:
        """(source, row) of each row of optimiser step `index`, counted from 0 over all passes.

        A pass's last step holds what is left and may be smaller.
        """
        pass_, at = divmod(index, self.steps_per_pass)
        start = at * self.rows_per_step
        return [(s, i) for s, i in self.in_pass(pass_)[start : start + self.rows_per_step].tolist()]
