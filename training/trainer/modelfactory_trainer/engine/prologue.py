"""What stands before a group of linear layers and is made again in the backward pass instead of kept."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from . import compiled

# Rows that elementwise work takes at a time on the CPU, so that its intermediate results stay in the cache: of one
# thread, and of each of several, which have to be called together.
BLOCK, BLOCK_OF_EACH = 64, 128


class Prologue(ABC):
    """Makes X (time, width) from the input x, and the gradient of x from that of X."""

    @abstractmethod
    def forward(self, out: Tensor, x: Tensor) -> None:
        """Write X to out."""

    @abstractmethod
    def backward(self, grad: Tensor, x: Tensor) -> tuple[Tensor, ...]:
        """The gradient of x."""

    def made(self, x: Tensor, width: int) -> Tensor:
        """X, not to be written to."""
        out = x.new_empty(len(x), width)
        self.forward(out, x)
        return out

    def both(self, grad: Tensor, x: Tensor, width: int) -> tuple[tuple[Tensor, ...], Tensor]:
        """backward and made."""
        return self.backward(grad, x), self.made(x, width)


class _Plain(Prologue):
    """X is the input itself."""

    def forward(self, out: Tensor, x: Tensor) -> None:
        out.copy_(x)

    def backward(self, grad: Tensor, x: Tensor) -> tuple[Tensor, ...]:
        return (grad,)

    def made(self, x: Tensor, width: int) -> Tensor:
        return x


Plain = _Plain()


class Norm(Prologue):
    """X = RMSNorm(x) · w (Zhang and Sennrich 2019). x (time, width), weight (width,)."""

    def __init__(self, weight: Tensor, eps: float, plus_one: bool):
        self.eps = eps
        # Gemma multiplies before it rounds to the model's dtype, the others after.
        self.scale_first = plus_one
        self.weight = weight.float() + 1 if plus_one else weight

    def _scaled(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(x, 1 / rms(x)) in float32, or the input's dtype where that is wider."""
        x = x if x.dtype == torch.float64 else x.float()
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return x, norm.square_().div_(x.shape[-1]).add_(self.eps).rsqrt_()

    def forward(self, out: Tensor, x: Tensor) -> None:
        if compiled.norms(self.weight, out, x):
            compiled.norm(out, x, self.weight, self.eps)
            return
        for rows in _blocks(x):
            wide, r = self._scaled(x[rows])
            if wide.dtype == out.dtype:
                torch.mul(wide, r, out=out[rows]).mul_(self.weight)
            elif self.scale_first:
                torch.mul(wide * r, self.weight, out=out[rows])
            else:
                torch.mul((wide * r).to(out.dtype), self.weight, out=out[rows])

    def backward(self, grad: Tensor, x: Tensor) -> tuple[Tensor, ...]:
        out = torch.empty_like(x)
        if compiled.norms(self.weight, out, grad, x):
            compiled.norm_backward(out, grad, x, self.weight, self.eps)
            return (out,)
        for rows in _blocks(x):
            wide, r = self._scaled(x[rows])
            same = wide.dtype == out.dtype
            g = torch.mul(grad[rows], self.weight, out=out[rows] if same else None).to(wide.dtype)
            along = torch.linalg.vecdot(g, wide).unsqueeze(-1).mul_(r.pow(3)).div_(-x.shape[-1])
            g.mul_(r).addcmul_(wide, along)
            if not same:
                out[rows] = g
        return (out,)


class Gated(Prologue):
    """X = act(gate) · up with gate and up beside one another: gate_up (time, 2 · mlp)."""

    def __init__(self, activation: str):
        self.silu = activation == "silu"

    def forward(self, out: Tensor, gate_up: Tensor) -> None:
        m = gate_up.shape[1] // 2
        if self.silu and compiled.takes(out, gate_up, width=m):
            compiled.gated(out, gate_up)
            return
        for rows in _blocks(gate_up):
            self._act(gate_up[rows, :m], out[rows]).mul_(gate_up[rows, m:])

    def backward(self, grad: Tensor, gate_up: Tensor) -> tuple[Tensor, ...]:
        m = gate_up.shape[1] // 2
        out = torch.empty_like(gate_up)
        for rows in _blocks(gate_up):
            gate, up, g = gate_up[rows, :m], gate_up[rows, m:], grad[rows]
            d_gate, d_up = out[rows, :m], out[rows, m:]
            d_act = torch.mul(g, up, out=d_up)  # until its own gradient takes the place
            if self.silu:
                torch.ops.aten.silu_backward.grad_input(d_act, gate, grad_input=d_gate)
            else:
                torch.ops.aten.gelu_backward.grad_input(d_act, gate, approximate="tanh", grad_input=d_gate)
            self._act(gate, d_up).mul_(g)
        return (out,)

    def both(self, grad: Tensor, gate_up: Tensor, width: int) -> tuple[tuple[Tensor, ...], Tensor]:
        if not self.silu or not compiled.takes(grad, gate_up, width=width):
            return super().both(grad, gate_up, width)
        out, again = torch.empty_like(gate_up), gate_up.new_empty(len(gate_up), width)
        compiled.gated_backward(out, grad, gate_up, again)
        return (out,), again

    def _act(self, gate: Tensor, out: Tensor) -> Tensor:
        """act(gate), written to out: memory that is new for each block costs more than the arithmetic."""
        if self.silu:
            return torch.ops.aten.silu.out(gate, out=out)
        return torch.ops.aten.gelu.out(gate, approximate="tanh", out=out)


def _blocks(x: Tensor) -> Sequence[slice]:
    threads = torch.get_num_threads()
    block = BLOCK if threads == 1 else BLOCK_OF_EACH * threads
    if x.device.type != "cpu" or len(x) <= block:
        return (slice(None),)
    return [slice(a, a + block) for a in range(0, len(x), block)]


class _Normed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, norm: Norm, x: Tensor):
        ctx.norm = norm
        ctx.save_for_backward(x)
        out = torch.empty_like(x)
        norm.forward(out, x)
        return out

    @staticmethod
    def backward(ctx, grad):
        return None, *ctx.norm.backward(grad, *ctx.saved_tensors)


def normed(norm: Norm, x: Tensor) -> Tensor:
    """RMSNorm by itself, over the last dimension of x; the input is kept, its norm is not."""
    return _Normed.apply(norm, x)
