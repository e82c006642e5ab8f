"""The decoder against transformers and PEFT, family by family, and its functions against finite differences."""

import json

import families as bases
import pytest
import torch

from modelfactory_trainer import batch
from modelfactory_trainer.engine import attention, compiled, decoder, families, head, lora, prologue

ROWS = [(21, 9), (13, 4), (30, 17)]  # (length, first trained token)
CONFIG = {"r": 4, "lora_alpha": 6, "lora_dropout": 0.0, "use_rslora": False}


def rows(seed: int = 5):
    g = torch.Generator().manual_seed(seed)
    for length, first in ROWS:
        ids = torch.randint(3, 259, (length,), generator=g).tolist()
        yield ids, [t >= first for t in range(length)]


def peft_of(lm, ours: decoder.Decoder, config: dict):
    """The same adapter on transformers' model; both get the same random A and B."""
    from peft import LoraConfig, get_peft_model

    theirs = get_peft_model(lm, LoraConfig(**config, task_type="CAUSAL_LM", target_modules=ours.targets()))
    g = torch.Generator().manual_seed(11)
    ours.flat.vector.copy_(torch.randn(ours.flat.vector.shape, generator=g) * 0.05)
    ours.refresh()
    own = ours.flat.views(ours.flat.vector)
    params = {n.replace(".default.", "."): p for n, p in theirs.named_parameters() if p.requires_grad}
    assert params.keys() == own.keys()
    with torch.no_grad():
        for name, p in params.items():
            p.copy_(own[name])
    return theirs, params


def relative(a, b) -> float:
    return float((a - b).norm() / b.norm())


@pytest.fixture(params=sorted(bases.CONFIGS))
def pair(request, tmp_path):
    lm = bases.make(request.param, tmp_path / "base")
    shape = families.read(json.loads((tmp_path / "base" / "config.json").read_text()))
    ours = decoder.Decoder(tmp_path / "base", shape, torch.device("cpu"), torch.float32)
    torch.manual_seed(1)
    return lm, ours


@pytest.mark.parametrize(("rslora", "plain"), [(False, False), (True, False), (False, True)])
def test_logits_and_gradients_are_those_of_peft(pair, rslora, plain, monkeypatch):
    if plain:  # the twins of the compiled code
        monkeypatch.setattr(compiled, "KERNELS", None)
    lm, ours = pair
    config = CONFIG | {"use_rslora": rslora}
    ours.attach_config(config | {"target_modules": ours.targets()})
    theirs, params = peft_of(lm, ours, config)
    packed = batch.pack(list(rows()), ours.device)

    losses = ours.token_losses(packed)
    total = losses.sum() / 7
    total.backward()
    ours_logits = ours.logits(packed).detach()

    want_loss, want_logits = 0, []
    for ids, trained in rows():
        logits = theirs(input_ids=torch.tensor([ids])).logits[0]
        marked = [t for t in range(1, len(ids)) if trained[t]]
        want_logits.append(logits[[t - 1 for t in marked]])
        want_loss = want_loss + torch.nn.functional.cross_entropy(
            want_logits[-1], torch.tensor([ids[t] for t in marked]), reduction="sum"
        )
    (want_loss / 7).backward()
    assert relative(ours_logits, torch.cat(want_logits).detach()) < 1e-5
    assert float(total.detach()) == pytest.approx(float(want_loss) / 7, rel=1e-5)
    grads = ours.flat.views(ours.flat.grad)
    for name, p in params.items():
        assert relative(grads[name], p.grad) < 1e-5, name
    # The bare base is that of transformers too.
    with ours.without_adapter(), torch.no_grad():
        bare = ours.logits(packed)
    with theirs.disable_adapter(), torch.no_grad():
        ids, trained = next(rows())
        want = theirs(input_ids=torch.tensor([ids])).logits[0]
    first = sum(trained)
    assert relative(bare[:first], want[[t - 1 for t in range(1, len(ids)) if trained[t]]]) < 1e-5


