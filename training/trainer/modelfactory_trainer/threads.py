"""How many processor threads a step uses: all it may, or one while other programs need the processor.

Threads wait for one another inside each product by spinning for a moment. Alone on the machine two of them made steps
1.5 times faster; beside a program that keeps one of two processors busy they made them 2.4 times slower than one thread
does. So the speed of the steps decides, tried again from time to time.

That may only be where the number of threads changes no bit of a result. MKL promises it for matrix products in its
strict mode (`MKL_CBWR`, Intel oneMKL Developer Guide, "Conditional Numerical Reproducibility"), which
device.prepare_environment asks for; whether this machine keeps it is tried out.
"""

import torch

AGAIN = 32  # steps until the slower number is tried once more
SOON = 8  # the same when the steps have become slow
SLOW = 0.7  # of the speed before


class Threads:
    """most: how many there may be. Each step is told to `took`, which sets the number for the next."""

    def __init__(self, most: int, adapt: bool):
        self.most = most
        self._counts = (most, 1) if adapt and most > 1 else (most,)
        self._rates: dict[int, float] = {}  # tokens per second of the last step with so many threads
        self._tried = 0  # steps since both were compared
        self._doubted = False  # whether the larger number was given a second step before it was left
        self._warm = False
        self._use(most)

    def _use(self, count: int) -> None:
        self.now = count
        if torch.get_num_threads() != count:
            torch.set_num_threads(count)

    def took(self, tokens: int, seconds: float) -> None:
        """A step of so many tokens took so long."""
        if len(self._counts) == 1 or seconds <= 0:
            return
        if not self._warm:
            self._warm = True  # the first step is slow with any number
            return
        before, self._rates[self.now] = self._rates.get(self.now), tokens / seconds
        missing = next((n for n in self._counts if n not in self._rates), None)
        if missing is not None:
            self._use(missing)
            return
        if self._doubted and self.now == self.most:
            self._rates[self.most] = max(before, self._rates[self.most])
        best = max(self._counts, key=lambda n: self._rates[n])
        if best == self.most:
            self._doubted = False
        if self.now == best < self.most and not self._doubted:
            # A single step that something held up must not cost the many that follow.
            self._doubted = True
            self._use(self.most)
            return
        if self.now != best or self._tried == 0:
            self._tried = 1
            self._use(best)
            return
        self._tried += 1
        slow = before is not None and self._rates[self.now] < SLOW * before
        if self._tried > AGAIN or (slow and self._tried > SOON):
            self._tried, self._doubted = 0, self.now < self.most
            self._use(next(n for n in self._counts if n != best))


def same_bits(most: int) -> bool:
    """Whether float32 products of this machine are the same, bit for bit, with one thread and with `most`."""
    before = torch.get_num_threads()
    generator = torch.Generator().manual_seed(0)

    def products(threads: int) -> list[torch.Tensor]:
        torch.set_num_threads(threads)
        out = []
        for rows, weight, flat in given:
            y = rows @ weight.t()  # as forward, backward and the adapter's gradient
            out += [
                y,
                y @ weight,
                y.t() @ rows,
                torch.addmm(y, rows, weight.t()),
                torch.linalg.vector_norm(flat, dim=1),
            ]
        return out

    given = [
        tuple(torch.randn(shape, generator=generator) for shape in ((m, k), (n, k), (m, 65536 // 8)))
        for m, k, n in (
            (1, 576, 960),
            (7, 608, 576),
            (200, 624, 960),
            (333, 1552, 576),
            (1024, 592, 48),
            (64, 64, 4096),
        )
    ]
    try:
        return all(torch.equal(a, b) for a, b in zip(products(1), products(most), strict=True))
    finally:
        torch.set_num_threads(before)
