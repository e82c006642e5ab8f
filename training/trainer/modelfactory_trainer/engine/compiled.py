"""The decoder's float32 work on processors between its matrix products, in compiled code (native/kernels.c).

Each function here has a twin in plain torch beside its caller: that is what runs on every other device, in every other
dtype and where nothing was built for this system.
"""

import ctypes
import platform
from ctypes import c_float, c_int, c_int64, c_long, c_void_p
from pathlib import Path

import torch
from torch import Tensor

LANES = 16  # of the widest vectors: widths are multiples of it
BLOCK = 192  # as in kernels.c; a document of more than two has two tasks for each head
LAYOUT = 1  # of what goes to and fro; kernels.c has the same number


def _structure(pointers: str, longs: str, ints: str, number: str) -> type[ctypes.Structure]:
    """A C structure as kernels.c declares it: the fields of each type, in their order."""
    groups = ((pointers, c_void_p), (longs, c_long), (ints, c_int), (number, c_float))
    fields = [(name, kind) for names, kind in groups for name in names.split()]
    return type("Arguments", (ctypes.Structure,), {"_fields_": fields})


_Attention = _structure(
    "q k v out d_out result sums d_q d_k d_v per_head tasks",
    "q_row k_row v_row out_row d_out_row d_q_row d_kv_row time",
    "heads kv_heads dim",
    "scale",
)
_Rows = _structure("x y weight out again losses index", "x_row y_row out_row count width", "heads dim", "number")


def _width() -> str:
    """The name of this processor's vectors, as build.sh has it."""
    if platform.machine() == "aarch64":
        return "neon"
    return {"AVX512": "avx512", "AVX2": "avx2"}.get(torch.backends.cpu.get_cpu_capability(), "none")


def _openmp() -> ctypes.CDLL:
    """The OpenMP runtime that torch has loaded; StopIteration where it is another than GNU's."""
    mapped = Path("/proc/self/maps").read_text("utf-8", "surrogateescape").splitlines()
    paths = {line.split(maxsplit=5)[5] for line in mapped if "/libgomp" in line}
    return ctypes.CDLL(next(path for path in sorted(paths) if "torch" in path))


def load(width: str) -> ctypes.CDLL | None:
    """The library for vectors of this name, with the threads of torch's OpenMP runtime; None where there is none."""
    try:
        library = ctypes.CDLL(str(Path(__file__).parent / "native" / f"kernels-{width}.so"))
        if (library.layout(), library.block()) != (LAYOUT, BLOCK):
            return None  # built from other sources
        library.use_team(ctypes.cast(_openmp().GOMP_parallel, c_void_p))
    except (OSError, AttributeError, StopIteration):
        return None
    library.attention_scratch.restype = c_long
    library.attention_scratch.argtypes = [c_long, c_int]
    for function in (library.attention_forward, library.attention_backward):
        function.argtypes = [ctypes.POINTER(_Attention), c_long, c_int, c_void_p, c_long]
    for name in ("norm_forward", "norm_backward", "gated_forward", "gated_backward", "rotate", "entropy"):
        getattr(library, name).argtypes = [ctypes.POINTER(_Rows), c_int]
    return library


KERNELS = load(_width())


def name() -> str:
    """What the vectors of the compiled code are called; empty where there is none."""
    return _width() if KERNELS else ""


def takes(*tensors: Tensor, width: int = 0) -> bool:
    """Whether the compiled code can work on these: float32 in the processor's memory, rows of whole vectors.

    It checks nothing itself, so what torch would refuse has to be left to torch: see the functions below.
    """
    return (
        KERNELS is not None
        and width % LANES == 0
        and all(t.device.type == "cpu" and t.dtype == torch.float32 and t.stride(-1) == 1 for t in tensors)
    )


def norms(weight: Tensor, *tensors: Tensor) -> bool:
    """Whether norm takes these, (rows, width), with such a weight, (width,)."""
    width = weight.shape[0]
    return takes(weight, *tensors, width=width) and all(t.dim() == 2 and t.shape[1] == width for t in tensors)


def rotates(x: Tensor, cos: Tensor) -> bool:
    """Whether rotate takes heads x (rows, heads, head_dim) and angles (rows, dim / 2)."""
    fits = len(x) == len(cos) and 2 * cos.shape[1] <= x.shape[2]
    return fits and takes(x, cos, width=x.shape[2]) and _heads_together(x)


def entropies(logits: Tensor, targets: Tensor) -> bool:
    """Whether entropy takes these: every target is one of the logits."""
    return takes(logits) and int(targets.min()) >= 0 and int(targets.max()) < logits.shape[1]


def attends(q: Tensor, k: Tensor, v: Tensor) -> bool:
    """Whether attention takes these, (time, heads, dim), or their numbers in float32."""
    return (
        KERNELS is not None
        and q.device.type == "cpu"
        and q.shape[2] % LANES == 0
        and q.shape[1] % k.shape[1] == 0
        and k.shape == v.shape
        and q.shape[::2] == k.shape[::2]
        and all(t.stride(-1) == 1 and _heads_together(t) for t in (q, k, v))
    )


def _heads_together(x: Tensor) -> bool:
    """Whether the heads of x (time, heads, dim) stand one behind the other."""
    return x.shape[1] == 1 or x.stride(1) == x.shape[2]


