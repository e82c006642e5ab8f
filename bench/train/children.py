"""The engines' processes: what they say, how much memory and processor they use, what is kept of it."""

import json
import os
import queue
import re
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path


class ChildFailed(SystemExit):
    """A process that did not do its work. `why` is that in one line for a table: without folders and hosts, which are
    this machine's own."""

    def __init__(self, message: str, why: str):
        super().__init__(message)
        self.why = re.sub(r"(\w+:/)?(?<!\w)/[^\s'\"`]*/", "", why)


class Child:
    """A process that answers with JSON lines."""

    def __init__(self, work: Path, device: str, command: list[str], name: str, env: dict, request: dict | None = None):
        self.log = work / f"{name}.log"
        self._queue: queue.Queue = queue.Queue()
        self._gpu = GpuMemory() if device == "cuda" else None
        self._begun = time.perf_counter()
        with open(self.log, "wb") as err:
            self._p = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, env=env, cwd=work
            )
        if request is not None:
            self.send(request)
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, line: dict | None) -> None:
        self._p.stdin.write(json.dumps(line).encode() + b"\n")
        self._p.stdin.flush()

    def _read(self) -> None:
        for line in self._p.stdout:
            self._queue.put(json.loads(line) | {"at": time.perf_counter() - self._begun})
        self._queue.put(None)

    def events(self, limit: float):
        """Yield events until the process ends; `at` is seconds since it was asked for. One that is not done within
        `limit` seconds is killed."""
        done = False
        try:
            while True:
                event = self._queue.get(timeout=max(0.1, limit - (time.perf_counter() - self._begun)))
                if event is None:
                    break
                yield event
            done = True
        except queue.Empty:
            why = f"took longer than {limit:.0f} s"
            raise ChildFailed(f"{self.log.stem} {why}: {self._tail()}", why) from None
        finally:
            if not done:
                self._p.kill()
            code = self._p.wait()
            self._p.stdin.close()
            if self._gpu:
                self._gpu.stop()
        if code != 0:
            why = f"ended with {code}"
            errors = re.findall(r"^[\w.]*(?:Error|Exception|Exit)\b.*", self._tail(), re.MULTILINE)
            raise ChildFailed(f"{self.log.stem} {why}:\n{self._tail()}", errors[-1] if errors else why)

    def _tail(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:]

    def usage(self) -> tuple[int, float]:
        """(high-water mark of its memory in bytes, processor seconds it has used). On a GPU the memory is the GPU's."""
        try:
            status = Path(f"/proc/{self._p.pid}/status").read_text("ascii")
            stat = Path(f"/proc/{self._p.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0, 0.0
        peak = next((int(x.split()[1]) * 1024 for x in status.splitlines() if x.startswith("VmHWM:")), 0)
        cpu = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
        return (self._gpu.peak if self._gpu else peak), cpu


class GpuMemory:
    """The most memory in use on the first GPU above what was in use before, in bytes."""

    def __init__(self):
        self.peak, self._stopped = 0, threading.Event()
        self._before = self._used()
        threading.Thread(target=self._watch, daemon=True).start()

    @staticmethod
    def _used() -> int:
        query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", "0"]
        return int(subprocess.run(query, capture_output=True, text=True, check=True).stdout) << 20

    def _watch(self) -> None:
        while not self._stopped.wait(0.25):
            self.peak = max(self.peak, self._used() - self._before)

    def stop(self) -> None:
        self._stopped.set()


@dataclass
class Block:
    """What one process did: seconds and loss of each step, the first (warm-up) ones included."""

    settings: dict
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    peak: int = 0
    reserved: int = 0  # peers on a GPU: torch's own figure
    first_step: float = 0.0  # seconds from the request to the first step's end
    cores: float = 0.0  # processor seconds for each second, from the first step's end to the last's
    told: dict = field(default_factory=dict)  # of the trainer: what it said about itself and its plan

    def record(self, rows: list[list[dict]], warm: int) -> dict:
        tokens = [sum(len(r["ids"]) for r in step) for step in rows]
        rates = [t / s for t, s in zip(tokens, self.seconds, strict=False)][warm:]
        return {
            "settings": self.settings,
            "tokens_per_second": [round(r, 3) for r in rates],
            "median": round(statistics.median(rates), 3),
            "losses": self.losses,
            "peak_memory_bytes": self.peak,
            **({"reserved_bytes": self.reserved} if self.reserved else {}),
            "first_step_seconds": round(self.first_step, 3),
            "cores_used": round(self.cores, 3),
        }


def spread(values: list[float]) -> dict:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": round(middle, 3), "q1": round(low, 3), "q3": round(high, 3)}
