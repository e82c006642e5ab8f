"""The frozen recipe of a run: the flat JSON that training.Recipe writes.

fields.py is written from the studio's own table of settings (training.Fields), which form, recipe file and command
line follow too: kinds, ranges and choices are checked against it.
"""

import json
from dataclasses import dataclass, fields

from .errors import refused
from .fields import FIELDS


@dataclass(frozen=True)
class Recipe:
    """Settings of a run. Lengths are in tokens, shares in parts of one, eval_ppm in millionths of the rows.

    A recipe that was frozen before a setting existed has its default, with which it means what it meant then.
    """

    base: str = ""
    method: str = "lora"  # or "rslora", "dora", "qlora"
    objective: str = "sft"  # or "dpo"
    beta: float = 0.1  # of dpo
    train_on: str = "answers"  # or "all"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.1
    learning_rate: float = 1e-3
    scheduler: str = "cosine"  # or "linear", "constant"
    warmup_share: float = 0.03
    passes: int = 4
    max_steps: int = 0  # 0 = no limit
    batch_size: int = 4  # batch_size · accumulation rows make an optimiser step
    accumulation: int = 1
    max_length: int = 512
    clip_norm: float = 1.0  # 0 = off
    weight_decay: float = 0.0
    seed: int = 1
    eval_ppm: int = 50_000
    eval_every: int = 20  # 0 = only at the end
    early_stop: int = 0  # measurements in a row without a better one; 0 = never
    keep: str = "last"  # or "best"
    checkpoint_every: int = 10
    tensorboard: str = "off"  # or "on"
    token_budget: int = 0  # tokens computed at once; 0 = the planner chooses
    recompute: str = "auto"  # or "off", "on"
    memory_gb: float = 0.0  # most memory, 10^9 bytes; 0 = what is free
    precision: str = "auto"  # or "fp32", "bf16"
    device: str = "auto"  # or "cpu", "cuda", "mps", "xpu"
    threads: int = 0

    @property
    def rows_per_step(self) -> int:
        """Rows of one optimiser step; how they are packed does not change it."""
        return self.batch_size * self.accumulation


_TABLE = {f["key"]: f for f in FIELDS}


def parse(data: bytes | str | dict) -> Recipe:
    """Read a recipe. Refused, with the field's name, when a value is of the wrong kind or out of its range."""
    try:
        given = data if isinstance(data, dict) else json.loads(data)
    except ValueError as e:
        raise refused(f"the recipe cannot be read: {e}", "Make the run again from its recipe.") from e
    values = {f.name: _value(f.name, f.type, given[f.name]) for f in fields(Recipe) if f.name in given}
    return Recipe(**values)


def _value(name: str, kind: type, value):
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise refused(f"{name} is {value!r} in the recipe", "Make the run again from its recipe.")
    entry = _TABLE.get(name)  # the base has none
    if entry is None:
        return value
    if entry["kind"] == "choice":
        if value not in entry["options"]:
            raise refused(f"{name} is {value!r}", f"Use {', '.join(entry['options'])}.")
    elif not entry["min"] <= value <= entry["max"]:  # false for NaN too
        raise refused(f"{name} is {value}", f"Use a number from {entry['min']:g} to {entry['max']:g}.")
    return value
