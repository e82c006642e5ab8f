"""A whole run leaves report.json and, when asked for, a file for TensorBoard; both say what the run itself measured."""

import json

import pytest
from conftest import facts
from test_tensorboard import read

from modelfactory_trainer import canonical


def test_a_run_tells_what_it_did_to_its_rows(make_run, finish):
    rows = facts(12)
    folder, job = make_run(rows, eval_ppm=300_000, tensorboard="on")
    child, result = finish(job)
    report = json.loads((folder / "report.json").read_text())

    # On a machine that is busy with other things not every row gets its turn; what is measured must be right.
    ids = {canonical.digest(row): row for row in rows}
    assert 0 < len(report["rows"]) <= 12
    assert {r["row_id"] for r in report["rows"]} <= ids.keys()
    nets = {n["side"]: n for n in report["nets"]}
    assert sum(n["measured"] + n["not_measured"] for n in nets.values()) == 12
    assert nets["eval"]["loss_before"] > nets["eval"]["loss_after"]
    if nets["eval"]["not_measured"] == 0:
        assert nets["eval"]["loss_after"] == pytest.approx(result["eval_loss"], rel=1e-5)
    held_out = {r["row_id"] for r in report["rows"] if r["side"] == "eval"}
    assert len(report["answers"]) + report["answers_not_measured"] == nets["eval"]["rows"]
    for answer in report["answers"]:
        assert answer["row_id"] in held_out or nets["eval"]["not_measured"]
        assert (answer["question"], answer["want"]) == tuple(m["content"] for m in ids[answer["row_id"]]["messages"])

    (file,) = (folder / "tensorboard").iterdir()
    scalars = {(step, tag): v for _, step, _, values in read(file) for tag, v in values.items()}
    for event in child.of("step"):
        assert scalars[event["step"], "loss"] == pytest.approx(event["loss"], rel=1e-6)
        assert scalars[event["step"], "learning_rate"] == pytest.approx(event["lr"], rel=1e-6)
        assert (event["step"], "gradient_norm") in scalars
        assert (event["step"], "tokens_per_second") in scalars
    for event in child.of("eval"):
        assert scalars[event["step"], "eval_loss"] == pytest.approx(event["loss"], rel=1e-6)


def test_a_run_that_asks_for_no_file_has_none(make_run, finish):
    folder, job = make_run(facts(8), eval_ppm=0, passes=1)
    finish(job)
    assert not (folder / "tensorboard").exists()
    assert json.loads((folder / "report.json").read_text())["answers"] == []
