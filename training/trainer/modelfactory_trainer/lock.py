"""The lock of a run folder: while a process holds it, no other may train there."""

import os
from pathlib import Path

from .errors import JobError


class RunLock:
    """flock on RunDir/lock (a byte-range lock on Windows), with the holder's pid in the file.

    The system frees it when the process ends, however it ends.
    """

    def __init__(self, path: Path):
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._fd)
        except OSError as e:
            holder = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else ""
            os.close(self._fd)
            who = f" (process {holder})" if holder.isdigit() else ""
            raise JobError(
                "busy", f"another trainer works on this run{who}", "Wait until it has saved and left, then start again."
            ) from e
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())
        os.fsync(self._fd)

    def release(self) -> None:
        """Let others have it before the process ends."""
        os.close(self._fd)


if os.name == "nt":
    import msvcrt

    def _lock(fd: int) -> None:
        # A byte far behind the pid, so that others can still read the pid.
        os.lseek(fd, 1 << 20, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        os.lseek(fd, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
