"""The process's side of training/protocol: events out, controls in, heartbeat, and the run's record.

Events go to a duplicate of file descriptor 1, taken before anything else runs; descriptor 1 itself then points at
standard error, so that a stray print of a library cannot break a line.
"""

import contextlib
import json
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

VERSION = 1
HEARTBEAT_SECONDS = 2.0

# Events that are the run's record; phases, heartbeats and tokens pass.
RECORDED = frozenset({"plan", "step", "eval", "checkpoint", "sample", "warning", "result", "error"})


def claim_stdout() -> int:
    """Duplicate descriptor 1 for the protocol and point 1 at standard error. Returns the duplicate."""
    sys.stdout.flush()
    fd = os.dup(1)
    os.dup2(2, 1)
    os.set_inheritable(fd, False)
    return fd


def finite(value):
    """Replace floats that JSON cannot carry by their names: "NaN", "Infinity", "-Infinity"."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    return value


class Record:
    """events.jsonl of a run: appended a whole line at a time."""

    def __init__(self, path: Path):
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._cut_torn_line()

    def _cut_torn_line(self) -> None:
        """Drop a last line that a crash cut short, so that the next one starts on its own."""
        size = os.fstat(self._fd).st_size
        end = size
        while end > 0:
            start = max(0, end - 65536)
            block = os.pread(self._fd, end - start, start)
            cut = block.rfind(b"\n")
            if cut >= 0:
                end = start + cut + 1
                break
            end = start
        if end != size:
            os.ftruncate(self._fd, end)

    def append(self, line: bytes) -> None:
        start = os.fstat(self._fd).st_size
        try:
            done = 0
            while done < len(line):
                done += os.write(self._fd, line[done:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, start)  # no half line stays behind on a full disk
            raise

    def sync(self) -> None:
        os.fsync(self._fd)


class Emitter:
    """Writes events. Safe from several threads; a parent that is gone does not stop the job."""

    def __init__(self, fd: int):
        self._fd = fd
        self._lock = threading.Lock()
        self._seq = 0
        self._last = time.monotonic()
        self.broken = threading.Event()
        self.record: Record | None = None

    def emit(self, event: str, /, **fields) -> None:
        with self._lock:
            self._seq += 1
            head = {"v": VERSION, "seq": self._seq, "t": time.time_ns() // 1_000_000, "event": event}
            line = json.dumps(finite(head | fields), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            data = line.encode("utf-8", "replace") + b"\n"
            try:
                # The record first: what a reader was told is on disk or will be.
                if self.record is not None and event in RECORDED:
                    self.record.append(data)
            finally:
                self._send(data)

    def _send(self, data: bytes) -> None:
        self._last = time.monotonic()
        if self.broken.is_set():
            return
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            self.broken.set()

    def phase(self, phase: str, done: int = 0, total: int = 0, unit: str = "") -> None:
        self.emit("phase", phase=phase, done=done, total=total, unit=unit)

    def warning(self, message: str, advice: str = "") -> None:
        self.emit("warning", message=message, advice=advice)

    def start_heartbeat(self) -> None:
        def beat():
            while not self.broken.is_set():
                time.sleep(HEARTBEAT_SECONDS / 4)
                if time.monotonic() - self._last >= HEARTBEAT_SECONDS:
                    self.emit("heartbeat")

        threading.Thread(target=beat, name="heartbeat", daemon=True).start()


class Inbox:
    """Control lines from standard input, read on a thread of their own.

    For a training job only the strongest wish counts (`wish`); for a chat every line counts (`asks`). End of input and
    SIGTERM are the wish to pause. at_end is called at the end of input, on the reading thread.
    """

    def __init__(self, stream=None):
        self._stream = stream
        self._lines: queue.Queue[dict | None] = queue.Queue()
        self._wish: str | None = None
        self._checkpoint = threading.Event()
        self._cancelled: set[str] = set()
        self.closed = threading.Event()
        self.at_end: Callable[[], None] = lambda: None

    def start(self) -> None:
        threading.Thread(target=self._read, name="controls", daemon=True).start()

    def _read(self) -> None:
        for raw in iter(self._stream.readline, b""):
            try:
                control = json.loads(raw)
                word = control["control"]
            except (ValueError, KeyError, TypeError):
                print(f"ignored a control line of {len(raw)} bytes that cannot be read", file=sys.stderr)
                continue
            self.put(word, control)
        self.close()

    def put(self, word: str, control: dict | None = None) -> None:
        if word in ("pause", "stop"):
            # A stop asks for more than a pause, so a pause does not undo it.
            if self._wish != "stop":
                self._wish = word
        elif word == "checkpoint":
            self._checkpoint.set()
        elif word == "cancel":
            self._cancelled.add(str((control or {}).get("id", "")))
        elif word == "ask":
            self._lines.put(control)
        else:
            print(f"ignored an unknown control {word!r}", file=sys.stderr)

    def close(self) -> None:
        """Input ended: save and leave."""
        self.put("pause")
        self.closed.set()
        self._lines.put(None)
        self.at_end()

    @property
    def wish(self) -> str | None:
        """None, "pause" or "stop"."""
        return self._wish

    def take_checkpoint(self) -> bool:
        """True once for each asked checkpoint."""
        if self._checkpoint.is_set():
            self._checkpoint.clear()
            return True
        return False

    def asks(self, wait: bool) -> list[dict]:
        """The questions that have come, the oldest first. With `wait` at least one, unless the input ends."""
        out: list[dict] = []
        while True:
            try:
                control = self._lines.get(block=wait and not out)
            except queue.Empty:
                return out
            if control is None:
                return out
            out.append(control)

    def cancelled(self, ask_id: str) -> bool:
        return self.closed.is_set() or ask_id in self._cancelled
