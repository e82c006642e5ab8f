"""What is trained, what is left out, in which order."""

import json

import pytest
from conftest import SETTINGS, chat, facts, source, write_rows

from modelfactory_trainer import canonical, check, data, mask, recipe, rows, tiny
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.tokenizer import Tokenizer


def row(content: dict, number: int = 1) -> rows.Row:
    return rows.Row(number, canonical.digest(content), content.get("messages"), content.get("text"))


@pytest.fixture(scope="module")
def tokenizer(base_dir):
    return Tokenizer(base_dir)


def trained_text(t, tokenizer) -> str:
    return "".join(s["text"] for s in mask.segments(t, tokenizer) if s["trained"])


def test_answers_are_trained_and_prompts_are_not(tokenizer):
    t = mask.tokenise(row(chat("Wo ist es? 😀", "Dort, im Café. 😀")), tokenizer, "answers", 512)
    assert trained_text(t, tokenizer) == "Dort, im Café. 😀<|im_end|>"
    assert "".join(s["text"] for s in mask.segments(t, tokenizer)) == t.text


def test_each_answer_of_a_longer_chat_is_trained(tokenizer):
    messages = [{"role": "system", "content": "Be brief."}]
    messages += chat("One?", "Two.")["messages"] + chat("Two.", "Two.")["messages"]
    t = mask.tokenise(row({"messages": messages}), tokenizer, "answers", 512)
    assert [s["text"] for s in mask.segments(t, tokenizer) if s["trained"] and not s["special"]] == ["Two.", "Two."]
    assert trained_text(t, tokenizer).count("<|im_end|>") == 2


def test_text_rows_and_train_on_all_train_everything_but_the_first_token(tokenizer):
    t = mask.tokenise(row({"text": "abc"}), tokenizer, "answers", 512)
    assert t.trained == [False, True, True, True]
    assert t.ids[-1] == tokenizer.eos_id
    t = mask.tokenise(row(chat("a", "b")), tokenizer, "all", 512)
    assert t.trained_tokens == len(t.ids) - 1


def test_a_template_without_an_end_mark_still_teaches_to_stop(tmp_path):
    tiny.make(tmp_path / "b", template="{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
              "{% if add_generation_prompt %}assistant: {% endif %}")  # fmt: skip
    tokenizer = Tokenizer(tmp_path / "b")
    t = mask.tokenise(row(chat("q", "answer")), tokenizer, "answers", 512)
    assert t.ids[-1] == tokenizer.eos_id
    assert t.trained[-1]
    assert trained_text(t, tokenizer).startswith("answer")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for m in messages %}{% if m['role'] == 'user' %}{{ m['content'] }}{% endif %}{% endfor %}", "loses"),
        ("{{ raise_exception('no such role') }}", "no such role"),
        ("{{ messages[0].nothing.there }}", "refuses"),
    ],
)
def test_a_template_that_loses_the_answer_drops_the_row(tmp_path, template, reason):
    tiny.make(tmp_path / "b", template=template)
    with pytest.raises(mask.RowDropped, match=reason):
        mask.tokenise(row(chat("question", "answer")), Tokenizer(tmp_path / "b"), "answers", 512)


def test_long_rows_and_rows_without_an_answer_are_dropped(tokenizer):
    with pytest.raises(mask.RowDropped, match="more than the 20"):
        mask.tokenise(row(chat("x" * 50, "y")), tokenizer, "answers", 20)
    with pytest.raises(mask.RowDropped, match="no trained token"):
        mask.tokenise(row({"messages": [{"role": "user", "content": "hello"}]}), tokenizer, "answers", 512)


def test_tokenizer_and_template_agree_with_transformers(base_dir, tokenizer):
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(base_dir, local_files_only=True)
    for content in facts(5):
        for prompt in (True, False):
            text = theirs.apply_chat_template(content["messages"], tokenize=False, add_generation_prompt=prompt)
            assert tokenizer.render(content["messages"], prompt) == text
            assert tokenizer.encode(text).ids == theirs(text, add_special_tokens=False)["input_ids"]
    assert theirs.eos_token_id == tokenizer.eos_id


def test_the_split_is_a_property_of_the_row():
    digests = [canonical.digest(f) for f in facts(400)]
    held = {d for d in digests if rows.in_eval(d, 100_000)}
    assert 15 < len(held) < 80
    assert held <= {d for d in digests if rows.in_eval(d, 200_000)}  # a larger share only adds
    assert not any(rows.in_eval(d, 0) for d in digests)
    assert rows.in_eval("00000000000000ff" + "0" * 48, 256)  # 255 < 256
    assert not rows.in_eval("00000000000000ff" + "0" * 48, 255)


