"""Start of the process: one request line in, events out, an exit code that says how it went.

0 done, 1 an error event was sent, 3 refused (an error event was sent), 70 a fault of the trainer itself.
"""

import _thread
import contextlib
import importlib
import json
import os
import signal
import sys
import time
import traceback

from . import receipt
from .errors import JobError, from_exception
from .protocol import VERSION, Emitter, Inbox, Record, claim_stdout

BEGUN = time.monotonic()
# Of each job: its module, loaded when it is asked for; the result's field, "" for none; what calls the module.
JOBS = {
    "probe": ("probe", "probe", lambda m, job, emitter, inbox, device: m.run(job, device)),
    "download": ("download", "base", lambda m, job, emitter, inbox, device: m.run(job, emitter, inbox)),
    "import_base": ("import_base", "base", lambda m, job, emitter, inbox, device: m.run(job, emitter)),
    "check": ("check", "check", lambda m, job, emitter, inbox, device: m.run(job, emitter)),
    "train": ("train", "train", lambda m, *given: m.Trainer(*given).run()),
    "generate": ("generate", "", lambda m, *given: m.run(*given)),
    "export": ("export.job", "export", lambda m, job, emitter, inbox, device: m.run(job, emitter)),
    "coalition": ("coalition", "coalition", lambda m, *given: m.Coalitions(*given).run()),
    "score": ("score", "score", lambda m, *given: m.run(*given)),
    "measure": ("measure", "measure", lambda m, *given: m.Measuring(*given, BEGUN).run()),
}
MAX_REQUEST = 16 << 20
INTERNAL = 70


def main() -> int:
    emitter = Emitter(claim_stdout())
    stdin = sys.stdin.buffer
    inbox = Inbox(stdin)
    # A signal is the same wish as a closed input: save and leave. An interrupt from a terminal is the parent's.
    signal.signal(signal.SIGTERM, lambda *_: inbox.put("pause"))
    with contextlib.suppress(AttributeError, ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        name, job = read_request(stdin.readline(MAX_REQUEST))
        run(name, job, emitter, inbox)
        return 0
    except BaseException as e:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends already, and the error is to be told whole
        known = from_exception(e)
        if e is not known:
            with contextlib.suppress(OSError):  # nobody may hear it
                traceback.print_exc()
        if known is None:
            known = JobError("internal", f"the trainer failed: {type(e).__name__}: {e}", "Copy the log and report it.")
        with contextlib.suppress(OSError):
            emitter.emit("error", kind=known.kind, message=known.message, advice=known.advice)
        return INTERNAL if known.kind == "internal" else known.exit_code


def _leave(*_) -> None:
    raise KeyboardInterrupt


def _interrupt() -> None:
    """End the main thread's work, again and again: a library may swallow an exception that comes while it is loaded."""
    while True:
        _thread.interrupt_main(signal.SIGTERM)
        time.sleep(5)


def read_request(line: bytes) -> tuple[str, dict]:
    """(name, fields) of the job that is asked for."""
    try:
        request = json.loads(line)
        if request["v"] != VERSION:
            raise JobError("failed", f"the request speaks version {request['v']}, this trainer {VERSION}", "Repair it.")
        name = request["job"]
        if name not in JOBS:
            raise JobError("failed", f"there is no job {name!r}", "")
        return name, dict(request[name])
    except (ValueError, KeyError, TypeError) as e:
        raise JobError("failed", "the request cannot be read", "The studio and its trainer differ: repair it.") from e


def run(name: str, job: dict, emitter: Emitter, inbox: Inbox) -> None:
    """Do the job and send its result."""
    lock = None
    if name in ("train", "coalition"):
        from pathlib import Path

        from .lock import RunLock

        # Before anything is touched: two trainers on one run would spoil its record.
        lock = RunLock(Path(job["run_dir"]) / "lock")
    if name == "train":
        emitter.record = Record(Path(job["run_dir"]) / "events.jsonl")
    if name in ("probe", "import_base", "check", "export"):
        # Of these nothing is worth keeping when nobody waits: they end where they are and remove what they began.
        signal.signal(signal.SIGTERM, _leave)
        inbox.at_end = _interrupt
    inbox.start()
    emitter.start_heartbeat()

    from . import device as devices

    training = name in ("train", "coalition", "measure")
    threads = devices.prepare_environment(int(job.get("threads") or 0), training=training)
    about = receipt.versions() | {"job": name, "threads": threads, "pid": os.getpid()}
    if name in ("check", "download", "import_base", "export"):
        device = None
        emitter.emit("hello", **about, device="cpu", device_name="")
    else:
        emitter.phase("preparing")
        device = devices.open_device(job.get("device") or "auto", threads)
        emitter.emit("hello", **about, device=device.type, device_name=devices.name(device))

    module, field, call = JOBS[name]
    done = call(importlib.import_module(f".{module}", __package__), job, emitter, inbox, device)
    emitter.emit("result", job=name, **({field: done} if field else {}))
    if name == "train":
        emitter.record.sync()
    del lock


if __name__ == "__main__":
    code = main()
    # Threads of libraries and the reader of standard input must not hold the process.
    sys.stderr.flush()
    os._exit(code)