def test_generation_goes_on_as_the_whole_text_would(pair):
    """Rows of several lengths under way together, one of them begun later."""
    lm, ours = pair
    texts = [ids for ids, _ in rows()]
    with torch.no_grad():
        want = [lm(input_ids=torch.tensor([ids])).logits[0] for ids in texts]
    at, caches = [min(15, len(ids) - 1) for ids in texts], [None] * len(texts)
    got, caches = ours.next_logits([ids[:n] for ids, n in zip(texts, at, strict=True)], caches)
    for row, n in enumerate(at):
        assert relative(got[row], want[row][n - 1]) < 1e-5
    caches[-1], at[-1] = None, 0  # begins anew beside the others
    while open_ := [row for row, ids in enumerate(texts) if at[row] < len(ids)]:
        got, new = ours.next_logits([texts[r][at[r] : at[r] + 1] for r in open_], [caches[r] for r in open_])
        for row, logits, cache in zip(open_, got, new, strict=True):
            assert relative(logits, want[row][at[row]]) < 1e-5, (row, at[row])
            caches[row], at[row] = cache, at[row] + 1


def test_packed_rows_are_as_if_alone(pair):
    _, ours = pair
    ours.attach_config(CONFIG | {"target_modules": ours.targets()})
    ours.flat.vector.normal_(0, 0.05)
    ours.refresh()
    alone, gradient = [], torch.zeros_like(ours.flat.grad)
    for row in rows():
        ours.flat.grad.zero_()
        losses = ours.token_losses(batch.pack([row], ours.device))
        losses.sum().backward()
        alone.append(losses.detach())
        gradient += ours.flat.grad
    ours.flat.grad.zero_()
    packed = ours.token_losses(batch.pack(list(rows()), ours.device))
    packed.sum().backward()
    assert relative(packed.detach(), torch.cat(alone)) < 1e-6
    assert relative(ours.flat.grad, gradient) < 1e-6
    # A row does not see its neighbours: another first row leaves the others' numbers as they are, bit for bit.
    other = list(rows())
    other[0] = ([7] * len(other[0][0]), other[0][1])
    changed = ours.token_losses(batch.pack(other, ours.device)).detach()
    first = len(alone[0])
    assert torch.equal(changed[first:], packed.detach()[first:])
    assert not torch.equal(changed[:first], packed.detach()[:first])


def test_recomputed_layers_change_nothing(pair):
    _, ours = pair
    ours.attach_config(CONFIG | {"target_modules": ours.targets(), "lora_dropout": 0.2})
    ours.flat.vector.normal_(0, 0.05)
    ours.refresh()
    ours.train(True)
    found = []
    for recompute in (0, 2, 3):
        ours.recompute = recompute
        torch.manual_seed(4)
        ours.flat.grad.zero_()
        ours.token_losses(batch.pack(list(rows()), ours.device)).sum().backward()
        found.append(ours.flat.grad.clone())
    assert found[0].abs().sum() > 0
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_dropout_is_of_the_adapter_input_alone(pair):
    _, ours = pair
    ours.attach_config(CONFIG | {"target_modules": ours.targets(), "lora_dropout": 0.5})
    packed = batch.pack(list(rows()), ours.device)
    with torch.no_grad():
        plain = ours.token_losses(packed)
        ours.train(True)
        assert torch.equal(ours.token_losses(packed), plain)  # B is zero: nothing of the adapter shows
        ours.flat.vector.normal_(0, 0.05)
        ours.refresh()
        a, b = ours.token_losses(packed), ours.token_losses(packed)
        ours.train(False)
        assert not torch.equal(a, b)
        assert torch.equal(ours.token_losses(packed), ours.token_losses(packed))


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_the_mask_drops_the_share_it_says(p):
    torch.manual_seed(0)
    keep = lora._keep_mask(1000, 333, p, torch.device("cpu"))
    assert keep.shape == (1000, 333)
    assert float(keep.float().mean()) == pytest.approx(1 - p, abs=0.005)
    assert float(keep.float().mean(0).std()) < 0.03


def test_configs_the_decoder_does_not_know_go_to_compat():
    known = bases.SIZES | {"model_type": "llama"}
    assert families.read(known) is not None
    for change in (
        {"model_type": "falcon"},
        {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4}},
        {"rope_scaling": {"type": "longrope"}},
        {"quantization_config": {"bits": 4}},
        {"hidden_act": "relu"},
        {"hidden_size": None},
        {"attention_dropout": 0.1},
        {"num_attention_heads": 3, "num_key_value_heads": 2},
        {"partial_rotary_factor": 1.5},
    ):
        assert families.read(known | change) is None, change


# -- float64: every function against finite differences -----------------------------------------------------------


def test_head_gradient():
    torch.manual_seed(0)
    hidden = torch.randn(7, 6, dtype=torch.float64, requires_grad=True)
    weight, targets = torch.randn(11, 6, dtype=torch.float64), torch.randint(0, 11, (7,))
    for cap in (0.0, 3.0):
        assert torch.autograd.gradcheck(lambda h, cap=cap: head.token_losses(h, weight, targets, cap), (hidden,))


