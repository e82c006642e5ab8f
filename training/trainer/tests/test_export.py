"""Exports: written, read back by transformers, PEFT and gguf, and refused or removed when they are not the run."""

import json
import shutil
import signal
from pathlib import Path

import gguf
import pytest
import torch
from conftest import PROJECT
from families import LLAMA3
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from modelfactory_trainer import adapter, base, canonical, device, files, model, tiny
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.export import compare, few_bits, gguf_file, job, lora, template, vocabulary
from modelfactory_trainer.tokenizer import Tokenizer

QUESTIONS = ["Where is item 7?", "What is the colour of the thing?"]
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 2,
}
GEMMA3 = {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 8, "num_hidden_layers": 6}
FAMILIES = {
    "llama": ("LlamaConfig", {"tie_word_embeddings": True}),
    "llama-biased": ("LlamaConfig", {"attention_bias": True, "tie_word_embeddings": False}),
    "llama-3.1": ("LlamaConfig", {"rope_parameters": LLAMA3, "tie_word_embeddings": True}),
    "qwen2": ("Qwen2Config", {"tie_word_embeddings": True}),
    "qwen3": ("Qwen3Config", {"head_dim": 32, "tie_word_embeddings": False}),
    "mistral": ("MistralConfig", {"head_dim": 24, "sliding_window": 300}),
    "gemma2": ("Gemma2Config", {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 8}),
    "gemma3": ("Gemma3TextConfig", GEMMA3),
    "phi3": ("Phi3Config", {"sliding_window": 300, "tie_word_embeddings": False}),
    "olmo2": ("Olmo2Config", {}),
}
PIECES = {"mistral": "▁", "gemma2": "", "gemma3": "", "phi3": "▁"}  # SentencePiece, and what it writes in front


class Emitter:
    def __init__(self):
        self.phases = []

    def phase(self, *phase) -> None:
        self.phases.append(phase)


def backend():
    """The tiny tokenizer with a few merges, as a GGUF file wants some."""
    tokenizer = tiny._tokenizer()
    raw = json.loads(tokenizer.to_str())
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "s")]
    for left, right in merges:
        raw["model"]["vocab"][left + right] = len(raw["model"]["vocab"])
    raw["model"]["merges"] = [list(m) for m in merges]
    return type(tokenizer).from_str(json.dumps(raw))


def pieces(prefix: str, swallow: bool = False):
    """A tiny SentencePiece tokenizer as tokenizer.json holds one: every way to put a token together is a merge."""
    from tokenizers import Tokenizer as Backend

    marks = ["<|im_start|>", "<|im_end|>", "<|pad|>", "<unk>", "</s>", "<s>", "<|endoftext|>"]
    marks += ["\n" * n for n in (1, 2, 3, 4)]
    tokens = [*marks, *(f"<0x{n:02X}>" for n in range(256)), "▁", *"abcdefghijklmnopqrstuvwxyzTIW.?0123456789"]
    tokens += ["▁▁", "▁▁▁", "▁▁▁▁", "th", "the", "▁t", "▁th", "▁the", "is", "▁is", "em", "▁it", "it", "item", "▁item"]
    vocab = {token: i for i, token in enumerate(tokens)}
    ways = [(t[:k], t[k:]) for t in tokens for k in range(1, len(t)) if t[:k] in vocab and t[k:] in vocab]
    runs = [w for w in ways if len(set(w[0] + w[1])) == 1]  # of equal score: mixed, the longest left part first
    merges = sorted(runs, key=lambda w: -len(w[0])) + [w for w in ways if w not in runs]
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    back = [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]
    if prefix:
        back.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    keep = ("<unk>", "<s>", "<|endoftext|>")
    raw = {
        "version": "1.0",
        "added_tokens": [
            {"id": i, "content": t, "special": i < 7, "rstrip": swallow and t not in keep}
            | {"single_word": False, "lstrip": False, "normalized": False}
            for i, t in enumerate(marks if not prefix else marks[:7])
        ],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace]}
        if prefix
        else replace,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": back},
        "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}
        | {"vocab": vocab, "merges": [list(m) for m in merges]},
    }
    return Backend.from_str(json.dumps(raw))


