"""What layers keep for their backward pass, in the host's memory in between.

While the next such layer is computed, the bytes of the one before go out on a side stream into pinned memory; in the
backward pass they come in again while the layer behind is at work. So two layers at most are on the device, and what
comes back are the same bytes in the same places of a storage: no result changes. On a processor the copies are made at
once, from host to host, which proves the rest.
"""

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks


def placed(layers: int, recompute: int, offload: int) -> list[tuple[bool, bool]]:
    """For each layer (runs twice, goes to the host). Those that go stand evenly apart from the first on, so that the
    link has the time of all layers for them; of the others the first run twice, and of those that go only then."""
    goes = [i * offload % layers < offload for i in range(layers)]
    twice = set(sorted(range(layers), key=goes.__getitem__)[:recompute])
    return [(i in twice, goes[i]) for i in range(layers)]


class Kept:
    """The storages that one layer keeps, as bytes; device is empty while the host alone has them. before: the layer
    that went before. done: stands behind the last copy."""

    def __init__(self, before: "Kept | None"):
        self.before = before
        self.device: list[Tensor] = []
        self.host: list[Tensor] = []
        self.done: torch.cuda.Event | None = None


class Offload:
    """One forward pass and its backward pass. stays: what saves of this tensor's storage is never moved."""

    def __init__(self, device: torch.device, stays: Tensor):
        self._device, self._stays = device, stays.untyped_storage().data_ptr()
        self._side = _side(device) if device.type == "cuda" else None
        self._here: list[Kept] = []  # those on the device
        self._at: Kept | None = None  # the one in whose backward pass we are

    @contextmanager
    def layer(self) -> Iterator[None]:
        """Context of a layer's forward pass; behind it what the layer keeps is on its way out."""
        kept, places = Kept(self._here[-1] if self._here else None), {}
        with saved_tensors_hooks(partial(self._put, kept, places), partial(self._take, kept)):
            yield
        for earlier in self._here:
            self._release(earlier)
        self._here = [kept]
        with self._beside(kept):
            for whole in kept.device:
                kept.host.append(torch.empty(whole.shape, dtype=torch.uint8, pin_memory=self._side is not None))
                kept.host[-1].copy_(whole, non_blocking=True)

    def _put(self, kept: Kept, places: dict[int, int], x: Tensor):
        storage = x.untyped_storage()
        at = storage.data_ptr()
        if x.device.type != self._device.type or at in (0, self._stays):
            return x
        if at not in places:
            places[at] = len(kept.device)
            kept.device.append(torch.empty(0, dtype=torch.uint8, device=x.device).set_(storage))
        return places[at], x.dtype, x.storage_offset(), x.shape, x.stride()

    def _take(self, kept: Kept, put) -> Tensor:
        if isinstance(put, Tensor):
            return put
        if self._at is not kept:
            self._arrive(kept)
        place, dtype, *where = put
        return torch.empty(0, dtype=dtype, device=self._device).set_(kept.device[place].untyped_storage(), *where)

    def _arrive(self, kept: Kept) -> None:
        """The backward pass comes to a layer: let go of the one behind it and send for the one before it."""
        for other in self._here:
            if other is not kept:
                self._release(other)
        if not kept.device:
            self._fetch(kept)
        self._wait(kept)
        self._at, self._here = kept, [kept]
        if kept.before is not None:
            self._here.append(kept.before)
            self._fetch(kept.before)

    def _fetch(self, kept: Kept) -> None:
        kept.device = [torch.empty(whole.shape, dtype=torch.uint8, device=self._device) for whole in kept.host]
        with self._beside(kept):
            for here, there in zip(kept.device, kept.host, strict=True):
                here.copy_(there, non_blocking=True)

    @contextmanager
    def _beside(self, kept: Kept) -> Iterator[None]:
        """Context of copies on the side stream, behind everything that was asked of the device before."""
        if self._side is None:
            yield
            return
        self._side.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._side):
            yield
        kept.done = self._side.record_event()

    def _wait(self, kept: Kept) -> None:
        """Have the device's work wait for the copies of a layer."""
        if kept.done is not None:
            torch.cuda.current_stream(self._device).wait_event(kept.done)

    def _release(self, kept: Kept) -> None:
        self._wait(kept)
        kept.device = []

    def __del__(self):
        # An error can end a pass while copies are under way into memory that is let go with it.
        for kept in self._here:
            self._wait(kept)


@functools.cache
def _side(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)


def balance(device: torch.device, dtype: torch.dtype) -> float:
    """Operations that a CUDA device does in matrix products while its link takes one byte to pinned memory; measured,
    about a tenth of a second and 170 MB."""
    x = torch.ones(4096, 4096, dtype=dtype, device=device)
    there = torch.empty(64 << 20, dtype=torch.uint8, pin_memory=True)
    here = torch.empty(64 << 20, dtype=torch.uint8, device=device)

    def seconds(work) -> float:
        taken = []
        for _ in range(4):  # the first warms up
            torch.cuda.synchronize(device)
            begun = time.perf_counter()
            work()
            torch.cuda.synchronize(device)
            taken.append(time.perf_counter() - begun)
        return min(taken[1:])

    rate = 2 * 4096**3 / seconds(lambda: x @ x)
    return rate * seconds(lambda: there.copy_(here, non_blocking=True)) / len(there)
