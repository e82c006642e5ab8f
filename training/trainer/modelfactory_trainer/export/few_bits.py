"""Q4_0 and Q5_0, four and five bits for each weight, with the scale of each block chosen for the least squared error.

The formats: 32 numbers of a row as a scale d (float16) and 32 whole numbers q in -h … h - 1, h = 8 or 16; the numbers
are d q. Stored are q + h: the low four bits of the first and of the last 16 in 16 bytes, before them the fifth bits of
all in four. gguf's own way takes d from the largest number alone, which loses about a quarter more on a small model.
"""

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from torch import Tensor

BLOCK = 32
HALF = {Kind.Q4_0: 8, Kind.Q5_0: 16}
# The largest number of a block becomes -h or one of these besides, whichever fits the others best.
BESIDE = (-1, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1)


def quantise(rows: Tensor, kind: Kind) -> np.ndarray:
    """rows (n, width) float32, width a multiple of 32 -> (n, bytes of a row) uint8, as a GGUF file holds them."""
    half = HALF[kind]
    x = rows.reshape(-1, BLOCK)
    largest = x.gather(1, x.abs().argmax(1, keepdim=True))  # with its sign
    scale, numbers, error = _rounded(x, -largest / half, half)
    for beside in BESIDE:
        s, q, e = _rounded(x, largest / (beside - half), half)
        better = e < error
        scale, error = torch.where(better, s, scale), torch.where(better, e, error)
        numbers = torch.where(better, q, numbers)
    q = (numbers + half).to(torch.uint8).numpy()
    low = q & 15
    parts = [scale.half().numpy().view(np.uint8), low[:, :16] | (low[:, 16:] << 4)]
    if kind is Kind.Q5_0:
        parts.insert(1, np.packbits(q >> 4, axis=1, bitorder="little"))
    out = np.concatenate(parts, axis=1)
    return out.reshape(gguf.quant_shape_to_byte_shape(tuple(rows.shape), kind))


def _rounded(x: Tensor, scale: Tensor, half: int) -> tuple[Tensor, Tensor, Tensor]:
    """(scale as it will be stored, whole numbers, squared error of each block)."""
    scale = scale.half().float()
    inverse = torch.where(scale == 0, 0.0, 1 / scale)
    numbers = (x * inverse).round_().clamp_(-half, half - 1)
    return scale, numbers, (numbers * scale - x).square_().sum(1, keepdim=True)
