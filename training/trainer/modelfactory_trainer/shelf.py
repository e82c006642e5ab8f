"""Token folders that checks and runs share: what one of them tokenised, the next one reads.

An entry is named after the digest of all that decides its tokens. It holds `tokens`, the folder that table.py
describes, and `lock`, which the process holds that makes or opens them. Entries that nobody used for AGE seconds are
deleted, and beyond MOST bytes those that were not used for the longest time.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from . import canonical
from .errors import JobError
from .lock import RunLock

MOST = 4 << 30
AGE = 30 * 86_400.0
WAIT = 0.2  # seconds between two looks at an entry that another process makes


@contextlib.contextmanager
def entry(shelf: Path, key: dict, waiting: Callable[[], None]) -> Iterator[Path]:
    """The path of a key's token folder, held alone. waiting() is called while another process holds it, and may raise
    to end the wait."""
    mine = shelf / canonical.digest(key)
    mine.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            lock = RunLock(mine / "lock")
            break
        except JobError:
            waiting()
            time.sleep(WAIT)
    try:
        os.utime(mine)
        yield mine / "tokens"
    finally:
        lock.release()
    with contextlib.suppress(OSError):  # another process makes or removes what is counted: the next one tidies
        _tidy(shelf, mine)


def _tidy(shelf: Path, mine: Path) -> None:
    now, room = time.time(), MOST - _size(mine)
    for used, path in sorted(((p.stat().st_mtime, p) for p in shelf.iterdir() if p != mine), reverse=True):
        room -= _size(path)
        if room < 0 or now - used > AGE:
            shutil.rmtree(path, ignore_errors=True)  # who has it mapped keeps what it mapped


def _size(path: Path) -> int:
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