def make_base(folder: Path, family: str, dtype: torch.dtype = torch.float32, **more) -> base.Base:
    import transformers

    kind, settings = FAMILIES[family]
    settings = settings | more
    words = pieces(PIECES[family], family == "phi3") if family in PIECES else backend()
    torch.manual_seed(5)
    size = words.get_vocab_size() + 3  # models have rows for words that no tokenizer knows
    config = getattr(transformers, kind)(**SIZES | settings | {"vocab_size": size})
    lm = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, p in lm.named_parameters():
            p.add_(torch.randn_like(p) * 0.2) if p.dim() == 1 else p.mul_(1 if "embed" in name else 4)
        lm.model.norm.weight.mul_(12)  # or all words would be about as likely, and nothing could go wrong
        letters = torch.tensor([words.decode([i]).strip().isalnum() for i in range(size)])
        for rows in {lm.get_input_embeddings().weight, lm.get_output_embeddings().weight}:
            rows[~letters] *= 0.01  # answers are words, which every program can show
    with files.new_folder(folder) as tmp:
        lm.to(dtype).save_pretrained(tmp)
        words.save(str(tmp / "tokenizer.json"))
        special = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|pad|>"}
        special["tokenizer_class"] = "PreTrainedTokenizerFast"
        (tmp / "tokenizer_config.json").write_text(json.dumps(special))
        (tmp / "chat_template.jinja").write_text(tiny.TEMPLATE)
        (tmp / "LICENSE").write_text("Anyone may use it.")
        record = base.record(tmp, family, "", "CC0-1.0", family, 1)
        files.write_new(tmp / "base.json", canonical.dumps(record))
    return base.open_base(folder)


def make_adapter(folder: Path, of: base.Base, **settings) -> Path:
    """A random adapter on all linear layers, as the trainer writes one."""
    config = {
        "base_model_name_or_path": of.ref,
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": 4,
        "lora_alpha": 8,
        "lora_dropout": 0,
        "bias": "none",
        "target_modules": sorted({f"{n}_proj" for n in ("q", "k", "v", "o", "gate", "up", "down")}),
        "inference_mode": True,
    } | settings
    torch.manual_seed(6)
    tensors = {}
    for path in sorted(of.dir.glob("*.safetensors")):
        for name, weight in load_file(path).items():
            if name.endswith("_proj.weight"):
                layer = f"base_model.model.{name.removesuffix('.weight')}"
                tensors[f"{layer}.lora_A.weight"] = torch.randn(4, weight.shape[1]) * 0.1
                tensors[f"{layer}.lora_B.weight"] = torch.randn(weight.shape[0], 4) * 0.1
    adapter.write(folder, config, tensors)
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """made(family) -> (base, adapter folder), made once."""
    found = {}

    def make(family: str):
        if family not in found:
            folder = tmp_path_factory.mktemp(family)
            of = make_base(folder / "base", family)
            found[family] = of, make_adapter(folder / "adapter", of)
        return found[family]

    return make


def request(of: base.Base, adapter_dir: Path, kind: str, out: Path) -> dict:
    fields = {"base_dir": str(of.dir), "adapter_dir": str(adapter_dir), "name": "Bike helper", "prompts": QUESTIONS}
    return fields | {"format": kind, "out": str(out)}


def untouched(out: Path) -> bool:
    return not out.exists() and not list(out.parent.glob(".tmp-*"))


# -- every format, every family -----------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "olmo2"])
@pytest.mark.parametrize("kind", [f for f in job.FORMATS if f != "peft"])
def test_an_export_is_read_elsewhere_and_is_the_run(made, tmp_path, family, kind):
    of, folder = made(family)
    emitter, out = Emitter(), tmp_path / "out"
    result = job.run(request(of, folder, kind, out), emitter)
    check = result["check"]
    assert check[check["bound"]] <= check["limit"]
    assert [a["prompt"] for a in check["answers"]] == QUESTIONS
    assert check["positions"] > 20
    assert abs(check["adapter_share"] - 1) < 0.02
    if kind in ("merged", "gguf-adapter"):  # nothing is rounded
        assert check["relative"] < 1e-5
        assert [a["run"] for a in check["answers"]] == [a["export"] for a in check["answers"]]
    assert {f["path"] for f in result["files"]} == {p.name for p in out.iterdir()}
    for f in result["files"]:
        assert f["sha256"] == files.sha256(out / f["path"])
        assert f["bytes"] == (out / f["path"]).stat().st_size
    assert [p[0] for p in emitter.phases if p[0] != "saving"] == ["loading", "checking"]
    if kind != "gguf-adapter":
        _, done, total, unit = [p for p in emitter.phases if p[0] == "saving"][-1]
        assert (done <= total, unit) == (True, "bytes")


