"""Token folders: made once, read back as written, never trusted when damaged or another's."""

import json
import random

import numpy as np
import pytest
from conftest import PEOPLE, SETTINGS, chat, facts, source, write_rows

from modelfactory_trainer import canonical, data, mask, recipe, rows, table
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.tokenizer import Tokenizer


@pytest.fixture
def load(tmp_path, base_dir, monkeypatch):
    """load(rows, **settings) tokenises them into a folder and returns (dataset, rows that were tokenised)."""

    def run(content: list[dict], **settings):
        sha = write_rows(tmp_path / "rows.jsonl", content)
        listed = rows.sources([source("a", tmp_path / "rows.jsonl", sha, len(content))], tmp_path)
        tokenised = []

        def parts(row, *args):
            made = mask_parts(row, *args)
            tokenised.append(row.number)
            return made

        monkeypatch.setattr(mask, "parts", parts)
        found = data.load(
            listed,
            Tokenizer(base_dir),
            recipe.parse(SETTINGS | {"eval_ppm": 300_000} | settings),
            folder=tmp_path / "tokens",
        )
        return found, tokenised

    return run


mask_parts = mask.parts
MIXED = [*facts(40), chat("too long" * 40, "x"), {"text": "plain words"}]


def snapshot(found: data.Dataset):
    (s,) = found.sources
    sides = [
        [(ids.tolist(), marks.tolist()) for ids, marks in map(t.row, range(len(t)))] for t in (s.train, s.held_out)
    ]
    return sides, found.counts(), found.question(), found.plan().rows(3), found.digest


def test_rows_come_back_as_they_were_tokenised(load, base_dir):
    found, tokenised = load(MIXED)
    (s,) = found.sources
    assert len(tokenised) == len(MIXED) - 1
    tokenizer = Tokenizer(base_dir)
    for t in (s.train, s.held_out):
        assert len(t) > 3
        assert t.lengths.dtype == t.trained_tokens.dtype == np.int64
        for i, number in enumerate(t.column("number").tolist()):
            content = MIXED[number - 1]
            row = rows.Row(number, canonical.digest(content), content.get("messages"), content.get("text"))
            want = mask.tokenise(row, tokenizer, "answers", 128)
            ids, trained = t.row(i)
            assert (ids.dtype, trained.dtype) == (np.int32, np.bool_)
            assert (ids.tolist(), trained.tolist()) == (want.ids, want.trained)
            assert (t.lengths[i], t.trained_tokens[i]) == (len(want.ids), want.trained_tokens)
            assert len(t.pair(i)[1][0]) == 0
            with pytest.raises(ValueError, match="read-only"):
                ids[0] = 1


def test_what_was_tokenised_is_not_tokenised_again(load):
    first, _ = load(MIXED)
    again, tokenised = load(MIXED)
    assert tokenised == []
    assert snapshot(again) == snapshot(first)


def test_each_row_keeps_its_contributor(tmp_path, base_dir):
    content = facts(12)
    by = [2, 0, 1] * 4
    sha = write_rows(tmp_path / "rows.jsonl", content, by)
    listed = rows.sources([source("a", tmp_path / "rows.jsonl", sha, 12)], tmp_path)
    for _ in range(2):  # as tokenised, and as read back
        found = data.load(listed, Tokenizer(base_dir), recipe.parse(SETTINGS), folder=tmp_path / "tokens")
        (s,) = found.sources
        assert s.train.store.contributors == (PEOPLE[2], PEOPLE[0], PEOPLE[1])
        for t in (s.train, s.held_out):
            who = [s.train.store.contributors[c] for c in t.column("contributor")]
            assert who == [PEOPLE[by[n - 1]] for n in t.column("number")]


def test_the_rows_may_be_gone_once_they_are_tokenised(load, tmp_path, base_dir):
    first, _ = load(MIXED)
    sha = first.sources[0].source.rows_sha256
    listed = rows.sources([source("a", tmp_path / "gone.jsonl", sha, 42)], tmp_path)
    args = (listed, Tokenizer(base_dir), first.recipe)
    assert snapshot(data.load(*args, folder=tmp_path / "tokens")) == snapshot(first)
    with pytest.raises(JobError, match="not there"):
        data.load(*args, folder=tmp_path / "other")


@pytest.mark.parametrize("change", [{"max_length": 20}, {"train_on": "all"}, {"eval_ppm": 1}, {"rows": MIXED[1:]}])
def test_tokens_made_from_other_rows_or_settings_are_remade(load, change):
    first = load(MIXED)[0].digest
    content = change.pop("rows", MIXED)
    found, tokenised = load(content, **change)
    assert tokenised
    assert found.sources[0].seen == len(content)
    assert found.digest != first


def test_other_code_remakes_the_tokens(load, monkeypatch):
    first, _ = load(MIXED)
    monkeypatch.setattr(table, "CODE", ["of another version"])
    again, tokenised = load(MIXED)
    assert tokenised
    assert again.digest == first.digest  # a run can tell that nothing changed


def test_settings_that_do_not_change_the_tokens_do_not_remake_them(load):
    load(MIXED)
    assert load(MIXED, rank=2, passes=9, batch_size=1, seed=5)[1] == []


def test_any_damage_is_found_and_mended(load, tmp_path):
    want = snapshot(load(MIXED)[0])
    chance = random.Random(1)
    for name in (*table.FILES, "tokens.json"):
        for harm in ("bit", "cut", "longer", "gone"):
            path = tmp_path / "tokens" / name
            content = bytearray(path.read_bytes())
            if harm == "bit":
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            if harm == "cut":
                del content[chance.randrange(len(content)) :]
            path.write_bytes(content + b"x" if harm == "longer" else content)
            if harm == "gone":
                path.unlink()
            found, tokenised = load(MIXED)
            assert tokenised, (name, harm)
            assert snapshot(found) == want


def test_tokens_json_of_any_form_is_no_fault(load, tmp_path):
    load(MIXED)
    path = tmp_path / "tokens" / "tokens.json"
    about = json.loads(path.read_bytes())
    about.pop("sha256")
    for wrong in ([], None, 1, "x", {}, about | {"files": []}, about | {"files": {"ids": 1}}, about | {"key": None}):
        text = canonical.dumps(wrong | {"sha256": canonical.digest(wrong)} if isinstance(wrong, dict) else wrong)
        path.write_bytes(text)
        assert load(MIXED)[1]
    for _ in range(20):
        path.write_bytes(random.Random(2).randbytes(300))
        assert load(MIXED)[1]


def test_a_cut_leaves_no_folder(load, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table.Writer, "finish", full)
    with pytest.raises(OSError, match="space"):
        load(MIXED)
    assert not (tmp_path / "tokens").exists()
    assert not list(tmp_path.glob(".tmp*"))


def test_no_rows_at_all(load):
    found, _ = load([])
    assert found.steps() == 0
    assert found.trained_tokens == 0
    assert load([])[0].counts() == found.counts()
