"""The random generators that training draws from: the processor's, and the graphics card's where there is one."""

import torch
from torch import Tensor


def state() -> dict[str, Tensor]:
    """State of each of them."""
    found = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        found["cuda"] = torch.cuda.get_rng_state()
    return found


def set_state(kept: dict[str, Tensor]) -> None:
    """Go on as behind the draw at which the state was taken."""
    torch.set_rng_state(kept["cpu"])
    if "cuda" in kept and torch.cuda.is_available():
        torch.cuda.set_rng_state(kept["cuda"])
