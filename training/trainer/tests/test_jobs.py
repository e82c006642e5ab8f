"""The other jobs: chat, import, download, probe; and the transcripts that the Go side reads too."""

import _thread
import hashlib
import http.server
import json
import os
import shutil
import signal
import threading
from pathlib import Path

import pytest
from conftest import PROJECT

from modelfactory_trainer import base, canonical, download, files, import_base, receipt
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.protocol import Emitter, Inbox, Record

TRANSCRIPTS = PROJECT.parent / "protocol" / "testdata"


# -- transcripts -------------------------------------------------------------------------------------------------


def shapes(name: str) -> dict:
    """{(event, job): fields} of a transcript."""
    events = [json.loads(line) for line in (TRANSCRIPTS / f"{name}.jsonl").read_text().splitlines()]
    return {(e["event"], e.get("job", "")): set(e) for e in events}


def test_events_have_the_fields_that_go_reads(make_run, finish):
    _, job = make_run(max_steps=3, eval_every=2)
    child, _ = finish(job)
    expected = shapes("train")
    seen = set()
    for e in child.events:
        key = (e["event"], e.get("job", ""))
        seen.add(key)
        assert set(e) == expected[key], key
    assert seen >= set(expected) - {("warning", ""), ("heartbeat", "")}
    want = [json.loads(line) for line in (TRANSCRIPTS / "train.jsonl").read_text().splitlines()][-1]["train"]
    assert set(child.of("result")[0]["train"]) == set(want)


def test_numbers_that_json_lacks_travel_as_names(emitter):
    (want, _) = [json.loads(line) for line in (TRANSCRIPTS / "broken.jsonl").read_text().splitlines()]
    emitter.emit("step", loss=float("nan"), grad_norm=float("inf"), nested={"a": [float("-inf")]})
    (got,) = emitter.seen()
    assert (got["loss"], got["grad_norm"]) == (want["loss"], want["grad_norm"])
    assert got["nested"] == {"a": ["-Infinity"]}


def test_requests_and_controls_of_go_are_understood():
    from modelfactory_trainer.__main__ import JOBS, read_request

    lines = (TRANSCRIPTS / "requests.jsonl").read_bytes().splitlines()
    assert [read_request(line)[0] for line in lines] == list(JOBS)
    for bad in (b"", b"{}", b"[]", b"\xff", b'{"v":2,"job":"probe","probe":{}}', b'{"v":1,"job":"dance","dance":{}}'):
        with pytest.raises(JobError):
            read_request(bad)
    read, write = os.pipe()
    inbox = Inbox(os.fdopen(read, "rb"))
    os.write(write, b"no json\n" + (TRANSCRIPTS / "controls.jsonl").read_bytes())
    os.close(write)
    inbox.start()
    asks = []
    while not inbox.closed.is_set():
        asks += inbox.asks(wait=True)
    asks += inbox.asks(wait=False)
    assert asks[0]["id"] == "q1"
    assert asks[1]["temperature"] == 0.5
    assert len(asks) == 2
    assert inbox.wish == "stop"  # the pause of the closed input does not undo it
    assert inbox.take_checkpoint()
    assert not inbox.take_checkpoint()
    assert inbox.cancelled("q1")


def test_a_parent_that_is_gone_does_not_stop_the_job(tmp_path):
    read, write = os.pipe()
    e = Emitter(write)
    e.record = Record(tmp_path / "events.jsonl")
    os.close(read)
    for step in range(3):
        e.emit("step", step=step)
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 3
    os.close(write)


# -- chat --------------------------------------------------------------------------------------------------------


def ask(child, ask_id, which="model", **fields):
    messages = [{"role": "user", "content": "Where is item 3?"}]
    child.control("ask", id=ask_id, which=which, messages=messages, max_tokens=8, **fields)