def test_changed_and_damaged_rows_are_refused(tmp_path):
    path = tmp_path / "rows.jsonl"
    sha = write_rows(path, facts(3))
    read = lambda sha: list(rows.read(rows.sources([source("n", path, sha, 3)], tmp_path)[0]))  # noqa: E731
    assert len(read(sha)) == 3
    content = path.read_bytes()
    path.write_bytes(content.replace(b"shelf 7", b"shelf 8"))
    with pytest.raises(JobError, match=r"rows\.jsonl of n differs") as e:
        read(sha)
    assert e.value.exit_code == 3
    for bad in (b"\xff\xfe\n", b"[]\n", b'{"row":{}}\n', b'{"row":{"text":1}}\n', b"{\n", b"\n"):
        path.write_bytes(content + bad)
        with pytest.raises(JobError, match="line 4"):
            read("")


def test_row_digest_is_that_of_the_canonical_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"row": {"text": "a\\u00e9"}, "contributor": "0x0"}\n')
    (found,) = rows.read(rows.sources([source("n", path, "", 1)], tmp_path)[0])
    assert found.digest == canonical.sha256('{"text":"aé"}'.encode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"rank": 0},
        {"scheduler": "steps"},
        {"learning_rate": 0},
        {"batch_size": "4"},
        {"eval_ppm": 10**6},
        {"seed": True},
    ],
)
def test_recipes_that_cannot_work_are_refused(wrong):
    with pytest.raises(JobError, match=next(iter(wrong))):
        recipe.parse(SETTINGS | wrong)


def test_recipe_reads_whole_numbers_for_fractions():
    assert recipe.parse(json.dumps(SETTINGS | {"clip_norm": 1, "dropout": 0})).clip_norm == 1.0


class Quiet:
    def phase(self, *_):
        pass


def test_check_counts_and_shows(tmp_path, base_dir):
    content = [*facts(20), chat("too long" * 40, "x"), {"messages": [{"role": "user", "content": "no answer"}]}]
    sha = write_rows(tmp_path / "rows.jsonl", content)
    sha2 = write_rows(tmp_path / "b" / "rows.jsonl", [{"text": "plain words"}] * 5)
    job = {
        "base_dir": str(base_dir),
        "sources": [
            source("a", tmp_path / "rows.jsonl", sha, 22, 750_000),
            source("b", tmp_path / "b" / "rows.jsonl", sha2, 5, 250_000),
        ],
        "recipe": SETTINGS | {"eval_ppm": 200_000},
        "preview": 2,
        "offset": 1,
    }
    found = check.run(job, Quiet())
    a, b = found["sources"]
    assert a["rows"] == a["train_rows"] + a["eval_rows"] + a["dropped_rows"] == 22
    assert [d["row"] for d in a["dropped"]] == [21, 22]
    assert "128" in a["dropped"][0]["reason"]
    assert a["drawn"] == a["train_rows"]
    assert b["drawn"] == round(a["drawn"] / 3)
    assert found["rows_per_pass"] == a["drawn"] + b["drawn"]
    assert found["steps"] == 2 * -(-found["rows_per_pass"] // 4)
    assert 0 < found["trained_tokens_per_pass"] < found["tokens_per_pass"]
    assert [p["row_id"] for p in found["preview"]] == [canonical.digest(c) for c in content[1:3]]
    assert [s["trained"] for s in found["preview"][0]["segments"]].count(True) >= 1


def test_held_out_rows_never_reach_training(tmp_path, base_dir):
    sha = write_rows(tmp_path / "rows.jsonl", facts(60) * 2)
    found = data.load(
        rows.sources([source("a", tmp_path / "rows.jsonl", sha, 120)], tmp_path),
        Tokenizer(base_dir),
        recipe.parse(SETTINGS | {"eval_ppm": 300_000}),
        folder=tmp_path / "tokens",
    )
    (s,) = found.sources
    train = {tuple(s.train.row(i)[0]) for i in range(len(s.train))}
    held = {tuple(s.held_out.row(i)[0]) for i in range(len(s.held_out))}
    assert train
    assert held
    assert not train & held
    assert found.question()[-1]["role"] == "user"
