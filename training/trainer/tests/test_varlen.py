"""All documents in one call of torch's flash operators, and when they are computed one after another instead.

There is no such operator for processors, so plain torch with the operators' own signature takes their place in torch's
dispatcher: what reaches it went through the checks of the real ones.
"""

import json
from types import SimpleNamespace

import families as bases
import pytest
import torch
from test_decoder import CONFIG, relative, rows
from test_train import here, record

from modelfactory_trainer import batch
from modelfactory_trainer.engine import attention, decoder, families, varlen

CPU, TOLD = torch.device("cpu"), "attention of packed documents"
SHAPE = families.Shape(
    family="qwen3", hidden=32, layers=1, heads=6, kv_heads=2, head_dim=16, mlp=8, vocab=9, eps=1e-5, tied=True,
    activation="silu", ropes=(), rope_of=(0,), window_of=(0,), scale=0.25,
)  # fmt: skip


def scores(q, k, ends, causal, scale, left, right):
    """For each document its places and its scores (heads, time, time), as the flash operators see them."""
    assert causal == (left is None)
    assert (right is None) == (left is None)
    assert right in (None, 0)
    for a, b in zip(ends.tolist(), ends.tolist()[1:], strict=False):
        qs, ks = (x[a:b].float().transpose(0, 1) for x in (q, k))
        back = torch.arange(b - a)[:, None] - torch.arange(b - a)
        seen = (back >= 0) & (back <= (b if left is None else left))
        s = qs @ ks.repeat_interleave(q.shape[1] // k.shape[1], 0).transpose(1, 2) * scale
        yield slice(a, b), s.masked_fill(~seen, float("-inf"))


class Plain:
    """_flash_attention_forward and _flash_attention_backward in plain torch. Faults are set to be tested: `spoil`
    takes what an operator ("forward" or "backward") found and gives what it returns; `wider` tokens too many are in
    each window."""

    def __init__(self):
        self.calls: list[SimpleNamespace] = []
        self.spoil = lambda which, found: found
        self.wider = 0

    def _seen(self, which, q, k, v, ends, other, most, causal, left):
        assert all(x.stride(-1) == 1 for x in (q, k, v))
        assert ends.dtype == torch.int32
        assert ends.is_contiguous()
        assert torch.equal(ends, other)
        assert ends[0] == 0
        assert ends[-1] == len(q) == len(k) == len(v)
        assert int(ends.diff().max()) == most[0] == most[1]
        mode = torch.get_deterministic_debug_mode()
        self.calls.append(SimpleNamespace(which=which, ends=ends, left=left, mode=mode))
        return left if left is None else left + self.wider

    def forward(
        self, q, k, v, ends, other, most_q, most_k, dropout, causal, debug, *, scale=None,
        window_size_left=None, window_size_right=None, **more,
    ):  # fmt: skip
        assert not dropout
        assert not debug
        assert not more
        left = self._seen("forward", q, k, v, ends, other, (most_q, most_k), causal, window_size_left)
        out, sums = torch.empty(q.shape, dtype=q.dtype), torch.empty(q.shape[1], len(q))
        for at, s in scores(q, k, ends, causal, scale, left, window_size_right):
            vs = v[at].float().transpose(0, 1).repeat_interleave(q.shape[1] // k.shape[1], 0)
            out[at] = (s.softmax(-1).to(q.dtype).float() @ vs).transpose(0, 1).to(q.dtype)
            sums[:, at] = s.logsumexp(-1)
        rest = [torch.empty(n, dtype=torch.uint64) for n in ((2,), ())]
        return *self.spoil("forward", (out, sums)), *rest, torch.empty(0)

    def backward(
        self, grad, q, k, v, out, sums, ends, other, most_q, most_k, dropout, causal, drawn, unused, *, scale=None,
        window_size_left=None, window_size_right=None,
    ):  # fmt: skip
        assert drawn.dtype == unused.dtype == torch.uint64
        left = self._seen("backward", q, k, v, ends, other, (most_q, most_k), causal, window_size_left)
        n = q.shape[1] // k.shape[1]
        grads = [torch.empty(x.shape, dtype=x.dtype) for x in (q, k, v)]
        for at, s in scores(q, k, ends, causal, scale, left, window_size_right):
            p = (s - sums[:, at, None]).exp()
            g, o, qs = (x[at].float().transpose(0, 1) for x in (grad, out, q))
            ks, vs = (x[at].float().transpose(0, 1).repeat_interleave(n, 0) for x in (k, v))
            ds = p * (g @ vs.transpose(1, 2) - (g * o).sum(-1, keepdim=True)) * scale
            ds = ds.to(q.dtype).float()
            dk, dv = ds.transpose(1, 2) @ qs, p.to(q.dtype).float().transpose(1, 2) @ g
            whole = [ds @ ks, *(x.view(-1, n, *x.shape[1:]).sum(1) for x in (dk, dv))]
            for into, x in zip(grads, whole, strict=True):
                into[at] = x.transpose(0, 1).to(into.dtype)
        return self.spoil("backward", tuple(grads))


@pytest.fixture
def afresh():
    varlen.taken.cache_clear()
    yield
    varlen.taken.cache_clear()


@pytest.fixture
def plain(afresh, monkeypatch):
    """The operators on the processor, in every floating-point type."""
    found, library = Plain(), torch.library.Library("aten", "IMPL")
    library.impl("_flash_attention_forward", found.forward, "CPU")
    library.impl("_flash_attention_backward", found.backward, "CPU")
    monkeypatch.setattr(varlen, "DEVICES", ("cpu",))
    monkeypatch.setattr(varlen, "DTYPES", (torch.bfloat16, torch.float16, torch.float32))
    yield found
    library._destroy()


@pytest.fixture
def mode():
    """torch's deterministic mode is set back behind the test."""
    before = torch.get_deterministic_debug_mode()
    yield
    torch.set_deterministic_debug_mode(before)


def of_family(name: str, folder) -> decoder.Decoder:
    bases.make(name, folder)
    shape = families.read(json.loads((folder / "config.json").read_text()))
    ours = decoder.Decoder(folder, shape, CPU, torch.float32)
    ours.attach_config(CONFIG | {"target_modules": ours.targets()})
    torch.manual_seed(1)
    ours.flat.vector.normal_(0, 0.05)
    ours.refresh()
    return ours


def step(ours: decoder.Decoder) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses of packed rows and the adapter's gradient."""
    ours.flat.grad.zero_()
    losses = ours.token_losses(batch.pack(list(rows()), CPU))
    losses.sum().backward()
    return losses.detach(), ours.flat.grad.clone()


@pytest.mark.parametrize("family", sorted(bases.CONFIGS))
def test_results_and_gradients_are_those_of_the_loop(family, tmp_path, plain, monkeypatch, capsys):
    ours = of_family(family, tmp_path)
    with monkeypatch.context() as m:
        m.setattr(varlen, "DEVICES", ())
        want_losses, want = step(ours)
    assert plain.calls == []
    step(ours)  # with the trial
    plain.calls.clear()
    losses, grad = step(ours)
    assert relative(losses, want_losses) < 1e-5
    assert relative(grad, want) < 1e-5
    told = capsys.readouterr().err.splitlines()
    if family == "gemma2":
        assert plain.calls == []
        assert told == [f"{TOLD} without a window: one after another, since the kernels cap no scores"]
        return
    windows = ["without", "with"] if any(ours.shape.window_of) else ["without"]
    assert told == [f"{TOLD} {w} a window: all in one call" for w in windows]
    # One call for all documents in each layer and direction, with lengths that were made once.
    assert [c.which for c in plain.calls] == ["forward"] * 3 + ["backward"] * 3
    ends = [0]
    for _, trained in rows():
        ends.append(ends[-1] + batch.length(trained))
    assert plain.calls[0].ends.tolist() == ends
    assert len({c.ends.data_ptr() for c in plain.calls}) == 1
    lefts = [window - 1 if window else None for window in ours.shape.window_of]
    assert [c.left for c in plain.calls] == [*lefts, *reversed(lefts)]


@pytest.mark.parametrize(("recompute", "away"), [(3, 0), (1, 2), (0, 3), (3, 3)])
def test_recomputed_and_offloaded_layers_change_no_bit(recompute, away, tmp_path, plain):
    ours = of_family("mistral", tmp_path)
    losses, grad = step(ours)
    ours.recompute, ours.offload = recompute, away
    got = step(ours)
    assert torch.equal(got[0], losses)
    assert torch.equal(got[1], grad)


def test_a_run_learns_the_same(make_run, plain, capfd):
    found = []
    for devices in ((), ("cpu",)):
        with pytest.MonkeyPatch.context() as m:
            m.setattr(varlen, "DEVICES", devices)
            folder, job = make_run(name=f"run-{len(devices)}", precision="fp32", max_steps=4)
            here(job)
        found.append([e["loss"] for e in record(folder) if e["event"] == "step"])
    assert len(found[0]) == 4
    assert found[1] == pytest.approx(found[0], rel=1e-5)
    assert plain.calls
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith(TOLD)]
    assert told == [f"{TOLD} without a window: all in one call"]


# -- the trial --------------------------------------------------------------------------------------------------------


def tried(window: int = 0, dtype=torch.bfloat16) -> str:
    return varlen.trial(SHAPE, CPU, dtype, window, attention.causal)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("window", [0, varlen.WINDOW])
def test_rounding_alone_is_no_reason(window, dtype, plain):
    before = torch.get_rng_state()
    assert tried(window, dtype) == ""
    assert torch.equal(torch.get_rng_state(), before)
    assert len(plain.calls) == 6


@pytest.mark.parametrize("which", [("forward", 0, "result"), ("backward", 0, "query"), ("backward", 1, "key")])
@pytest.mark.parametrize("fault", ["scaled", "nan", "one token"])
def test_other_numbers_are_refused(which, fault, plain):
    operator, place, name = which

    def spoil(which, found):
        if which == operator:
            x = found[place]
            if fault == "scaled":
                x.mul_(1.03)
            else:
                x[-30].fill_(float("nan")) if fault == "nan" else x[-30].neg_()
        return found

    plain.spoil = spoil
    assert "off by" in tried()
    assert f"({name})" in tried()


def test_documents_that_see_one_another_are_refused(plain, monkeypatch):
    real = scores
    monkeypatch.setitem(
        globals(), "scores", lambda q, k, ends, *more: real(q, k, torch.cat([ends[:1], ends[2:]]), *more)
    )
    assert "off by" in tried()


def test_a_window_too_wide_by_one_is_refused_and_layers_without_one_go_on(tmp_path, plain, capsys):
    plain.wider = 1
    ours = of_family("gemma3", tmp_path)
    shape = ours.shape
    assert set(shape.window_of) == {8}
    assert "off by" in tried(varlen.WINDOW)
    spans = [(0, 5), (5, 25)]
    where = varlen.lengths(spans, shape, CPU, torch.float32, attention.causal)
    assert (where.longest, where.windowed) == (20, False)
    assert where.take(0)
    assert where.take(20)
    assert not where.take(19)
    plain.calls.clear()
    qkv = torch.ones(25, 3, 4)
    attention.causal(*qkv.split(1, 1), spans, 1.0, 20, 0.0, where)
    assert [c.left for c in plain.calls] == [None]  # as long as the longest: it is none
    plain.calls.clear()
    step(ours)
    assert plain.calls == []  # all of its windows are shorter than a document
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert told[0].endswith("without a window: all in one call")
    assert "with a window: one after another, since the kernels are off by" in told[1]


@pytest.mark.parametrize("operator", ["forward", "backward"])
def test_an_error_is_no_end(operator, tmp_path, plain, monkeypatch, capsys):
    ours = of_family("qwen3", tmp_path)
    with monkeypatch.context() as m:
        m.setattr(varlen, "DEVICES", ())
        want = step(ours)

    def spoil(which, found):
        if which == operator:
            raise RuntimeError("FlashAttention only supports Ampere GPUs or newer.\nException raised from …")
        return found

    plain.spoil = spoil
    for _ in range(2):
        got = step(ours)
        assert torch.equal(got[0], want[0])
        assert torch.equal(got[1], want[1])
    assert capsys.readouterr().err.splitlines() == [
        f"{TOLD} without a window: one after another, since the kernels fail: "
        "FlashAttention only supports Ampere GPUs or newer."
    ]


def test_a_device_without_the_operators_is_no_end(afresh):
    assert tried().startswith("the kernels fail: Could not run 'aten::_flash_attention_forward'")


def test_single_precision_goes_one_after_another(plain, monkeypatch):
    monkeypatch.setattr(varlen, "DTYPES", (torch.bfloat16, torch.float16))
    assert tried(dtype=torch.float32) == "the kernels know no torch.float32"
    assert plain.calls == []


def test_too_little_memory_for_the_trial_is_told_as_such(plain):
    def spoil(which, found):
        raise torch.OutOfMemoryError("out of memory")

    plain.spoil = spoil
    with pytest.raises(torch.OutOfMemoryError):
        tried()


def test_rows_of_one_token_each_go_one_after_another(tmp_path, plain):
    shape = of_family("qwen3", tmp_path).shape
    assert varlen.lengths([(0, 1), (1, 2)], shape, CPU, torch.float32, attention.causal) is None
    assert varlen.lengths([(0, 1), (1, 3)], shape, CPU, torch.float32, attention.causal).longest == 2


@pytest.mark.parametrize(("asked", "inside"), [("default", 0), ("warn", 2), ("error", 2)])
def test_sums_have_one_order_where_that_is_asked(asked, inside, plain, mode):
    torch.set_deterministic_debug_mode(asked)
    asked = torch.get_deterministic_debug_mode()
    assert tried() == ""
    assert {(c.which, c.mode) for c in plain.calls} == {("forward", asked), ("backward", inside)}
    assert torch.get_deterministic_debug_mode() == asked

    def spoil(which, found):
        if which == "backward":
            raise RuntimeError("anything")
        return found

    plain.spoil = spoil
    assert "fail" in tried()
    assert torch.get_deterministic_debug_mode() == asked


def test_other_bits_each_time_are_refused_where_the_same_are_asked(plain, mode):
    calls = iter(range(100))

    def spoil(which, found):
        if which == "backward":
            found[0][7, 3, 2] += 0.01 * next(calls)
        return found

    plain.spoil = spoil
    torch.set_deterministic_debug_mode("warn")
    assert tried() == "the kernels give other bits each time"
    torch.set_deterministic_debug_mode("default")
    assert tried() == ""


@pytest.mark.parametrize("window", [0, 7])
def test_the_real_operators_take_what_they_are_given(window):
    """torch's own rules of their shapes, which no processor is needed for."""
    h, kv, d = SHAPE.heads, SHAPE.kv_heads, SHAPE.head_dim
    qkv = torch.empty(40, h + 2 * kv, d, dtype=torch.bfloat16, device="meta", requires_grad=True)
    where = varlen.Lengths(torch.empty(4, dtype=torch.int32, device="meta"), 20, True)
    out = varlen.attend(*qkv.split([h, kv, kv], 1), where, 0.25, window)
    assert (out.shape, out.dtype) == ((40, h * d), torch.bfloat16)
    out.sum().backward()
    assert qkv.grad.shape == qkv.shape