def test_base_and_model_answer_from_one_process(make_run, finish, start, base_dir):
    folder, job = make_run(learning_rate=0.05, passes=4)
    finish(job)
    child = start(
        "generate", {"base_dir": str(base_dir), "adapter_dir": str(folder / "adapter"), "device": "cpu", "threads": 1}
    )
    child.until("phase", phase="ready")
    answers = {}
    for i, which in enumerate(["base", "model", "base", "model"]):
        ask(child, f"q{i}", which)
        answers[i] = child.until("answer", id=f"q{i}")
        pieces = [e["text"] for e in child.of("token") if e["id"] == f"q{i}"]
        assert "".join(pieces) == answers[i]["text"]
    assert answers[0]["text"] == answers[2]["text"] != answers[1]["text"] == answers[3]["text"]
    assert answers[0]["finish"] in ("stop", "length")
    assert 1 <= answers[0]["tokens"] <= 8

    ask(child, "warm", temperature=5.0, seed=1)
    ask(child, "same", temperature=5.0, seed=1)
    assert child.until("answer", id="warm")["text"] == child.until("answer", id="same")["text"]
    child.control("ask", id="bad", which="other", messages=[])
    assert child.until("error")["id"] == "bad"
    child.control("ask", id="bad", which="base")
    assert child.until("error")["kind"] == "refused"

    def put(ask_id, i, which):
        content = f"Where is item {i}?" + " Tell me." * i  # of several lengths
        child.control("ask", id=ask_id, which=which, messages=[{"role": "user", "content": content}], max_tokens=4 + i)

    asked = [(i, which) for i in range(5) for which in ("base", "model")]
    alone = {}
    for i, which in asked:
        put(f"{which}{i}", i, which)
        alone[i, which] = child.until("answer", id=f"{which}{i}")["text"]
    for i, which in asked:
        put(f"{which}{i} together", i, which)
    for _ in asked:
        child.until("answer")
    together = {e["id"]: e["text"] for e in child.of("answer")}
    assert {(i, which): together[f"{which}{i} together"] for i, which in asked} == alone

    messages = [{"role": "user", "content": "x"}]
    child.control("ask", id="long", which="base", messages=messages, max_tokens=100000, temperature=3.0)
    child.until("token", id="long")
    child.control("cancel", id="long")
    assert child.until("answer", id="long")["finish"] == "cancelled"
    child.stdin.close()
    assert child.end() == 0
    assert child.of("result")[0]["job"] == "generate"


def test_an_adapter_of_another_base_is_refused(start, base_dir, tmp_path):
    from safetensors.torch import save

    (tmp_path / "adapter_config.json").write_text('{"peft_type":"LORA","base_model_name_or_path":"other@1"}')
    (tmp_path / "adapter_model.safetensors").write_bytes(save({}))
    child = start("generate", {"base_dir": str(base_dir), "adapter_dir": str(tmp_path), "device": "cpu", "threads": 1})
    assert child.end() == 3
    assert "other@1" in child.of("error")[0]["message"]


def test_probe_computes_and_an_absent_device_is_said(start):
    child = start("probe", {"device": "cpu", "threads": 1})
    assert child.end() == 0
    want = [json.loads(line) for line in (TRANSCRIPTS / "base.jsonl").read_text().splitlines()][-1]["probe"]
    probe = child.of("result")[0]["probe"]
    assert set(probe) == set(want)
    assert probe["gflops"] > 0.1
    child = start("probe", {"device": "xpu", "threads": 1})
    assert child.end() == 1
    assert child.of("error")[0]["kind"] == "device"
    assert "a build without it" in child.of("error")[0]["message"]  # and why


# -- bases -------------------------------------------------------------------------------------------------------


def importing(source: Path, out: Path, emitter, **fields) -> dict:
    return import_base.run({"from": str(source), "out": str(out), "name": "n", "licence": "MIT"} | fields, emitter)


def test_a_folder_becomes_a_base(base_dir, tmp_path, emitter):
    source = tmp_path / "source"
    shutil.copytree(base_dir, source)
    (source / "base.json").unlink()
    (source / "evil.py").write_text("raise SystemExit")
    (source / "pytorch_model.bin").write_bytes(b"pickle")
    out = tmp_path / "bases" / "n@1"
    result = importing(source, out, emitter, revision="1")
    opened = base.open_base(out)
    base.verify(opened, result["digest"])
    assert (opened.name, opened.revision) == ("n", "1")
    assert {p.name for p in out.iterdir()} == {f["path"] for f in result["files"]} | {"base.json"}
    assert not {"evil.py", "pytorch_model.bin"} & {p.name for p in out.iterdir()}
    assert json.loads((out / "base.json").read_bytes())["params"] > 50_000
    with pytest.raises(JobError, match="there already"):
        importing(source, out, emitter)