@pytest.mark.parametrize("settings", [{}, {"use_rslora": True}])
def test_peft_reads_the_adapter_as_the_run_computes_it(made, tmp_path, settings):
    of, _ = made("llama")
    folder = make_adapter(tmp_path / "adapter", of, **settings)
    result = job.run(request(of, folder, "peft", ""), Emitter())
    assert result["files"] == []
    assert result["check"]["relative"] < 1e-5
    assert result["check"]["reader"].startswith("PEFT ")


def test_the_adapter_changes_what_is_said(made):
    """A comparison that would pass without the adapter would prove nothing."""
    of, folder = made("llama")
    numbers = lora.from_peft(*adapter.read(folder))
    said = compare.run(of.dir, numbers, QUESTIONS)
    bare = compare.load(of.dir, use_safetensors=True)
    found = compare.figures("", compare.EXACT, 1.0, said, [compare._logits(bare, s.ids) for s in said], ["", ""])
    assert not found.passed
    assert found.kl > compare.QUANTISED["q8_0"][1]
    assert compare.weights_share(numbers, bare, of.dir) == 0


def test_a_figure_that_is_no_number_does_not_pass(made):
    of, folder = made("llama")
    said = compare.run(of.dir, lora.from_peft(*adapter.read(folder)), QUESTIONS[:1])
    found = compare.figures("", compare.EXACT, 1.0, said, [torch.full_like(said[0].logits, float("nan"))], [""])
    assert not found.passed


# -- a run with qlora ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learnt_over_four_bits(made):
    """(base, adapter, the engine's own logits behind a question, with the base in four bits)."""
    of, folder = made("llama")
    config, tensors = adapter.read(folder)
    engine = model.load(of, torch.device("cpu"), "fp32", "qlora", adapter=config)
    engine.attach_config(config)
    engine.flat.load(engine.flat.vector, tensors)
    engine.refresh()
    return of, folder, lambda ids: model.last_logits(engine, ids)


def apart(mine: torch.Tensor, theirs: torch.Tensor) -> float:
    return ((theirs - mine).norm() / mine.norm()).item()


@pytest.mark.parametrize("kind", ["merged", "gguf:f16", "gguf:q5_0", "gguf-adapter", "peft"])
def test_an_export_of_a_qlora_run_is_what_the_engine_computes(learnt_over_four_bits, tmp_path, kind):
    of, folder, engine = learnt_over_four_bits
    out = tmp_path / "out"
    check = job.run(request(of, folder, kind, out) | {"method": "qlora"}, Emitter())["check"]
    assert check[check["bound"]] <= check["limit"]
    assert abs(check["adapter_share"] - 1) < 0.02
    assert ("over the base in 4 bits" in check["reader"]) == (kind in ("peft", "gguf-adapter"))
    ids = Tokenizer(of.dir).prompt_ids([{"role": "user", "content": QUESTIONS[0]}])
    if kind == "merged":
        lm = compare.load(out, use_safetensors=True)
    elif kind in ("gguf:f16", "gguf:q5_0"):
        lm = compare.load(out, gguf_file=next(out.iterdir()).name)
    else:
        numbers = lora.from_peft(*adapter.read(folder), four_bits=True)
        if kind == "gguf-adapter":
            numbers = gguf_file.read_adapter(next(out.iterdir()), of.dir, numbers)
        lm = compare.with_lora(compare.load(of.dir, use_safetensors=True), numbers)
    most = {"gguf:f16": 0.005, "gguf:q5_0": 0.3}.get(kind, 1e-5)
    assert apart(engine(ids), compare._logits(lm, [*ids, 0])[-1]) < most