def attention(q: Tensor, k: Tensor, v: Tensor, spans: list[tuple[int, int]], scale: float) -> tuple[Tensor, Tensor]:
    """Causal attention of each span (first, last + 1) by itself: out (time, heads, dim) and the logarithms of the
    queries' sums (heads, time). q (time, heads, dim); k, v (time, kv heads, dim)."""
    out = torch.empty(q.shape)
    sums = torch.empty(q.shape[1], q.shape[0])
    args = _attention(q, k, v, scale)
    args.result, args.sums, args.out_row = out.data_ptr(), sums.data_ptr(), out.stride(0)
    _attend(KERNELS.attention_forward, args, spans)
    return out, sums


def attention_backward(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, sums: Tensor, spans: list[tuple[int, int]], scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of q, k and v for the gradient (time, heads, dim) of attention's result."""
    d_q, d_k, d_v = (torch.empty(x.shape) for x in (q, k, v))
    apart = torch.empty(3, *q.shape)  # keys' and values' gradients of each head, queries' of the second parts
    args = _attention(q, k, v, scale)
    args.out, args.sums, args.d_out = out.data_ptr(), sums.data_ptr(), grad.data_ptr()
    args.out_row, args.d_out_row = out.stride(0), grad.stride(0)
    args.d_q, args.d_k, args.d_v, args.per_head = (x.data_ptr() for x in (d_q, d_k, d_v, apart))
    args.d_q_row, args.d_kv_row = d_q.stride(0), d_k.stride(0)
    _attend(KERNELS.attention_backward, args, spans)
    return d_q, d_k, d_v


def _attention(q: Tensor, k: Tensor, v: Tensor, scale: float) -> _Attention:
    args = _Attention(q=q.data_ptr(), k=k.data_ptr(), v=v.data_ptr(), scale=scale)
    args.q_row, args.k_row, args.v_row = (x.stride(0) for x in (q, k, v))
    (args.time, args.heads, args.dim), args.kv_heads = q.shape, k.shape[1]
    return args


def _attend(function, args: _Attention, spans: list[tuple[int, int]]) -> None:
    tasks: list[int] = []
    for a, b in spans:
        parts = 2 if b - a > 2 * BLOCK else 1
        for part in range(parts):
            tasks += (a, b, part, parts)
    listed = (c_int64 * len(tasks))(*tasks)
    args.tasks = ctypes.cast(listed, c_void_p)
    each = KERNELS.attention_scratch(max(b - a for a, b in spans), args.dim)
    threads = torch.get_num_threads()
    scratch = torch.empty(threads * each)
    function(args, len(tasks) // 4, threads, scratch.data_ptr(), each)


def norm(out: Tensor, x: Tensor, weight: Tensor, eps: float) -> None:
    """out = x / rms(x) · weight, (rows, width)."""
    args = _rows(x, out, x.shape)
    args.weight, args.number = weight.data_ptr(), eps
    KERNELS.norm_forward(args, torch.get_num_threads())


def norm_backward(out: Tensor, grad: Tensor, x: Tensor, weight: Tensor, eps: float) -> None:
    """out = the gradient of x (rows, width) for that of norm's result."""
    args = _rows(x, out, x.shape, grad)
    args.weight, args.number = weight.data_ptr(), eps
    KERNELS.norm_backward(args, torch.get_num_threads())


def gated(out: Tensor, gate_up: Tensor) -> None:
    """out (rows, width) = silu(gate) · up of gate_up (rows, 2 · width)."""
    KERNELS.gated_forward(_rows(gate_up, out, out.shape), torch.get_num_threads())


def gated_backward(out: Tensor, grad: Tensor, gate_up: Tensor, again: Tensor) -> None:
    """out (rows, 2 · width) = the gradient of gate_up for that of gated's result, (rows, width), which is written once
    more to again."""
    args = _rows(gate_up, out, grad.shape, grad)
    args.again = again.data_ptr()
    KERNELS.gated_backward(args, torch.get_num_threads())


def rotate(x: Tensor, cos: Tensor, sin: Tensor, sign: float) -> None:
    """Turn the heads x (rows, heads, head_dim) in place by angles whose cosine and sine are (rows, dim / 2)."""
    args = _Rows(x=cos.data_ptr(), y=sin.data_ptr(), out=x.data_ptr(), out_row=x.stride(0), number=sign)
    args.count, args.heads, args.width = x.shape
    args.dim = 2 * cos.shape[1]
    KERNELS.rotate(args, torch.get_num_threads())


def entropy(logits: Tensor, targets: Tensor, losses: Tensor, gradient: bool) -> None:
    """losses (rows,) = -log softmax(logits)[target]; logits (rows, vocabulary) become their gradient where it is asked
    for, softmax minus the target, and are spent where not. targets: (rows,) int64."""
    args = _rows(logits, logits, logits.shape)
    args.index, args.losses, args.number = targets.data_ptr(), losses.data_ptr(), float(gradient)
    KERNELS.entropy(args, torch.get_num_threads())


def _rows(x: Tensor, out: Tensor, shape: torch.Size, y: Tensor | None = None) -> _Rows:
    args = _Rows(x=x.data_ptr(), x_row=x.stride(0), out=out.data_ptr(), out_row=out.stride(0))
    args.count, args.width = shape
    if y is not None:
        args.y, args.y_row = y.data_ptr(), y.stride(0)
    return args
