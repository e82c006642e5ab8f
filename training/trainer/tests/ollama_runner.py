"""Exports of every family, read by the programs inside Ollama: llama.cpp and Ollama's own engine.

make test-ollama runs this with MODELFACTORY_OLLAMA, the path of an ollama that runs models by itself (v0.9.6).
"""

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch
from test_export import FAMILIES, QUESTIONS, Emitter, make_adapter, make_base, request

from modelfactory_trainer import adapter
from modelfactory_trainer.export import compare, gguf_file, job, lora
from modelfactory_trainer.export.source import Source
from modelfactory_trainer.tokenizer import Tokenizer

# Spaces, lines, marks, words that are joined in several steps, bytes; longer than the windows of the test's bases.
TEXTS = [
    "the item is the item it is",
    "two  three   four    five     six      eight        the",
    "a\n\nb\n\n\nc\n\n\n\nd\n\n\n\n\nthe",
    " the<|im_end|>\n<|im_start|>  item\nit<|pad|> is",
    "\u00fcber \u6f22\u5b57 \U0001f600 thethethe",
    "the item is it " * 40,
]
NEAR = 0.02  # largest relative difference of the last hidden state; an adapter left out makes more than 0.2
TOKENS = 20  # of an answer that is compared
TIE = 0.01  # of logits; the likeliest is about 1
MORE = {"gemma2": {"num_hidden_layers": 26}}  # llama.cpp knows Gemma 2 by its number of layers