def test_an_export_of_a_qlora_run_over_the_full_base_is_found(learnt_over_four_bits, tmp_path, monkeypatch):
    """The adapter of such a run, worked into the weights that it was not learnt over, is another model."""
    of, folder, _ = learnt_over_four_bits
    monkeypatch.setattr(
        lora.Lora, "worked_in", lambda self, n, w: w + self.delta(n[:-7]) if n[:-7] in self.pairs else w
    )
    for kind in ("merged", "gguf:q8_0"):
        with pytest.raises(JobError, match=r"predictions|divergence|of what the adapter"):
            job.run(request(of, folder, kind, tmp_path / "out") | {"method": "qlora"}, Emitter())
    assert untouched(tmp_path / "out")


def test_a_chat_with_a_qlora_run_has_the_base_that_it_learnt_over(learnt_over_four_bits, start):
    of, folder, _ = learnt_over_four_bits
    said = {}
    for method in ("qlora", "lora"):
        child = start(
            "generate", {"base_dir": str(of.dir), "adapter_dir": str(folder), "method": method, "device": "cpu"}
        )
        child.control(
            "ask", id="1", messages=[{"role": "user", "content": QUESTIONS[0]}], max_tokens=compare.MAX_TOKENS
        )
        said[method] = child.until("answer")["text"]
        numbers = lora.from_peft(*adapter.read(folder), four_bits=method == "qlora")
        assert said[method] == compare.run(of.dir, numbers, QUESTIONS[:1])[0].answer
    assert said["qlora"] != said["lora"]


def test_a_weight_in_four_bits_ends_in_a_part_of_a_block():
    weight = torch.randn(3, 50, dtype=torch.bfloat16)
    whole = torch.cat([weight.float().view(-1), torch.zeros(42)]).view(3, 64)
    want = lora.in_four_bits(whole).view(-1)[:150].view(3, 50)
    assert torch.equal(lora.in_four_bits(weight), want)
    assert 0 < apart(weight.float(), want) < 0.15


# -- an export that is not the run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gguf:f16", "gguf-adapter"])
def test_rows_in_the_wrong_order_are_found_and_the_file_removed(made, tmp_path, monkeypatch, kind):
    """llama's query and key rows stand in another order in a GGUF file; leaving them is the usual mistake."""
    monkeypatch.setattr(gguf_file.Names, "turn", lambda self, name, rows: rows)
    of, folder = made("llama")
    with pytest.raises(JobError, match="removed") as e:
        job.run(request(of, folder, kind, tmp_path / "out"), Emitter())
    assert e.value.advice
    assert untouched(tmp_path / "out")


def test_a_merge_that_forgets_the_scale_is_found(made, tmp_path, monkeypatch):
    of, folder = made("qwen2")
    monkeypatch.setattr(
        lora.Lora, "worked_in", lambda self, n, w: w + self.delta(n[:-7]) / 2 if n[:-7] in self.pairs else w
    )
    for kind in ("merged", "gguf:q4_0"):
        with pytest.raises(JobError, match="50% of what the adapter changes"):
            job.run(request(of, folder, kind, tmp_path / "out"), Emitter())
    assert untouched(tmp_path / "out")


def test_a_change_finer_than_the_numbers_is_found(tmp_path):
    """bfloat16 has eight binary digits: a faint adapter is rounded away when it is worked in."""
    of = make_base(tmp_path / "base", "llama", torch.bfloat16)
    folder = make_adapter(tmp_path / "adapter", of, lora_alpha=0.02)
    with pytest.raises(JobError, match="of what the adapter changes"):
        job.run(request(of, folder, "merged", tmp_path / "out"), Emitter())
    job.run(request(of, folder, "gguf-adapter", tmp_path / "adapter-out"), Emitter())


def test_another_template_or_stop_token_is_found(made, tmp_path, monkeypatch):
    of, folder = made("llama")
    real = vocabulary.Vocabulary.add_to
    for change in ({"template": "{{ messages }}"}, {"eos": 2}):

        def add(self, writer, change=change):
            before = dict(vars(self))
            vars(self).update(change)
            real(self, writer)
            vars(self).update(before)

        monkeypatch.setattr(vocabulary.Vocabulary, "add_to", add)
        with pytest.raises(JobError, match=r"template|eos"):
            job.run(request(of, folder, "gguf:f16", tmp_path / "out"), Emitter())
        assert untouched(tmp_path / "out")


