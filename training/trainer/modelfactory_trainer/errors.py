"""The errors that a person gets to see, and the translation of the system's into them."""

import errno


class JobError(Exception):
    """A job cannot go on: what happened, and what to do next, in plain words.

    kind is one of the kinds that training/protocol lists; refusals (kinds refused, data, base) end the process with
    exit code 3, everything else with 1.
    """

    def __init__(self, kind: str, message: str, advice: str = ""):
        super().__init__(message)
        self.kind, self.message, self.advice = kind, message, advice

    @property
    def exit_code(self) -> int:
        return 3 if self.kind in ("refused", "data", "base") else 1


def refused(message: str, advice: str = "") -> JobError:
    """A rule forbids the job."""
    return JobError("refused", message, advice)


_DISK = {
    errno.ENOSPC: ("disk full", "Free some disk space, then go on: what was saved before is kept."),
    errno.EDQUOT: ("disk quota reached", "Free some disk space, then go on: what was saved before is kept."),
    errno.EFBIG: ("file too large for this disk or limit", "Raise the limit or use another folder, then go on."),
    errno.EROFS: ("read-only file system", "Choose a folder that can be written."),
    errno.EACCES: ("not allowed to write or read", "Check who owns the folder and what is allowed in it."),
    errno.EPERM: ("not allowed to write or read", "Check who owns the folder and what is allowed in it."),
    errno.EIO: ("the disk reports a fault", "Check the disk; copy what matters to another one."),
}


def from_exception(e: BaseException) -> JobError | None:
    """Translate an exception of the system or of torch; None when it is a fault of the trainer itself."""
    if isinstance(e, JobError):
        return e
    if isinstance(e, KeyboardInterrupt):
        return JobError("failed", "the job was ended from outside", "Start it again.")
    if isinstance(e, OSError):
        what = f" ({e.filename})" if e.filename else ""
        if e.errno in _DISK:
            text, advice = _DISK[e.errno]
            return JobError("disk", f"{text}{what}", advice)
        if e.errno == errno.ENOMEM:
            return _memory()
        return JobError("failed", f"{e.strerror or e}{what}", "Check that the file exists and can be read.")
    text = str(e).lower()
    if isinstance(e, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return _memory()
    if "cuda error" in text or "hip error" in text or "no kernel image" in text:
        return JobError("device", str(e).splitlines()[0], "Update the graphics driver or use the processor.")
    return None


def _memory() -> JobError:
    return JobError(
        "memory", "out of memory", "Use fewer tokens at once, layers run twice, shorter rows or a smaller base."
    )
