"""The recipe: what the studio writes is what the trainer reads, field by field."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from modelfactory_trainer import recipe
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.fields import FIELDS
from modelfactory_trainer.recipe import Recipe

EXAMPLES = json.loads((Path(__file__).parent / "recipes.json").read_text("utf-8"))


def test_the_class_and_the_table_are_the_same_list():
    assert [f.name for f in fields(Recipe)] == ["base", *(f["key"] for f in FIELDS)]


def test_every_setting_of_every_frozen_recipe_arrives():
    default = recipe.parse(EXAMPLES[0]["recipe"])
    assert default == Recipe(base="b@1")  # the defaults are the studio's
    reached = set()
    for e in EXAMPLES:
        got = recipe.parse(json.dumps(e["recipe"]))
        want = type(getattr(default, e["key"]))(e["text"])
        assert getattr(got, e["key"]) == want, e
        others = {f.name for f in fields(Recipe)} - {e["key"]}
        assert all(getattr(got, name) == getattr(default, name) for name in others), e
        reached.add(e["key"])
    assert reached == {f["key"] for f in FIELDS}


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f["key"])
def test_what_is_out_of_range_is_refused_by_name(field):
    wrong = [None, [], True]
    if field["kind"] == "choice":
        wrong += ["", "other", 1]
    elif field["kind"] == "int":
        wrong += ["4", 1.5, int(field["min"]) - 1, int(field["max"]) + 1]
    else:
        wrong += ["0.1", field["min"] - 1, field["max"] + 1, float("nan")]
    for value in wrong:
        with pytest.raises(JobError, match=field["key"]) as caught:
            recipe.parse({field["key"]: value})
        assert caught.value.kind == "refused"


def test_a_recipe_from_before_the_later_settings_means_what_it_meant():
    old = {"base": "b@1", "method": "lora", "rank": 8, "dropout": 0, "train_on": "all", "data": []}
    got = recipe.parse(json.dumps(old))
    assert (got.objective, got.token_budget, got.recompute, got.keep, got.early_stop) == ("sft", 0, "auto", "last", 0)
    assert got.rows_per_step == 4