@contextlib.contextmanager
def runner(model, tmp_path, *flags: str):
    """The address of a runner with the model."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    line = [os.environ["MODELFACTORY_OLLAMA"], "runner", *flags, "--model", str(model), "--port", str(port)]
    with open(tmp_path / "runner.log", "ab") as log:
        child = subprocess.Popen([*line, "--threads", "1"], stdout=log, stderr=log)
        try:
            at = f"http://127.0.0.1:{port}"
            end = time.monotonic() + 120
            while not ready(at):
                assert child.poll() is None, (tmp_path / "runner.log").read_text()[-3000:]
                assert time.monotonic() < end, "the runner did not start"
                time.sleep(0.1)
            yield at
        finally:
            child.kill()
            child.wait()


def ready(at: str) -> bool:
    try:
        with urllib.request.urlopen(f"{at}/health") as r:
            return json.load(r)["status"] == 0
    except (urllib.error.URLError, ConnectionError):
        return False


def post(at: str, path: str, **body) -> list[dict]:
    """The lines of an answer."""
    asked = urllib.request.Request(at + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as r:
        return [json.loads(line) for line in r if line.strip()]


def hidden(at: str, text: str) -> torch.Tensor:
    """What llama.cpp has behind the last token, before the head."""
    (answer,) = post(at, "/embedding", content=text)
    return torch.tensor(answer["embedding"])


def answer(at: str, text: str) -> str:
    options = {"temperature": 0, "num_predict": TOKENS, "repeat_penalty": 1, "top_k": 1, "top_p": 1}
    return "".join(line["content"] for line in post(at, "/completion", prompt=text, options=options))


def apart(mine: torch.Tensor, theirs: torch.Tensor) -> float:
    return ((theirs - mine).norm() / mine.norm()).item()


class Run:
    """A tiny base with an adapter, its files, and what transformers says of it."""

    def __init__(self, folder, family: str, **more):
        of = make_base(folder / "base", family, **MORE.get(family, {}) | more)
        path = make_adapter(folder / "adapter", of)
        numbers = lora.from_peft(*adapter.read(path))
        self.tokenizer = Tokenizer(of.dir)
        self.folder, self.of, self.path = folder, of, path
        (self.merged,), (self.adapter,) = self.export("gguf:f16"), self.export("gguf-adapter")
        nothing = lora.Lora({}, 4, 1.0)
        self.bare = folder / "bare.gguf"
        gguf_file.write(self.bare, gguf_file.Plan(of.dir, Source(of.dir, nothing), "f16"), family, "", lambda n: None)
        self.lm = compare.with_lora(compare.load(of.dir, use_safetensors=True), numbers)

    def export(self, kind: str) -> list[Path]:
        out = self.folder / kind.replace(":", "-")
        job.run(request(self.of, self.path, kind, out), Emitter())
        return list(out.iterdir())

    def hidden(self, text: str) -> torch.Tensor:
        with torch.no_grad():
            return self.lm.model(torch.tensor([self.tokenizer.encode(text).ids])).last_hidden_state[0, -1]

    def answer(self, text: str) -> str:
        """The likeliest continuation, up to where two tokens are about as likely: programs round differently."""
        ids = torch.tensor([self.tokenizer.encode(text).ids])
        out = self.lm.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=TOKENS,
            do_sample=False,
            return_dict_in_generate=True,
            output_logits=True,
        )
        best = torch.cat(out.logits).topk(2).values
        close = (best[:, 0] - best[:, 1] < TIE).nonzero()
        end = close[0].item() if len(close) else TOKENS
        return self.tokenizer.decode(out.sequences[0, ids.shape[1] :][:end].tolist())


def same(made: Run, at: str, texts: list[str]) -> None:
    mine, theirs = [made.answer(text) for text in texts], [answer(at, text) for text in texts]
    assert len("".join(mine)) > 3 * len(texts)  # most have no tie near their start
    assert mine == [their[: len(my)] for my, their in zip(mine, theirs, strict=True)]


@pytest.fixture(params=[f for f in FAMILIES if f != "olmo2"])
def made(request, tmp_path) -> Run:
    return Run(tmp_path, request.param)


def test_llama_cpp_computes_what_the_run_does(made, tmp_path, capsys):
    mine = [made.hidden(text) for text in TEXTS]
    found = {}
    for name, flags in {"merged": [made.merged], "adapter": [made.bare, "--lora", str(made.adapter)]}.items():
        with runner(flags[0], tmp_path, *flags[1:]) as at:
            found[name] = [apart(m, hidden(at, text)) for m, text in zip(mine, TEXTS, strict=True)]
            same(made, at, TEXTS)
    with runner(made.bare, tmp_path) as at:
        without = min(apart(m, hidden(at, text)) for m, text in zip(mine, TEXTS, strict=True))
    with capsys.disabled():
        print({name: f"{max(all_):.1e}" for name, all_ in found.items()}, f"without the adapter {without:.2f}")
    assert max(found["merged"]) < NEAR, found
    assert max(found["adapter"]) < NEAR, found
    assert without > 10 * NEAR


def test_ollamas_own_engine_answers_as_the_run_does(tmp_path):
    """Ollama runs Gemma 3 with an engine of its own, which reads the file in its own way.

    The window is wider than the texts: v0.9.6 lets a token see one more than the window holds.
    """
    made = Run(tmp_path, "gemma3", sliding_window=400)
    texts = TEXTS + [made.tokenizer.render([{"role": "user", "content": q}], True) for q in QUESTIONS]
    with runner(made.merged, tmp_path, "--ollama-engine") as at:
        same(made, at, texts)


@pytest.mark.parametrize("kind", ["q8_0", "q5_0", "q4_0"])
def test_llama_cpp_reads_the_bits_that_transformers_reads(tmp_path, kind):
    made = Run(tmp_path, "llama")
    (path,) = made.export(f"gguf:{kind}")
    theirs = compare.load(path.parent, gguf_file=path.name)
    with runner(path, tmp_path) as at:
        for text in TEXTS:
            with torch.no_grad():
                mine = theirs.model(torch.tensor([made.tokenizer.encode(text).ids])).last_hidden_state[0, -1]
            assert apart(mine, hidden(at, text)) < 2 * NEAR  # it rounds what goes into a product to eight bits