@pytest.mark.parametrize(("kind", "advice"), [("q8_0", "report this"), ("q5_0", "gguf:q8_0"), ("q4_0", "gguf:q8_0")])
def test_too_few_bits_for_a_model_are_told_with_what_to_choose(kind, advice):
    bound, limit, lost = compare.QUANTISED[kind]
    found = compare.Figures("", 9, 0.9, limit * 1.01, 0.5, 1.0, bound, limit, lost, [])
    with pytest.raises(JobError, match="divergence") as e:
        job._passed(f"gguf:{kind}", found)
    assert advice in e.value.advice


# -- merged --------------------------------------------------------------------------------------------------------


def test_a_base_in_parts_stays_in_its_parts_and_dtype(tmp_path):
    of = make_base(tmp_path / "base", "llama", torch.bfloat16)
    whole = load_file(of.dir / "model.safetensors")
    names = sorted(whole)
    parts = {"model-00001-of-00002.safetensors": names[:7], "model-00002-of-00002.safetensors": names[7:]}
    shutil.rmtree(tmp_path / "parted", ignore_errors=True)
    shutil.copytree(of.dir, tmp_path / "parted")
    (tmp_path / "parted" / "model.safetensors").unlink()
    for name, tensors in parts.items():
        save_file({t: whole[t] for t in tensors}, tmp_path / "parted" / name, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": {t: name for name, tensors in parts.items() for t in tensors}}
    (tmp_path / "parted" / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "parted" / "base.json").unlink()
    record = base.record(tmp_path / "parted", "parted", "", "CC0-1.0", "llama", 1)
    (tmp_path / "parted" / "base.json").write_bytes(canonical.dumps(record))
    parted = base.open_base(tmp_path / "parted")
    folder = make_adapter(tmp_path / "adapter", parted)
    result = job.run(request(parted, folder, "merged", tmp_path / "out"), Emitter())
    paths = {f["path"] for f in result["files"]}
    assert paths >= {*parts, "model.safetensors.index.json", "LICENSE", "chat_template.jinja", "tokenizer.json"}
    assert "base.json" not in paths
    numbers = lora.from_peft(*adapter.read(folder))
    for name, tensors in parts.items():
        with safe_open(tmp_path / "out" / name, framework="pt") as f:
            assert set(f.keys()) == set(tensors)
            for t in tensors:
                want = numbers.worked_in(t, whole[t]).to(torch.bfloat16)
                assert torch.equal(f.get_tensor(t), want), t


# -- GGUF ----------------------------------------------------------------------------------------------------------


def test_what_a_gguf_file_says_of_itself(made, tmp_path):
    of, folder = made("qwen2")
    job.run(request(of, folder, "gguf:q8_0", tmp_path / "out"), Emitter())
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "bike-helper-q8_0.gguf"
    reader = gguf.GGUFReader(path)
    said = {
        "general.architecture": "qwen2",
        "general.type": "model",
        "general.name": "Bike helper",
        "general.license": "CC0-1.0",
        "general.file_type": 7,
        "qwen2.block_count": 2,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": tiny.TEMPLATE,
    }
    assert {key: gguf_file.value(reader, key) for key in said} == said
    kinds = {t.name: t.tensor_type.name for t in reader.tensors}
    assert kinds["blk.0.attn_q.weight"] == "Q8_0"
    assert kinds["blk.0.attn_q.bias"] == kinds["output_norm.weight"] == "F32"
    assert "output.weight" not in kinds  # tied
    types = gguf_file.value(reader, "tokenizer.ggml.token_type")
    assert (types[0], types[10], types[-1]) == (3, 1, 5)  # control, normal, unused


def test_stretched_positions_are_in_the_file(made, tmp_path):
    """The factors that llama.cpp divides its frequencies by: high frequencies stay, low ones are eight times lower."""
    of, folder = made("llama-3.1")
    job.run(request(of, folder, "gguf:q8_0", tmp_path / "out"), Emitter())
    reader = gguf.GGUFReader(next((tmp_path / "out").iterdir()))
    assert gguf_file.value(reader, "llama.rope.freq_base") == 500_000
    (factors,) = [t.data for t in reader.tensors if t.name == "rope_freqs.weight"]
    assert len(factors) == 8  # half of a head
    assert factors[0] == 1
    assert 1 < factors[1] < 8
    assert factors[2:].tolist() == pytest.approx([8] * 6)


def test_an_adapter_file_is_scaled_by_alpha_over_rank(made, tmp_path):
    of, _ = made("llama")
    folder = make_adapter(tmp_path / "adapter", of, use_rslora=True)
    job.run(request(of, folder, "gguf-adapter", tmp_path / "out"), Emitter())
    reader = gguf.GGUFReader(next((tmp_path / "out").iterdir()))
    assert gguf_file.value(reader, "adapter.lora.alpha") == pytest.approx(8 * 4**0.5)  # rsLoRA: 8 / √4 = 16 / 4
    shapes = {t.name: list(t.shape) for t in reader.tensors}  # the file has the fastest dimension first
    assert shapes["blk.1.attn_k.weight.lora_a"] == [64, 4]
    assert shapes["blk.1.attn_k.weight.lora_b"] == [4, 32]


@pytest.mark.parametrize("kind", few_bits.HALF)
def test_few_bits_lose_less_than_the_plain_way(kind):
    torch.manual_seed(1)
    rows = torch.randn(64, 256)
    rows[3] = 0
    stored = few_bits.quantise(rows, kind)
    back = torch.from_numpy(gguf.dequantize(stored, kind))
    plain = torch.from_numpy(gguf.dequantize(gguf.quantize(rows.numpy(), kind), kind))
    assert (back[3] == 0).all()
    assert (back - rows).square().sum() < 0.92 * (plain - rows).square().sum()


LLAMA3_SPLIT = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": vocabulary._LLAMA3}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    ],
}


