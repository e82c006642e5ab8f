"""The compiled work of the decoder against float64, and that neither threads nor neighbours change a bit."""

import platform

import pytest
import torch

from modelfactory_trainer.engine import attention, compiled, families, head, prologue

HERE = {"AVX512": ["avx512", "avx2"], "AVX2": ["avx2"]}.get(torch.backends.cpu.get_cpu_capability(), [])
WIDTHS = ["neon"] if platform.machine() == "aarch64" else HERE
pytestmark = pytest.mark.skipif(platform.system() != "Linux" or not WIDTHS, reason="nothing is built for this system")


class Counted:
    """A library that remembers which of its functions were called."""

    def __init__(self, library):
        self.library, self.called = library, set()

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.library, name)


@pytest.fixture(params=WIDTHS, autouse=True)
def kernels(request, monkeypatch):
    """Each library that this processor can run."""
    library = compiled.load(request.param)
    assert library is not None, "make kernels"
    counted = Counted(library)
    monkeypatch.setattr(compiled, "KERNELS", counted)
    return counted


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def drawn(lengths, heads, kv_heads, dim, seed=0):
    """q, k, v as views of one matrix, as the decoder has them, a gradient, and the spans."""
    g = torch.Generator().manual_seed(seed)
    time = sum(lengths)
    qkv = torch.randn(time, (heads + 2 * kv_heads) * dim, generator=g) * 1.5
    ends = torch.tensor(lengths).cumsum(0).tolist()
    spans = list(zip([0, *ends], ends, strict=False))
    grad = torch.randn(time, heads * dim, generator=g)
    return qkv.view(time, -1, dim).split([heads, kv_heads, kv_heads], 1), grad, spans


def attended(qkv, grad, spans, dtype):
    leaves = [x.detach().to(dtype).requires_grad_() for x in qkv]
    out = attention.causal(*leaves, spans, leaves[0].shape[2] ** -0.5)
    out.backward(grad.to(dtype))
    return [out.detach(), *(x.grad for x in leaves)]


@pytest.mark.parametrize(
    ("heads", "kv_heads", "dim"), [(9, 3, 64), (4, 4, 16), (2, 1, 128), (3, 1, 80), (2, 2, 96), (1, 1, 256)]
)
@pytest.mark.parametrize("lengths", [(1,), (2, 7, 1, 30), (191, 192), (193, 5), (384, 385), (600,), (1023,)], ids=str)
def test_attention_and_its_gradients(lengths, heads, kv_heads, dim, kernels):
    qkv, grad, spans = drawn(lengths, heads, kv_heads, dim)
    found = attended(qkv, grad, spans, torch.float32)
    for one, exact in zip(found, attended(qkv, grad, spans, torch.float64), strict=True):
        assert float((one - exact).abs().max()) < 1e-5 * max(1.0, float(exact.abs().max()))
    assert {"attention_forward", "attention_backward"} <= kernels.called


def test_attention_of_large_scores():
    """Scores far apart: what is far below the largest is 0 and nothing overflows."""
    (q, k, v), grad, spans = drawn((300,), 2, 1, 32)
    far = [q * 8, k * 8, v]
    found, wanted = (attended(far, grad, spans, dtype) for dtype in (torch.float32, torch.float64))
    for one, exact in zip(found, wanted, strict=True):
        assert float((one - exact).norm() / exact.norm()) < 1e-4


def test_neighbours_and_threads_change_no_bit(threads):
    lengths = (700, 33, 386, 5)
    qkv, grad, spans = drawn(lengths, 6, 2, 64)
    threads(1)
    packed = attended(qkv, grad, spans, torch.float32)
    for a, b in spans:
        alone = attended([x[a:b] for x in qkv], grad[a:b], [(0, b - a)], torch.float32)
        for whole, part in zip(packed, alone, strict=True):
            assert torch.equal(whole[a:b], part)
    for count in (2, 3):
        threads(count)
        for one, other in zip(packed, attended(qkv, grad, spans, torch.float32), strict=True):
            assert torch.equal(one, other)


def through(function, x, grad, dtype):
    x = x.detach().to(dtype).requires_grad_()
    out = function(x)
    out.backward(grad.to(dtype))
    return out.detach(), x.grad


