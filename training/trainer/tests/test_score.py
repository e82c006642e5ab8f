"""Answers measured under a base and many adapters, in one batch and one after another."""

import json
import math

import families as bases
import pytest
import torch
from conftest import PROJECT, chat, facts

from modelfactory_trainer import adapter, base, batch, canonical, mask, model, score
from modelfactory_trainer.engine import decoder, families
from modelfactory_trainer.tokenizer import Tokenizer

TRANSCRIPTS = PROJECT.parent / "protocol" / "testdata"
CPU = torch.device("cpu")


def made(engine, rank: int, seed: int, **settings) -> score.Adapter:
    """A random adapter for an engine that has none attached."""
    shape, g = engine.shape, torch.Generator().manual_seed(seed)
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": 12, "lora_dropout": 0.1, "target_modules": engine.targets()}
    tensors = {}
    for p in engine._projections():
        for name, rows in p.parts:
            for which, size in (("A", (rank, p.width)), ("B", (rows, rank))):
                tensors[f"{decoder.PREFIX}{name}.lora_{which}.weight"] = torch.randn(size, generator=g) * 0.15
    assert decoder.takes(config | settings, shape)
    return score.Adapter(f"{seed}", config | settings, tensors)


def rows(count: int = 5):
    g = torch.Generator().manual_seed(2)
    for i in range(count):
        n = 4 + 5 * i
        marks = [False] * (n // 2) + [True] * (n - n // 2)
        yield torch.randint(3, 250, (n,), generator=g).tolist(), marks


@pytest.mark.parametrize("family", sorted(bases.CONFIGS))
@pytest.mark.parametrize("budget", [40, 10_000])
def test_adapters_in_one_batch_are_as_each_alone(family, budget, tmp_path):
    bases.make(family, tmp_path / "base")
    shape = families.read(json.loads((tmp_path / "base" / "config.json").read_text()))
    engine = decoder.Decoder(tmp_path / "base", shape, CPU, torch.float32)
    adapters = [made(engine, 4, seed) for seed in (1, 2, 3)]
    asked, seen = list(rows()), []
    got = score.together(engine, adapters, asked, budget, seen.append)
    assert sum(seen) == 4 * len(asked)
    assert (len(seen) == 1) == (budget == 10_000)
    want = score.one_by_one(engine, adapters, asked, budget, lambda n: None)
    for mine, theirs in zip(got, want, strict=True):
        for a, b, (_, marks) in zip(mine, theirs, asked, strict=True):
            assert a.shape == b.shape == (sum(marks),)
            assert (a - b).abs().max() < 1e-5
    again = score.one_by_one(engine, adapters[:1], asked, budget, lambda n: None)  # an adapter is attached by now
    assert all(torch.equal(a, b) for a, b in zip(again[0], want[0], strict=True))
    moved = [min(float((a - b).abs().max()) for a, b in zip(got[0], of, strict=True)) for of in got[1:]]
    assert min(moved) > 1e-2  # the adapters do change what is measured
    # The engine is as it was: the base without an adapter.
    with engine.without_adapter(), torch.no_grad():
        alone = -engine.token_losses(batch.pack([asked[4]], CPU))
    assert torch.allclose(alone, got[0][4], atol=1e-5)


def test_ranks_and_scales_may_differ_in_one_batch(tmp_path):
    bases.make("llama", tmp_path / "base")
    shape = families.read(json.loads((tmp_path / "base" / "config.json").read_text()))
    engine = decoder.Decoder(tmp_path / "base", shape, CPU, torch.float32)
    adapters = [made(engine, 2, 1), made(engine, 5, 2, use_rslora=True), made(engine, 2, 3, lora_alpha=1)]
    got = score.together(engine, adapters, list(rows()), 10_000, lambda n: None)
    for k, a in enumerate(adapters, 1):
        fresh = decoder.Decoder(tmp_path / "base", shape, CPU, torch.float32)
        want = score.one_by_one(fresh, [a], list(rows()), 10_000, lambda n: None)
        for mine, theirs in zip(got[k], want[1], strict=True):
            assert (mine - theirs).abs().max() < 1e-5


def test_the_job_measures_what_transformers_would(make_run, finish, start, base_dir):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    folders = []
    for seed in (1, 2):
        folder, job = make_run(name=f"run-{seed}", seed=seed, learning_rate=0.05, max_steps=4)
        finish(job)
        folders.append(folder / "adapter")
    asked = [facts()[3]["messages"], chat("Where is the café?", "Über dem Fluß.")["messages"]]
    job = {k: job[k] for k in ("base_dir", "base_digest", "threads", "device")}
    child = start("score", job | {"adapters": [str(f) for f in folders], "answers": asked, "precision": "fp32"})
    assert child.end() == 0, child.log.read_text()[-2000:]
    told = child.of("result")[0]["score"]
    lines = [json.loads(line) for line in (TRANSCRIPTS / "score.jsonl").read_text().splitlines()]
    want = lines[-1]["score"]  # what Go reads
    assert (set(told), set(told["answers"][0])) == (set(want), set(want["answers"][0]))
    assert set(told["answers"][0]["base"]) == set(want["answers"][0]["base"])
    assert told["adapters"] == [adapter.digest(f) for f in folders]
    tokenizer = Tokenizer(base_dir)
    for messages, answer in zip(asked, told["answers"], strict=True):
        assert "".join(answer["tokens"]) == messages[-1]["content"] + "<|im_end|>"
        t = mask.answer(messages, tokenizer)
        marked = [i for i, on in enumerate(t.trained) if on]
        for got, folder in zip([answer["base"], *answer["adapters"]], [None, *folders], strict=True):
            lm = AutoModelForCausalLM.from_pretrained(base_dir, dtype=torch.float32)
            if folder:
                lm = PeftModel.from_pretrained(lm, folder)
            with torch.no_grad():
                logs = lm.eval()(input_ids=torch.tensor([t.ids])).logits[0].log_softmax(-1)
            want = [float(logs[i - 1, t.ids[i]]) for i in marked]
            assert got["log_probs"] == pytest.approx(want, abs=1e-4)
            assert got["sum"] == math.fsum(got["log_probs"])
        assert answer["adapters"][0]["sum"] != answer["adapters"][1]["sum"] != answer["base"]["sum"]


def test_what_cannot_be_measured_is_refused(make_run, finish, start, base_dir, tmp_path):
    folder, job = make_run(max_steps=1)
    finish(job)
    other = tmp_path / "other"
    config, tensors = adapter.read(folder / "adapter")
    adapter.write(other, config | {"base_model_name_or_path": "else@1"}, tensors)
    question = [{"role": "user", "content": "Where?"}]
    asked = {"base_dir": str(base_dir), "device": "cpu", "threads": 1}
    for adapters, answers, words in (
        ([other], [facts()[0]["messages"]], "else@1"),
        ([folder / "adapter"], [question], "assistant"),
        ([folder / "adapter"], [[]], "no chat"),
    ):
        child = start("score", asked | {"adapters": [str(a) for a in adapters], "answers": answers})
        assert child.end() == 3
        assert words in child.of("error")[0]["message"]


def test_other_engines_measure_one_after_another(make_run, finish, start, base_dir):
    folder, job = make_run(method="dora", max_steps=2, learning_rate=0.05)
    finish(job)
    asked = {"base_dir": str(base_dir), "device": "cpu", "threads": 1, "precision": "fp32"}
    answers = [r["messages"] for r in facts()[:2]]
    child = start("score", asked | {"adapters": [str(folder / "adapter")] * 2, "answers": answers})
    assert child.end() == 0, child.log.read_text()[-2000:]
    told = child.of("result")[0]["score"]["answers"]
    plain = model.load(base.open_base(base_dir), CPU, "fp32")
    (bare,) = score.together(plain, [], [(t.ids, t.trained) for t in [mask.answer(answers[1], Tokenizer(base_dir))]],
                             1024, lambda n: None)  # fmt: skip
    assert told[1]["base"]["log_probs"] == pytest.approx(bare[0].tolist(), abs=1e-4)
    assert told[1]["adapters"][0] == told[1]["adapters"][1] != told[1]["base"]
    assert canonical.dumps(told)