@pytest.mark.parametrize(
    ("rule", "pre"),
    [
        (LLAMA3_SPLIT, "llama-bpe"),
        (json.loads(json.dumps(LLAMA3_SPLIT).replace("{1,3}", "")), "qwen2"),
        ({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True},
                                                LLAMA3_SPLIT["pretokenizers"][1] | {"use_regex": True}]}, "smollm"),
        ({"type": "Whitespace"}, None),
        (LLAMA3_SPLIT["pretokenizers"][1] | {"add_prefix_space": True}, None),
    ],
)  # fmt: skip
def test_how_text_is_split_is_known_or_refused(made, tmp_path, rule, pre):
    of, _ = made("llama")
    for name in ("tokenizer_config.json", "config.json"):
        shutil.copyfile(of.dir / name, tmp_path / name)
    raw = json.loads((of.dir / "tokenizer.json").read_text())
    (tmp_path / "tokenizer.json").write_text(json.dumps(raw | {"pre_tokenizer": rule}))
    if pre is None:
        with pytest.raises(JobError, match="tokenizer"):
            vocabulary.Vocabulary(tmp_path, 266)
    else:
        assert vocabulary.Vocabulary(tmp_path, 266).pre == pre


ALONE = {"behavior": "Isolated", "invert": False}


def test_scores_join_what_the_merges_join():
    raw = json.loads(pieces("").to_str())["model"]
    vocab, merges = raw["vocab"], raw["merges"]
    scores = vocabulary._scores(vocab, merges, set())
    assert scores["th"] > scores["the"] > scores["▁t"]
    assert scores["▁▁"] == scores["▁▁▁▁"]  # their merges are mixed
    for wrong in (merges[:-1], [["t", "h"], *merges[:-1]], [merges[-1], *merges[:-1]]):
        with pytest.raises(JobError, match="SentencePiece"):
            vocabulary._scores(vocab, wrong, set())


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("splits text", {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, **ALONE}}),
        ("changes the text", {"normalizer": {"type": "NFC"}}),
        ("swallow the white space", {"added_tokens": [{"id": 1, "content": "<|im_end|>", "rstrip": True}]}),
        ("text around them", {"added_tokens": [{"id": 1, "content": "<|im_end|>", "lstrip": True}]}),
        ("runs of a character", {"added_tokens": [{"id": 8, "content": "\n\n", "special": False}]}),
    ],
)
def test_pieces_that_would_read_otherwise_are_refused(made, tmp_path, words, change):
    of, _ = made("gemma2")
    shutil.copytree(of.dir, tmp_path / "base")
    raw = json.loads((of.dir / "tokenizer.json").read_text())
    plain = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    change = {k: [plain | a for a in v] if k == "added_tokens" else v for k, v in change.items()}
    (tmp_path / "base" / "tokenizer.json").write_text(json.dumps(raw | change))
    with pytest.raises(JobError, match=words):
        vocabulary.Vocabulary(tmp_path / "base", 400)