def test_gradients_of_odd_strides():
    """One number for all, and the columns of a wider matrix."""
    qkv, grad, spans = drawn((30, 200), 4, 2, 32)
    wide = torch.zeros(230, 128 + 48)
    wide[:, :128] = grad
    for odd in (wide[:, :128], torch.ones(1, 1).expand(230, 128), grad[:1].expand(230, 128)):
        plain = odd.contiguous()
        for one, other in zip(*(attended(qkv, g, spans, torch.float32) for g in (odd, plain)), strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("rows", [1, 15, 16, 100])
def test_norm(rows, threads, kernels):
    torch.manual_seed(0)
    x, grad, weight = torch.randn(rows, 176) * 5, torch.randn(rows, 176), torch.randn(176)
    threads(2)
    found = through(lambda x: prologue.normed(prologue.Norm(weight, 1e-5, False), x), x, grad, torch.float32)
    exact = through(lambda x: prologue.normed(prologue.Norm(weight.double(), 1e-5, False), x), x, grad, torch.float64)
    for one, other in zip(found, exact, strict=True):
        assert torch.allclose(one.double(), other, atol=1e-6, rtol=3e-6)
    assert {"norm_forward", "norm_backward"} <= kernels.called


@pytest.mark.parametrize("rows", [1, 17, 64])
def test_gated(rows, kernels):
    torch.manual_seed(0)
    gate_up, grad, gated = torch.randn(rows, 2 * 112) * 6, torch.randn(rows, 112), prologue.Gated("silu")
    gate_up[0, :3] = torch.tensor([200.0, -200.0, 0.0])
    made = []
    for dtype in (torch.float32, torch.float64):
        out = torch.empty(rows, 112 + 8, dtype=dtype)[:, :112]  # wider rows, as where the adapter's columns stand
        gated.forward(out, gate_up.to(dtype))
        grads, again = gated.both(grad.to(dtype), gate_up.to(dtype), 112)
        assert torch.equal(again, out)
        made.append([out, *grads])
    for one, other in zip(*made, strict=True):
        assert torch.allclose(one.double(), other, atol=1e-6, rtol=2e-6)
    assert {"gated_forward", "gated_backward"} <= kernels.called


def test_attention_in_bfloat16_is_that_of_its_numbers():
    qkv, grad, spans = drawn((40, 200), 4, 2, 32)
    qkv, grad = [x.bfloat16() for x in qkv], grad.bfloat16()
    for one, exact in zip(*(attended(qkv, grad, spans, d) for d in (torch.bfloat16, torch.float64)), strict=True):
        assert float((one - exact).norm() / exact.norm()) < 0.01


def test_rotation_turns_part_of_a_head_and_back(kernels):
    torch.manual_seed(0)
    rotation = attention.Rotation(families.Rope(10_000.0, 24), torch.arange(50))
    x = torch.randn(50, 5 * 32)
    wide, turned = x.double().view(50, 5, 32), x.clone().view(50, 5, 32)
    rotation.turn_(wide)
    rotation.turn_(turned)
    assert torch.allclose(turned.double(), wide, atol=1e-6)
    assert not torch.equal(turned[1:], x.view(50, 5, 32)[1:])
    rotation.turn_(turned, back=True)
    assert torch.allclose(turned, x.view(50, 5, 32), atol=1e-6)
    assert kernels.called == {"rotate"}


@pytest.mark.parametrize("vocabulary", [7, 259, 50_001])
def test_entropy_and_its_gradient(vocabulary, kernels):
    torch.manual_seed(0)
    hidden, weight = torch.randn(33, 16), torch.randn(vocabulary, 16) * 2
    weight[0] *= 30  # some logits far above the others
    targets = torch.randint(0, vocabulary, (33,))
    made = []
    for dtype in (torch.float32, torch.float64):
        h = hidden.detach().to(dtype).requires_grad_()
        losses = head.token_losses(h, weight.to(dtype), targets)
        losses.sum().backward()
        made.append((losses.detach(), h.grad))
    for one, other in zip(*made, strict=True):
        assert float((one - other).norm() / other.norm()) < 2e-6
    assert kernels.called == {"entropy"}


def test_threads_change_no_bit_of_rows(threads):
    torch.manual_seed(0)
    x, gate_up, grad, weight = (torch.randn(100, n) for n in (64, 128, 64, 64))
    targets, rotation = torch.randint(0, 64, (100,)), attention.Rotation(families.Rope(1e4, 32), torch.arange(100))
    norm, gated, found = prologue.Norm(weight[0], 1e-5, False), prologue.Gated("silu"), []
    for count in (1, 2, 3):
        threads(count)
        turned = x.clone().view(100, 2, 32)
        rotation.turn_(turned)
        logits, losses = x.clone(), torch.empty(100)
        compiled.entropy(logits, targets, losses, True)
        (d_gate_up,), again = gated.both(grad, gate_up, 64)
        found.append([turned, logits, losses, d_gate_up, again, norm.made(x, 64), *norm.backward(grad, x)])
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_what_torch_refuses_is_left_to_torch():
    """Compiled code checks nothing: a base whose figures do not fit has to end in an error, not in other memory."""
    hidden, weight = torch.ones(4, 16), torch.ones(40, 16)
    for target in (40, -1):
        with pytest.raises((RuntimeError, IndexError)):
            head.token_losses(hidden, weight, torch.tensor([0, 1, 2, target]))
    with pytest.raises(RuntimeError):
        prologue.Norm(torch.ones(16), 1e-5, False).made(torch.ones(4, 32), 32)
    (q, k, v), *_ = drawn((40,), 3, 2, 16)
    assert not compiled.attends(q, k, v)
    with pytest.raises(RuntimeError):
        attention.Rotation(families.Rope(1e4, 64), torch.arange(40)).turn_(torch.ones(40, 2, 32))


def test_a_library_of_other_sources_is_not_used(monkeypatch):
    monkeypatch.setattr(compiled, "LAYOUT", compiled.LAYOUT + 1)
    assert compiled.load(WIDTHS[0]) is None


def test_a_number_that_is_none_shows():
    hidden, weight, targets = torch.ones(2, 16), torch.ones(40, 16), torch.tensor([1, 2])
    hidden[1, 3] = float("nan")
    losses = head.token_losses(hidden, weight, targets)
    assert losses.isfinite().tolist() == [True, False]
    (q, k, v), _, spans = drawn((40,), 2, 1, 16)
    q = q.clone()
    q[7] = float("nan")
    assert attention.causal(q, k, v, spans, 0.25).isfinite().all(1).tolist() == [i != 7 for i in range(40)]


def test_other_numbers_go_another_way():
    assert compiled.takes(torch.ones(2, 16), width=16)
    assert not compiled.takes(torch.ones(2, 16, dtype=torch.float64), width=16)
    assert not compiled.takes(torch.ones(2, 16, dtype=torch.bfloat16), width=16)
    assert not compiled.takes(torch.ones(2, 24), width=24)
    assert not compiled.takes(torch.ones(16, 2).t(), width=16)
    heads = torch.ones(5, 4, 32)
    assert compiled.attends(heads, heads, heads)
    assert not compiled.attends(heads.transpose(1, 2).contiguous().transpose(1, 2), heads, heads)
