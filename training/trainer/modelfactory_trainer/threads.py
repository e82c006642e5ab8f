"""How many processor threads a step uses: all it may, or one while other programs need the processor.

Threads wait for one another inside each product. Beside a program that keeps one of two processors busy, two of them
take longer than one alone. A thread that another program holds up lets the others spin for a moment and then sleep, so
the processor time of a step tells: 0.98 of what two threads could use where nothing else runs, 0.54 beside a busy
program, 0.66 beside a busy one of the lowest priority, beside which two are still the faster number. Only when a step
had little of it is the other number tried, because a trial costs as much as the steps it may save.

That may only be where the number of threads changes no bit of a result. MKL promises it for matrix products in its
strict mode (`MKL_CBWR`, Intel oneMKL Developer Guide, "Conditional Numerical Reproducibility"), which
device.prepare_environment asks for; whether this machine keeps it is tried out.
"""

import torch

CROWDED = 0.7  # of the processor time that the threads could use
AGAIN = 32  # steps until the other number is tried once more


class Threads:
    """most: how many there may be. Each step is told to `took`, which sets the number for the next."""

    def __init__(self, most: int, adapt: bool):
        self.most = self.now = most
        self._adapt = adapt and most > 1
        self._warm = False
        self._rate = 0.0  # tokens per second of the last step with all of them
        self._against = 0  # steps in a row that spoke against the present number
        self._left = 0  # steps until the other number may be tried
        self._use(most, 0)

    def _use(self, count: int, steps: int) -> None:
        """Have so many threads, for so many steps at least."""
        self.now, self._left, self._against = count, steps, 0
        if torch.get_num_threads() != count:
            torch.set_num_threads(count)

    def took(self, tokens: int, seconds: float, processor: float) -> None:
        """A step of so many tokens took so long and used so many seconds of processor time."""
        if not self._adapt or seconds <= 0:
            return
        if not self._warm:
            self._warm = True  # the first step is slow with any number
            return
        rate, self._left = tokens / seconds, self._left - 1
        few = self.now < self.most
        against = rate < self._rate if few else processor < CROWDED * self.now * seconds
        # A single step that was held up must not cost the many that follow.
        self._against = self._against + 1 if against else 0
        if few and self._against > 1:
            self._use(self.most, AGAIN)
        elif few and self._left <= 0:
            self._use(self.most, 0)
        elif not few:
            self._rate = rate
            if self._against > 1 and self._left <= 0:
                self._use(1, AGAIN)


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