def test_a_name_says_phi_3_just_when_the_marks_are_those_of_phi_3(made):
    """llama.cpp looks for it in the file's name for itself, and stops where the marks are missing."""
    phi, other = (vocabulary.Vocabulary(made(family)[0].dir, 400) for family in ("phi3", "gemma2"))
    assert (phi.title("Bike helper"), phi.title("My Phi-3")) == ("Bike helper (Phi-3)", "My Phi-3")
    assert (other.title("Bike helper"), other.title("Phi-3 and phi3")) == ("Bike helper", "Phi 3 and phi 3")


def test_every_stop_token_is_in_the_file(made, tmp_path):
    """Some bases end a turn with one mark and a text with another; the tokenizer's own comes first."""
    of, _ = made("llama")
    shutil.copytree(of.dir, tmp_path / "base")
    (tmp_path / "base" / "generation_config.json").write_text('{"eos_token_id": [1, 2]}')
    assert vocabulary.Vocabulary(tmp_path / "base", 266).stops == [1, 2]


# -- the template for programs without Jinja -----------------------------------------------------------------------


class Words(Tokenizer):
    def __init__(self, text: str):
        self._template = text
        self.bos, self.eos, self.unk, self.pad = "<s>", "</s>", None, None


def test_a_template_is_taken_apart():
    default = "{% if messages[0].role != 'system' %}{{ 'You help.|' }}{% endif %}"
    found = template.parts(Words(default + tiny.TEMPLATE))
    assert found["before"]["user"] == "You help.|<|im_start|>user\n"
    assert found["before"]["system"] == "<|im_start|>system\n"
    assert found["prompt"] == "<|im_end|>\n<|im_start|>assistant\n"
    assert template.parts(Words("{{ bos_token }}" + tiny.TEMPLATE), "<s>")["before"]["user"] == "<|im_start|>user\n"
    no_system = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}"
    assert template.parts(Words(no_system + tiny.TEMPLATE))["example"][0]["role"] == "user"


def test_a_template_that_looks_into_the_messages_is_not_taken_apart():
    assert template.parts(Words("{% for m in messages %}{{ m.content | upper }}{% endfor %}")) is None
    assert template.parts(Words("{% for m in messages %}{{ m.content }}{{ m.content | length }}|{% endfor %}")) is None


# -- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{"use_dora": True}, {"modules_to_save": ["lm_head"]}, {"rank_pattern": {"q_proj": 8}}, {"bias": "all"}]
)
def test_an_adapter_that_is_more_than_lora_is_refused(made, tmp_path, settings):
    of, _ = made("llama")
    folder = make_adapter(tmp_path / "adapter", of, **settings)
    with pytest.raises(JobError, match="more than LoRA") as e:
        job.run(request(of, folder, "merged", tmp_path / "out"), Emitter())
    assert e.value.kind == "refused"
    assert untouched(tmp_path / "out")


def test_a_family_that_was_not_tested_is_refused_before_anything_is_done(made, tmp_path):
    of, folder = made("olmo2")
    for kind in ("gguf:q8_0", "gguf-adapter"):
        with pytest.raises(JobError, match="olmo2 are not tested"):
            job.run(request(of, folder, kind, tmp_path / "out"), Emitter())
    assert untouched(tmp_path / "out")
    job.run(request(of, folder, "merged", tmp_path / "out"), Emitter())


