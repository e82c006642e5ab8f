"""A tiny random base, run folders on it, and a child process that is driven as the studio drives it."""

import hashlib
import json
import multiprocessing
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from modelfactory_trainer import canonical, device, tiny  # noqa: E402
from modelfactory_trainer.protocol import Emitter  # noqa: E402

device.prepare_environment(1)

DEADLINE = 120  # seconds; a loaded machine needs them


@pytest.fixture(scope="session")
def base_dir(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("bases") / "tiny"
    tiny.make(out)
    return out


@pytest.fixture(scope="session")
def base_record(base_dir) -> dict:
    return json.loads((base_dir / "base.json").read_text())


def chat(question: str, answer: str) -> dict:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def facts(n: int = 24) -> list[dict]:
    return [chat(f"Where is item {i}?", f"On shelf {i * 7 % 31}.") for i in range(n)]


PEOPLE = ["0x" + digit * 40 for digit in "0123"]


def write_rows(path: Path, rows: list[dict], by: list[int] | None = None) -> str:
    """Write rows.jsonl as the studio does, row i by PEOPLE[by[i]]. Returns its SHA-256."""
    who = by or [0] * len(rows)
    lines = [canonical.dumps({"contributor": PEOPLE[p], "row": row}) + b"\n" for p, row in zip(who, rows, strict=True)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def source(net: str, path, sha256: str, rows: int, weight_ppm: int = 1_000_000) -> dict:
    return {
        "net": net,
        "version": 1,
        "path": str(path),
        "rows_sha256": sha256,
        "root": "",
        "digest": "",
        "rows": rows,
        "weight_ppm": weight_ppm,
        "spdx": "CC0-1.0",
    }


SETTINGS = {
    "method": "lora",
    "rank": 4,
    "alpha": 8,
    "dropout": 0,
    "learning_rate": 0.01,
    "scheduler": "cosine",
    "warmup_share": 0.1,
    "passes": 2,
    "max_steps": 0,
    "batch_size": 4,
    "accumulation": 1,
    "max_length": 128,
    "clip_norm": 1,
    "weight_decay": 0,
    "seed": 1,
    "eval_ppm": 150_000,
    "eval_every": 5,
    "checkpoint_every": 3,
    "train_on": "answers",
    "device": "cpu",
    "threads": 1,
}


@pytest.fixture
def make_run(tmp_path, base_dir, base_record):
    """make_run(rows=…, name=…, by=…, **settings) freezes a run folder and returns (folder, train job)."""

    def make(rows: list[dict] | None = None, name: str = "run", nets=None, by=None, **settings):
        folder = tmp_path / name
        folder.mkdir()
        listed = []
        for net, (net_rows, weight) in (nets or {"items": (rows if rows is not None else facts(), 1_000_000)}).items():
            sha = write_rows(tmp_path / f"nets-{name}" / net / "rows.jsonl", net_rows, by)
            listed.append(source(net, f"../nets-{name}/{net}/rows.jsonl", sha, len(net_rows), weight))
        base_ref = f"{base_record['name']}@{base_record['revision']}"
        data = [{k: s[k] for k in ("net", "version", "weight_ppm")} for s in listed]
        (folder / "recipe.json").write_bytes(canonical.dumps({"base": base_ref, "data": data} | SETTINGS | settings))
        (folder / "data.json").write_bytes(canonical.dumps(listed))
        job = {
            "run_dir": str(folder),
            "base_dir": str(base_dir),
            "base_digest": base_record["digest"],
            "resume": False,
            "threads": 1,
            "device": "cpu",
        }
        return folder, job

    return make


@pytest.fixture
def emitter():
    """An emitter whose events can be read: emitter.seen()."""
    read, write = os.pipe()
    e = Emitter(write)
    e.seen = lambda: [json.loads(line) for line in os.read(read, 1 << 20).splitlines()]
    yield e
    os.close(read)
    os.close(write)


# A child is forked from a process that has imported the heavy libraries already: what is tested is the same from the
# first line of __main__ on, without seconds of imports for each of some forty processes.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["torch", "peft", "transformers.models.llama.modeling_llama", "modelfactory_trainer.train"]
)


def _forked(stdin: str, stdout: str, log: str, file_limit: int | None) -> None:
    for path, flags, fd in ((stdin, os.O_RDONLY, 0), (stdout, os.O_WRONLY, 1), (log, os.O_WRONLY | os.O_APPEND, 2)):
        opened = os.open(path, flags)
        os.dup2(opened, fd)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    from modelfactory_trainer import __main__

    os._exit(__main__.main())


class Child:
    """A trainer process with its request sent. Events come through `next`, within a deadline."""

    def __init__(self, name: str, job: dict, log: Path, fresh: bool = False, file_limit: int | None = None):
        self.log = log
        log.touch()
        if fresh:
            env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)}
            command = [sys.executable, "-P", "-m", "modelfactory_trainer"]
            with open(log, "ab") as err:
                p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, env=env)
            self.stdin, self._stdout, self.pid = p.stdin, p.stdout, p.pid
            self._wait, self._code = lambda: p.wait(timeout=DEADLINE), p.poll
        else:
            fifos = [f"{log}.in", f"{log}.out"]
            for fifo in fifos:
                os.mkfifo(fifo)
            p = FORKS.Process(target=_forked, args=(*fifos, str(log), file_limit))
            p.start()
            self.stdin, self._stdout, self.pid = open(fifos[0], "wb"), open(fifos[1], "rb"), p.pid  # noqa: SIM115
            self._wait, self._code = lambda: (p.join(DEADLINE), p.exitcode)[1], lambda: p.exitcode
        self.events: list[dict] = []
        self._queue: queue.Queue = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.send({"v": 1, "job": name, name: job})

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    @property
    def alive(self) -> bool:
        return self._code() is None

    def _read(self):
        for line in self._stdout:
            self._queue.put(json.loads(line))
        self._queue.put(None)

    def send(self, line: dict) -> None:
        try:
            self.stdin.write(json.dumps(line).encode() + b"\n")
            self.stdin.flush()
        except BrokenPipeError:
            pass

    def control(self, word: str, **fields) -> None:
        self.send({"control": word} | fields)

    def next(self) -> dict | None:
        event = self._queue.get(timeout=DEADLINE)
        if event is not None:
            self.events.append(event)
        return event

    def until(self, name: str, **fields) -> dict:
        """Read on until an event of this name with these fields."""
        while (event := self.next()) is not None:
            if event["event"] == name and all(event.get(k) == v for k, v in fields.items()):
                return event
        pytest.fail(f"no {name} event; the log ends: {self.log.read_text()[-2000:]}")

    def end(self) -> int:
        """Read to the end. Returns the exit code."""
        while self.next() is not None:
            pass
        return self._wait()

    def of(self, name: str) -> list[dict]:
        return [e for e in self.events if e["event"] == name]


@pytest.fixture
def start(tmp_path):
    children = []

    def begin(name: str, job: dict, **options) -> Child:
        child = Child(name, job, tmp_path / f"log-{len(children)}", **options)
        children.append(child)
        return child

    yield begin
    for child in children:
        if child.alive:
            child.signal(signal.SIGKILL)
            child._wait()


@pytest.fixture
def finish(start):
    """finish(job) trains to the end and returns (child, the result's train part)."""

    def run(job: dict, **options):
        child = start("train", job, **options)
        code = child.end()
        assert code == 0, child.log.read_text()[-3000:] + str(child.of("error"))
        return child, child.of("result")[0]["train"]

    return run