def in_config(folder: Path, **changed) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changed))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda d: [(d / "model.safetensors").rename(d / "pytorch_model.bin")], "pickle"),
        (lambda d: (d / "model.safetensors").unlink(), r"no \.safetensors"),
        (lambda d: (d / "config.json").write_text('{"auto_map": {"AutoModel": "evil.Evil"}}'), "auto_map"),
        (lambda d: (d / "tokenizer_config.json").write_text('{"auto_map": {}}'), "auto_map"),
        (lambda d: (d / "config.json").write_text('{"quantization_config": {}}'), "quantised"),
        (lambda d: (d / "config.json").write_text("{"), "no JSON"),
        (lambda d: (d / "tokenizer.json").unlink(), "tokenizer"),
        (lambda d: in_config(d, num_hidden_layers=5), "tells of 5 layers, the weights have 2"),
        (lambda d: in_config(d, num_hidden_layers=1), "tells of 1 layers, the weights have 2"),
        (lambda d: in_config(d, hidden_size=-4), "hidden_size of config.json is -4"),
        (lambda d: in_config(d, num_attention_heads="abc"), "num_attention_heads of config.json is 'abc'"),
        (
            lambda d: (d / "model.safetensors.index.json").write_text(
                '{"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}'
            ),
            "model-2.safetensors is missing",
        ),
        (lambda d: (d / "model.safetensors.index.json").write_text("{"), "index.json is no JSON"),
        (lambda d: (d / "model.safetensors.index.json").write_text("{}"), "index.json names no weights"),
        (lambda d: (d / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}"), "damaged"),
    ],
)
def test_unsafe_and_incomplete_folders_are_refused(base_dir, tmp_path, emitter, spoil, reason):
    source = tmp_path / "source"
    shutil.copytree(base_dir, source)
    spoil(source)
    with pytest.raises(JobError, match=reason) as e:
        importing(source, tmp_path / "out", emitter)
    assert e.value.exit_code == 3
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".tmp*"))


def test_a_file_that_is_no_gguf_is_refused(tmp_path, emitter):
    (tmp_path / "x.gguf").write_bytes(b"\0" * 100)
    with pytest.raises(JobError, match="no GGUF"):
        importing(tmp_path / "x.gguf", tmp_path / "out", emitter)


@pytest.mark.parametrize("content", [b"GGUF", b"GGUF" + b"\xff" * 40])
def test_a_cut_gguf_is_refused(tmp_path, emitter, content):
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(JobError, match="cannot be read") as e:
        importing(tmp_path / "x.gguf", tmp_path / "out", emitter)
    assert e.value.exit_code == 3


def test_a_base_without_the_weights_of_its_kind_is_refused(base_dir, tmp_path):
    """transformers fills what is missing with random numbers and warns in a log that nobody reads."""
    import torch

    from modelfactory_trainer import compat

    source = tmp_path / "source"
    shutil.copytree(base_dir, source)
    in_config(source, model_type="gpt_neox", architectures=["GPTNeoXForCausalLM"])
    with pytest.raises(JobError, match="no weights for"):
        compat.load(source, torch.device("cpu"), torch.float32, four_bits=False)


def test_a_base_that_was_changed_is_noticed(base_dir, tmp_path):
    copy = tmp_path / "b"
    shutil.copytree(base_dir, copy)
    opened = base.open_base(copy)
    base.verify(opened, opened.digest)
    for name in opened.files:
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
        with pytest.raises(JobError, match=name.replace(".", r"\.")):
            base.verify(opened, "")
        (copy / name).write_bytes(content)
    record = json.loads((copy / "base.json").read_bytes())
    record["files"]["config.json"] = "0" * 64
    (copy / "base.json").write_bytes(canonical.dumps(record))
    with pytest.raises(JobError, match="was changed"):
        base.open_base(copy)