@pytest.mark.parametrize(
    ("family", "words", "change"),
    [
        ("gemma2", "scaled by more", {"query_pre_attn_scalar": 40}),
        ("gemma2", "windows in other layers", {"layer_types": ["full_attention"] * 2}),
        ("gemma2", "limits of its logits", {"final_logit_softcapping": None}),
        ("gemma3", "limits of its logits", {"final_logit_softcapping": 30.0}),
        ("gemma3", "windows in other layers", {"layer_types": ["sliding_attention"] * 6}),
        ("gemma3", "positions in some layers", {"rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": 1e6},
            "sliding_attention": {"rope_type": "default", "rope_theta": 2e4}}}),
        ("gemma3", "kind linear", {"rope_parameters": {
            "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}}),
        ("phi3", "kind longrope", {"rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4}}),
        ("phi3", "heads of another width", {"head_dim": 32}),
        ("qwen3", "biases", {"attention_bias": True}),
        ("qwen2", "kind llama3", {"rope_parameters": LLAMA3}),
        ("llama", "a part of each head", {"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}}),
        ("llama", "another activation", {"hidden_act": "gelu_pytorch_tanh"}),
    ],
)  # fmt: skip
def test_what_no_reader_was_seen_to_read_is_refused(made, family, words, change):
    config = json.loads((made(family)[0].dir / "config.json").read_text())
    assert gguf_file.family(config)
    with pytest.raises(JobError, match=words):
        gguf_file.family(config | change)


@pytest.mark.parametrize("family", ["mistral", "phi3"])
def test_a_reader_without_windows_is_told_of_no_more_than_a_window(made, family):
    config = json.loads((made(family)[0].dir / "config.json").read_text())
    assert gguf_file.shape_keys(config)["context_length"] == 300
    assert gguf_file.shape_keys(config | {"sliding_window": None, "layer_types": None})["context_length"] == 512


def test_a_full_folder_disk_or_memory_is_refused(made, tmp_path, monkeypatch):
    of, folder = made("llama")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("x")
    with pytest.raises(JobError, match="not empty"):
        job.run(request(of, folder, "merged", tmp_path / "mine"), Emitter())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 1000))
    with pytest.raises(JobError, match="needs") as e:
        job.run(request(of, folder, "gguf:f16", tmp_path / "out"), Emitter())
    assert e.value.kind == "disk"
    monkeypatch.undo()
    monkeypatch.setattr(device, "memory", lambda of: (4 << 30, 1 << 20))
    with pytest.raises(JobError, match="of memory") as e:
        job.run(request(of, folder, "gguf:f16", tmp_path / "out"), Emitter())
    assert e.value.kind == "memory"
    assert untouched(tmp_path / "out")


def test_an_adapter_of_another_base_is_refused(made, tmp_path):
    (_, folder), (other, _) = made("llama"), made("qwen2")
    with pytest.raises(JobError, match="made for"):
        job.run(request(other, folder, "merged", tmp_path / "out"), Emitter())


# -- as a process --------------------------------------------------------------------------------------------------


def test_the_result_has_the_fields_that_go_reads(made, tmp_path, start):
    of, folder = made("llama")
    child = start("export", request(of, folder, "gguf:q8_0", tmp_path / "out"))
    assert child.end() == 0, child.log.read_text()[-2000:]
    lines = (PROJECT.parent / "protocol" / "testdata" / "export.jsonl").read_text().splitlines()
    want = json.loads(lines[1])["export"]
    (result,) = child.of("result")
    assert set(result["export"]) == set(want)
    for part in ("check", "template"):
        assert set(result["export"][part]) == set(want[part])
    assert set(result["export"]["check"]["answers"][0]) == set(want["check"]["answers"][0])
    assert set(result["export"]["files"][0]) == set(want["files"][0])


@pytest.mark.parametrize("phase", ["loading", "saving", "checking"])
@pytest.mark.parametrize("ends", ["input", "signal"])
def test_an_export_that_nobody_waits_for_ends_and_leaves_nothing(made, tmp_path, start, phase, ends):
    of, folder = made("llama")
    out = tmp_path / "made" / "out"
    child = start("export", request(of, folder, "merged", out))
    child.until("phase", phase=phase)
    if ends == "input":
        child.stdin.close()
    else:
        child.signal(signal.SIGTERM)
    assert child.end() == 1, child.log.read_text()[-2000:]
    assert "ended from outside" in child.of("error")[0]["message"]
    assert not child.of("result")
    assert [*out.parent.glob("*"), *out.parent.glob(".*")] == []
