"""The frozen recipe of a run: the flat JSON that training.Recipe writes."""

import json
from dataclasses import dataclass, fields

from .errors import refused


@dataclass(frozen=True)
class Recipe:
    """Settings of a run. Lengths are in tokens, shares in parts of one, eval_ppm in millionths of the rows."""

    base: str = ""
    method: str = "lora"  # or "rslora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    learning_rate: float = 1e-3
    scheduler: str = "cosine"  # or "linear", "constant"
    warmup_share: float = 0.03
    passes: int = 3
    max_steps: int = 0  # 0 = no limit
    batch_size: int = 4
    accumulation: int = 1
    max_length: int = 512
    clip_norm: float = 1.0  # 0 = off
    weight_decay: float = 0.0
    seed: int = 1
    eval_ppm: int = 50_000
    eval_every: int = 20  # 0 = only at the end
    checkpoint_every: int = 10
    train_on: str = "answers"  # or "all"
    device: str = "auto"
    threads: int = 0


_CHOICES = {
    "method": ("lora", "rslora"),
    "scheduler": ("cosine", "linear", "constant"),
    "train_on": ("answers", "all"),
    "device": ("auto", "cpu", "cuda", "mps", "xpu"),
}
_AT_LEAST_ONE = ("rank", "alpha", "passes", "batch_size", "accumulation", "max_length", "checkpoint_every")


def parse(data: bytes | str | dict) -> Recipe:
    """Read a recipe. Refused, with the field's name, when a value is of the wrong kind or cannot work."""
    try:
        given = data if isinstance(data, dict) else json.loads(data)
    except ValueError as e:
        raise refused(f"the recipe cannot be read: {e}", "Make the run again from its recipe.") from e
    values = {}
    for f in fields(Recipe):
        if f.name not in given:
            continue
        value = given[f.name]
        if f.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not f.type:
            raise refused(f"{f.name} is {value!r} in the recipe", "Make the run again from its recipe.")
        values[f.name] = value
    recipe = Recipe(**values)
    for name, allowed in _CHOICES.items():
        if getattr(recipe, name) not in allowed:
            raise refused(f"{name} is {getattr(recipe, name)!r}", f"Use {', '.join(allowed)}.")
    for name in _AT_LEAST_ONE:
        if getattr(recipe, name) < 1:
            raise refused(f"{name} is {getattr(recipe, name)}", "Use a number above zero.")
    if not 0 < recipe.learning_rate <= 1:
        raise refused(f"learning_rate is {recipe.learning_rate}", "Use a number between 0 and 1, such as 0.0002.")
    if not 0 <= recipe.dropout < 1:
        raise refused(f"dropout is {recipe.dropout}", "Use a number from 0 to below 1.")
    if not 0 <= recipe.eval_ppm < 1_000_000:
        raise refused(f"eval_ppm is {recipe.eval_ppm}", "Use a number from 0 to below 1000000.")
    return recipe