class Hub(http.server.BaseHTTPRequestHandler):
    """Enough of a hub: a listing, files with Range, and a line that breaks."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        s = self.server
        path = self.path.partition("?")[0]
        s.asked.append((path, self.headers.get("Range", "")))
        if path == "/api/models/o/tiny/revision/main":
            siblings = [{"rfilename": n, "size": len(b)} for n, b in s.files.items()]
            for f in siblings:
                if f["rfilename"].endswith(".safetensors"):
                    f["lfs"] = {"sha256": s.sha256 or hashlib.sha256(s.files[f["rfilename"]]).hexdigest()}
            return self.reply(200, json.dumps({"sha": "ab" * 20, "siblings": siblings}).encode())
        if path.startswith("/api/models/o/closed/"):
            return self.reply(403, b"")
        prefix = f"/o/tiny/resolve/{'ab' * 20}/"
        if not path.startswith(prefix):
            return self.reply(404, b"")
        content, start = s.files[path.removeprefix(prefix)], 0
        if self.headers.get("Range"):
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if len(content) > 50_000 and s.cuts > 0:
            s.cuts -= 1  # promise all of it, send a part, hang up
            return self.reply(206 if start else 200, content[start:], send=(len(content) - start) // 2)
        return self.reply(206 if start else 200, content[start:])

    def reply(self, status, body, send=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:send])
        self.close_connection = True


@pytest.fixture
def hub(base_dir):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.files = {p.name: p.read_bytes() for p in base_dir.iterdir() if p.name != "base.json"}
    server.files |= {"pytorch_model.bin": b"pickle", "model.py": b"raise SystemExit", "sub/x.json": b"{}"}
    server.asked, server.cuts, server.sha256 = [], 0, ""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def downloading(hub, out: Path, emitter, repo="o/tiny") -> dict:
    job = {"repo": repo, "revision": "main", "out": str(out), "endpoint": f"http://127.0.0.1:{hub.server_port}/"}
    return download.run(job | {"licence": "MIT", "family": "LLaMA"}, emitter, Inbox(), pause_seconds=0.01)


def test_download_goes_on_where_it_was_cut(hub, tmp_path, emitter):
    hub.cuts = 2
    result = downloading(hub, tmp_path, emitter)
    ranges = [r for path, r in hub.asked if path.endswith("model.safetensors")]
    assert ranges[0] == ""
    assert len(ranges) == 3
    assert all(r.startswith("bytes=") for r in ranges[1:])
    out = tmp_path / f"tiny@{'ab' * 6}"
    base.verify(base.open_base(out), result["digest"])
    assert {p.name for p in tmp_path.iterdir()} == {out.name}
    assert not any(path.endswith((".bin", ".py", "x.json")) for path, _ in hub.asked)
    done = [e for e in emitter.seen() if e["event"] == "phase" and e["phase"] == "downloading"]
    assert done[-1]["done"] == done[-1]["total"] > 0


def test_a_later_try_goes_on_too(hub, tmp_path, emitter):
    hub.cuts = 99
    with pytest.raises(JobError, match="cannot be fetched") as e:
        downloading(hub, tmp_path, emitter)
    assert e.value.kind == "network"
    hub.cuts, hub.asked = 0, []
    downloading(hub, tmp_path, emitter)
    assert next(r for path, r in hub.asked if path.endswith("model.safetensors")).startswith("bytes=")
    assert not [path for path, _ in hub.asked if path.endswith("config.json") and "tokenizer" not in path]


def test_damaged_closed_and_unknown_downloads(hub, tmp_path, emitter):
    hub.sha256 = "0" * 64
    with pytest.raises(JobError, match="arrived damaged"):
        downloading(hub, tmp_path, emitter)
    with pytest.raises(JobError, match="terms"):
        downloading(hub, tmp_path, emitter, repo="o/closed")
    with pytest.raises(JobError, match="the hub has no"):
        downloading(hub, tmp_path, emitter, repo="o/nothing")
    with pytest.raises(JobError, match="no name of a model"):
        downloading(hub, tmp_path, emitter, repo="../../etc")
    assert not list(tmp_path.glob("tiny@*"))


# -- files -------------------------------------------------------------------------------------------------------


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "adapter"
    with files.new_folder(target) as tmp:
        files.write_new(tmp / "a", b"old")

    def spoilt():
        with files.new_folder(target) as tmp:
            files.write_new(tmp / "a", b"new")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        spoilt()
    assert (target / "a").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["adapter"]
    with files.new_folder(target) as tmp:
        files.write_new(tmp / "b", b"new")
    assert [p.name for p in target.iterdir()] == ["b"]


def test_an_interrupt_between_the_renames_brings_the_old_folder_back(tmp_path, monkeypatch):
    target = tmp_path / "adapter"
    with files.new_folder(target) as tmp:
        files.write_new(tmp / "a", b"old")
    rename = Path.rename

    def cut(self, to):
        if self.name == ".tmp-adapter":
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", cut)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(KeyboardInterrupt), files.new_folder(target) as tmp:
            files.write_new(tmp / "a", b"new")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (target / "a").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["adapter"]


def test_an_interrupt_that_comes_again_does_not_cut_the_removal(tmp_path, monkeypatch):
    remove = shutil.rmtree

    def interrupted(path, **options):
        _thread.interrupt_main(signal.SIGTERM)
        remove(path, **options)

    def cut():
        with files.new_folder(tmp_path / "export") as tmp:
            files.write_new(tmp / "a", b"half")
            monkeypatch.setattr(shutil, "rmtree", interrupted)
            _thread.interrupt_main(signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            cut()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not list(tmp_path.iterdir())


def test_versions_are_told_without_importing(tmp_path):
    assert receipt.versions()["torch"].startswith("2.")
    assert len(receipt.pins_digest()) == 64
