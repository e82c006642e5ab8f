"""Which rows a pass draws, in which order: pure functions of (seed, pass, index), the same on every machine.

Nothing of it is stored in a checkpoint: the position in the data is the number of the step.
"""

import hashlib
from dataclasses import dataclass


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


def shuffle(n: int, *label) -> list[int]:
    """A permutation of range(n) that depends on the label alone: indices sorted by SHA-256 of label and index."""
    prefix = "/".join(str(part) for part in label).encode()
    return sorted(range(n), key=lambda i: hashlib.sha256(b"%s/%d" % (prefix, i)).digest())


def drawn(share: Share, count: int, pass_: int, seed: int) -> list[int]:
    """Row indices that a source gives to a pass, each row once before any comes again, over all passes."""
    out = []
    at = pass_ * count
    while len(out) < count:
        cycle, start = divmod(at, share.rows)
        take = min(count - len(out), share.rows - start)
        out += shuffle(share.rows, seed, "source", share.name, cycle)[start : start + take]
        at += take
    return out


@dataclass(frozen=True)
class Plan:
    """Micro-batches of a run. lengths[s][i] is the token count of training row i of source s."""

    shares: list[Share]
    lengths: list[list[int]]
    batch_size: int
    accumulation: int
    seed: int

    @property
    def rows_per_pass(self) -> int:
        return sum(draws(self.shares))

    @property
    def steps_per_pass(self) -> int:
        batches = -(-self.rows_per_pass // self.batch_size)
        return -(-batches // self.accumulation)

    def batches(self, pass_: int) -> list[list[tuple[int, int]]]:
        """The pass as micro-batches of (source, row).

        Rows are shuffled, then sorted by length within windows of 4 micro-batches: little is padded, and rows that are
        alike do not all meet in one step. The micro-batches are then shuffled, so that length tells nothing about time.
        """
        rows = [
            (s, row)
            for s, (share, n) in enumerate(zip(self.shares, draws(self.shares), strict=True))
            if n
            for row in drawn(share, n, pass_, self.seed)
        ]
        rows = [rows[i] for i in shuffle(len(rows), self.seed, "rows", pass_)]
        window = 4 * self.batch_size
        ordered = []
        for start in range(0, len(rows), window):
            ordered += sorted(rows[start : start + window], key=lambda r: self.lengths[r[0]][r[1]])
        batches = [ordered[i : i + self.batch_size] for i in range(0, len(ordered), self.batch_size)]
        return [batches[i] for i in shuffle(len(batches), self.seed, "batches", pass_)]

    def step(self, index: int) -> list[list[tuple[int, int]]]:
        """Micro-batches of optimiser step `index`, counted from 0 over all passes."""
        pass_, at = divmod(index, self.steps_per_pass)
        start = at * self.accumulation
        return self._pass(pass_)[start : start + self.accumulation]

    def _pass(self, pass_: int) -> list[list[tuple[int, int]]]:
        cached = self.__dict__.get("_cached")
        if cached is None or cached[0] != pass_:
            cached = (pass_, self.batches(pass_))
            object.__setattr__(self, "_cached", cached)
        return cached[1]
