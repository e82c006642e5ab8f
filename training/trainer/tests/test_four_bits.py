"""NF4: the numbers are those of bitsandbytes, and a base in four bits is a base of the numbers it unpacks to."""

import json

import families as bases
import pytest
import torch
from conftest import facts
from safetensors.torch import load_file, save_file
from test_decoder import CONFIG, relative, rows
from test_preferences import preferences

from modelfactory_trainer import adapter, base, batch, compat, model
from modelfactory_trainer.engine import decoder, families, lora, nf4, prologue
from modelfactory_trainer.errors import JobError

CPU = torch.device("cpu")


def matrix(w: torch.Tensor, dtype=torch.float32) -> nf4.Matrix:
    made = nf4.Matrix(*w.shape, nf4.Scratch(dtype, CPU))
    made.fill(0, w)
    return made


def reference(w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(packed, absmax, unpacked) of bitsandbytes, given all numbers as one row: on processors it unpacks rows whose
    width is no multiple of 64 wrong (0.50.2)."""
    from bitsandbytes import functional

    packed, state = functional.quantize_4bit(w.reshape(1, -1), blocksize=64, quant_type="nf4")
    return packed.view(-1), state.absmax, functional.dequantize_4bit(packed, state).view(w.shape)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("rows", "width"), [(3, 64), (64, 112), (1100, 192)])  # the last in several chunks
def test_the_numbers_are_those_of_bitsandbytes(rows, width, dtype):
    torch.manual_seed(rows)
    w = torch.randn(rows, width).to(dtype)
    blocks = w.view(-1, 64)
    blocks[0] = 0
    blocks[1] *= 1e-30
    blocks[2] = 0
    blocks[2, :16] = nf4.VALUES  # with 1 as the largest: the values themselves
    packed, absmax, unpacked = reference(w)
    ours = matrix(w, dtype)
    assert torch.equal(ours.packed, packed)
    assert torch.equal(ours.absmax, absmax)
    assert torch.equal(ours.numbers(), unpacked)
    assert torch.equal(ours.numbers().view(-1, 64)[2], blocks[2])


def test_numbers_between_two_values_go_where_bitsandbytes_has_them():
    bounds = (nf4.VALUES[1:] + nf4.VALUES[:-1]) / 2
    near = torch.cat([bounds, torch.nextafter(bounds, bounds + 1), torch.nextafter(bounds, bounds - 1)])
    w = torch.zeros(1, 64)
    w[0, : len(near)], w[0, 63] = near, 1
    assert torch.equal(matrix(w).packed, reference(w)[0])


def test_the_kernel_of_bitsandbytes_reads_what_we_pack():
    ours, unpack = matrix(torch.randn(64, 112)), nf4.library(CPU)
    assert torch.equal(unpack(ours.packed, ours.absmax, ours.dtype), ours.numbers().view(-1))


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_projection_gradient(residual, biased):
    torch.manual_seed(0)
    f = {"dtype": torch.float64}
    norm = prologue.Norm(torch.randn(64, **f), 1e-5, False)
    x, r = torch.randn(3, 64, **f, requires_grad=True), torch.randn(3, 5, **f, requires_grad=True)
    a = torch.randn(4, 64, **f, requires_grad=True)
    b = [torch.randn(n, 2, **f, requires_grad=True) for n in (2, 3)]
    packed = matrix(torch.randn(5, 64), torch.float64)
    p = lora.Packed([("q", 2), ("k", 3)], packed, torch.randn(5, **f) if biased else None, 64)

    def run(x, r, a, *b):
        p.attach(a, list(b), 1.7, 0.0)
        return p(norm, r if residual else None, x, adapter=True, train=False)

    assert torch.autograd.gradcheck(run, (x, r, a, *b))


@pytest.fixture(params=["llama", "llama-biased", "qwen3", "gemma3", "phi3"])
def pair(request, tmp_path):
    """(a base in four bits, the same with the numbers they unpack to in float32), without adapters."""
    lm = bases.make(request.param, tmp_path / "base")
    shape = families.read(json.loads((tmp_path / "base" / "config.json").read_text()))
    linear = {n for n, m in lm.named_modules() if isinstance(m, torch.nn.Linear) and n != "lm_head"}
    tensors = load_file(tmp_path / "base" / "model.safetensors")
    for name in linear:
        tensors[f"{name}.weight"] = reference(tensors[f"{name}.weight"])[2]
    (tmp_path / "unpacked").mkdir()
    save_file(tensors, tmp_path / "unpacked" / "model.safetensors", metadata={"format": "pt"})
    return (
        decoder.Decoder(tmp_path / "base", shape, CPU, torch.float32, four_bits=True),
        decoder.Decoder(tmp_path / "unpacked", shape, CPU, torch.float32),
    )


def adapted(ours: decoder.Decoder, dropout: float = 0.0) -> decoder.Decoder:
    ours.attach_config(CONFIG | {"target_modules": ours.targets(), "lora_dropout": dropout})
    g = torch.Generator().manual_seed(11)
    ours.flat.vector.copy_(torch.randn(ours.flat.vector.shape, generator=g) * 0.05)
    ours.refresh()
    return ours


@pytest.mark.parametrize(("dropout", "recompute"), [(0.0, 0), (0.2, 2)])
def test_logits_and_gradients_are_those_over_the_unpacked_base(pair, dropout, recompute):
    found = []
    packed = batch.pack(list(rows()), CPU)
    for ours in pair:
        adapted(ours, dropout).train(True)
        ours.recompute = recompute
        torch.manual_seed(4)
        ours.token_losses(packed).sum().backward()
        ours.train(False)
        with ours.without_adapter(), torch.no_grad():
            bare = ours.logits(packed)
        after, _ = ours.next_logits([ids for ids, _ in rows()], [None] * 3)
        found.append((ours.logits(packed).detach(), bare, after, ours.flat.views(ours.flat.grad)))
    (*got, gradients), (*want, wanted) = found
    for g, w in zip(got, want, strict=True):
        assert relative(g, w) < 1e-5
    for name, w in wanted.items():
        assert float(w.norm()) > 0
        assert relative(gradients[name], w) < 1e-5, name


def test_gradients_apart_sum_to_the_gradient(pair):
    ours = adapted(pair[0], 0.3)
    packed, parts = batch.pack(list(rows()), CPU), torch.zeros(2, len(ours.flat.grad))
    with ours.split(packed, [0, 1, 0], parts):
        ours.token_losses(packed).sum().backward()
    assert relative(parts.sum(0), ours.flat.grad) < 1e-6
    ours.flat.grad.zero_()
    ours.token_losses(batch.pack([list(rows())[1]], CPU)).sum().backward()
    assert relative(parts[1], ours.flat.grad) < 1e-6


def test_a_width_that_is_no_multiple_of_a_block_goes_to_compat(tmp_path):
    narrow = bases.SIZES | {"model_type": "llama", "hidden_size": 96}
    (tmp_path / "config.json").write_text(json.dumps(narrow))
    opened = base.Base(tmp_path, "x", "1", "", {})
    assert model.shape(opened, "lora") is not None
    assert model.shape(opened, "qlora") is None


def test_other_families_are_held_by_bitsandbytes_and_on_cards_alone(tmp_path):
    from transformers import AutoModelForCausalLM, GPTNeoXConfig

    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=259, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    packed, losses = batch.pack(list(rows()), CPU), []
    for four_bits in (True, False):
        ours = compat.load(tmp_path, CPU, torch.float32, four_bits)
        with torch.no_grad():
            losses.append(ours.token_losses(packed))
    assert 1e-6 < relative(*losses) < 0.02
    with pytest.raises(JobError, match="graphics card"):
        model.load(base.Base(tmp_path, "x", "1", "", {}), CPU, "fp32", "qlora")


def test_what_was_never_tried_is_refused(base_dir):
    with pytest.raises(JobError, match="Apple"):
        model.load(base.open_base(base_dir), torch.device("mps"), "fp32", "qlora")


@pytest.mark.parametrize("objective", ["sft", "dpo"])
def test_a_run_that_was_cut_ends_with_the_same_adapter(make_run, finish, start, objective):
    data = preferences(24) if objective == "dpo" else facts()
    same = {"rows": data, "method": "qlora", "objective": objective, "dropout": 0.1, "eval_every": 0}
    folder, job = make_run(name="whole", passes=4, **same)
    child, whole = finish(job)
    assert child.of("plan")[0]["engine"] == "decoder"
    steps = child.of("step")
    assert steps[-1]["loss"] < 0.9 * steps[0]["loss"]
    if objective == "sft":
        learnt = json.loads((folder / "report.json").read_text())["nets"]
        assert all(net["loss_after"] < net["loss_before"] for net in learnt if net["measured"])

    cut_folder, cut = make_run(name="cut", passes=4, **same)
    child = start("train", cut)
    child.until("step", step=4)
    child.control("pause")
    assert child.end() == 0
    assert child.of("result")[0]["train"]["state"] == "paused"
    _, resumed = finish(cut | {"resume": True})
    assert resumed["adapter_digest"] == whole["adapter_digest"]
    assert (cut_folder / "adapter" / adapter.WEIGHTS).read_bytes() == (
        folder / "adapter" / adapter.WEIGHTS
    ).read_bytes()