def test_head_in_chunks_is_the_head_at_once(monkeypatch):
    torch.manual_seed(0)
    hidden, weight, targets = torch.randn(50, 8), torch.randn(40, 8), torch.randint(0, 40, (50,))
    found = []
    for workspace in (1 << 20, 4 * 40 * 7):
        monkeypatch.setattr(head, "WORKSPACE", workspace)
        h = hidden.clone().requires_grad_()
        losses = head.token_losses(h, weight, targets)
        losses.sum().backward()
        found.append((losses.detach(), h.grad))
    want = torch.nn.functional.cross_entropy(hidden @ weight.t(), targets, reduction="none")
    for losses, _ in found:
        assert torch.allclose(losses, want, atol=1e-6)
    assert torch.allclose(found[0][1], found[1][1], atol=1e-7)


@pytest.mark.parametrize("kind", ["plain", "norm", "gemma-norm", "silu", "gelu"])
@pytest.mark.parametrize("residual", [False, True])
def test_projection_gradient(kind, residual):
    torch.manual_seed(0)
    width, f = 6, {"dtype": torch.float64}
    inputs = {
        "plain": (prologue.Plain, width),
        "norm": (prologue.Norm(torch.randn(width, **f), 1e-5, False), width),
        "gemma-norm": (prologue.Norm(torch.randn(width), 1e-5, True), width),
        "silu": (prologue.Gated("silu"), 2 * width),
        "gelu": (prologue.Gated("gelu_tanh"), 2 * width),
    }
    before, columns = inputs[kind]
    x = torch.randn(5, columns, **f, requires_grad=True)
    r = torch.randn(5, 7, **f, requires_grad=True)
    a = torch.randn(4, width, **f, requires_grad=True)
    b = [torch.randn(n, 2, **f, requires_grad=True) for n in (3, 4)]
    p = lora.Projection([("q", 3), ("k", 4)], torch.randn(7, width, **f), torch.randn(7, **f), width)

    def run(x, r, a, *b):
        p.attach(a, list(b), 1.7, 0.0)
        return p(before, r if residual else None, x, adapter=True, train=False)

    assert torch.autograd.gradcheck(run, (x, r, a, *b))
    # And it is the plain form: W x + s B A x.
    made = torch.empty(5, width, **f)
    before.forward(made, x.detach())
    want = made @ p.weight[:, :width].t() + p.bias
    want = want + 1.7 * torch.cat([made @ a[:2].t() @ b[0].t(), made @ a[2:].t() @ b[1].t()], 1)
    assert torch.allclose(run(x, r, a, *b), want + r if residual else want, atol=1e-12)


def test_rotation_gradient():
    torch.manual_seed(0)
    rotation = attention.Rotation(families.Rope(10_000.0, 4), torch.arange(5))
    x = torch.randn(5, 3 * 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: attention.Rotate.apply(x.clone(), rotation, 2, 6), (x,))


def test_norm_gradient():
    torch.manual_seed(0)
    norm = prologue.Norm(torch.randn(6, dtype=torch.float64), 1e-5, False)
    x = torch.randn(4, 2, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: prologue.normed(norm, x), (x,))


def test_best_fit_packs_every_row_once():
    lengths = [70, 10, 50, 30, 90, 20, 40, 130]
    made = batch.groups(lengths, 100)
    assert sorted(i for g in made for i in g) == list(range(len(lengths)))
    assert all(sum(lengths[i] for i in g) <= 100 or len(g) == 1 for g in made)
    assert len(made) == 5
    assert json.dumps(made) == json.dumps(batch.groups(lengths, 100))


def test_split_gradients_sum_to_the_gradient(pair):
    _, ours = pair
    ours.attach_config(CONFIG | {"target_modules": ours.targets(), "lora_dropout": 0.3})
    ours.flat.vector.normal_(0, 0.05)
    ours.refresh()
    packed = batch.pack(list(rows()), ours.device)
    parts = torch.zeros(2, len(ours.flat.grad))
    with ours.split(packed, [0, 1, 0], parts):
        ours.token_losses(packed).sum().backward()
    assert relative(parts.sum(0), ours.flat.grad) < 1e-6
    ours.flat.grad.zero_()
    ours.token_losses(batch.pack([list(rows())[1]], ours.device)).sum().backward()
    assert relative(parts[1], ours.flat.grad) < 1e-6
