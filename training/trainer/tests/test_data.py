"""What is trained, what is left out, in which order."""

import json
import random

import pytest
from conftest import PROJECT, SETTINGS, chat, facts, source, write_rows

from modelfactory_trainer import canonical, check, data, mask, recipe, rows, tiny
from modelfactory_trainer.errors import JobError
from modelfactory_trainer.tokenizer import Tokenizer


def row(content: dict, number: int = 1) -> rows.Row:
    messages = content.get("prompt", content.get("messages"))
    answers = content.get("chosen"), content.get("rejected")
    return rows.Row(number, canonical.digest(content), messages, content.get("text"), *answers)


def preference(question: str, chosen: str, rejected: str) -> dict:
    answers = {"chosen": chosen, "rejected": rejected}
    said = {k: [{"role": "assistant", "content": v}] for k, v in answers.items()}
    return {"prompt": [{"role": "user", "content": question}]} | said


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


def test_a_preference_row_gives_two_conversations_with_the_answers_trained(tokenizer):
    content = preference("Where?", "On shelf 7.", "Nowhere.")
    content["prompt"] = chat("Is it here?", "Yes.")["messages"] + content["prompt"]
    settings = recipe.parse(SETTINGS | {"objective": "dpo"})
    chosen, rejected = mask.parts(row(content), tokenizer, settings)
    for t, answer in ((chosen, "chosen"), (rejected, "rejected")):
        assert t.ids == mask.tokenise(row({"messages": content["prompt"] + content[answer]}), tokenizer, "all", 128).ids
        assert trained_text(t, tokenizer) == content[answer][0]["content"] + "<|im_end|>"
    assert chosen.ids[: chosen.trained.index(True)] == rejected.ids[: rejected.trained.index(True)]


def test_each_kind_of_row_is_for_its_objective(tokenizer):
    sft, dpo = (recipe.parse(SETTINGS | {"objective": o}) for o in ("sft", "dpo"))
    with pytest.raises(mask.RowDropped, match="only DPO"):
        mask.parts(row(preference("q", "a", "b")), tokenizer, sft)
    for content in (chat("q", "a"), {"text": "t"}):
        with pytest.raises(mask.RowDropped, match="not a preference"):
            mask.parts(row(content), tokenizer, dpo)
    for content in (preference("q", "a" * 200, "b"), preference("q", "a", "b" * 200)):  # either side can be too long
        with pytest.raises(mask.RowDropped, match="more than the 128"):
            mask.parts(row(content), tokenizer, dpo)


def test_a_row_gives_the_same_tokens_on_every_day(tmp_path):
    tiny.make(tmp_path / "b", template="{{ strftime_now('%d %b %Y') }}{% for m in messages %}<|im_start|>"
              "{{ m['role'] }} {{ m['content'] }}<|im_end|>{% endfor %}")  # fmt: skip
    tokenizer = Tokenizer(tmp_path / "b")
    t = mask.tokenise(row(chat("q", "a")), tokenizer, "answers", 512)
    assert t.text.startswith("26 Jul 2024<")
    assert not tokenizer.render(chat("q", "a")["messages"], True).startswith("26 Jul 2024<")  # a chat sees today's


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
    pair = '{"row":{"prompt":[],"chosen":[],"rejected":%s}}\n'
    for bad in (b"\xff\xfe\n", b"[]\n", b'{"row":{}}\n', b'{"row":{"text":1}}\n', b"{\n", b"\n",
                b'{"row":{"text":"a","messages":[]}}\n', b'{"row":{"prompt":[],"chosen":[]}}\n', (pair % "7").encode(),
                (pair % "[]").encode().replace(b'"prompt"', b'"text":"a","prompt"'), b"[" * 10**5 + b"\n"):  # fmt: skip
        path.write_bytes(content + bad)
        with pytest.raises(JobError, match="line 4"):
            read("")


def test_row_digest_is_that_of_the_canonical_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"row": {"text": "a\\u00e9"}, "contributor": "0x0"}\n')
    (found,) = rows.read(rows.sources([source("n", path, "", 1)], tmp_path)[0])
    assert found.digest == canonical.sha256('{"text":"aé"}'.encode())


def test_whatever_a_line_holds_it_is_a_row_or_refused(tmp_path):
    chance, refused = random.Random(7), set()
    lines = [canonical.dumps({"row": c}) for c in (chat("q é", "a\n"), {"text": "t😀"}, preference("q", "a", "b"))]
    path = tmp_path / "rows.jsonl"
    for _ in range(2000):
        line = bytearray(chance.choice(lines))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(line))
            line[at : at + chance.randint(0, 3)] = chance.choice(
                [b"", b'"', b"{", b"]", b",", b"null", b"7", b"\xff", b"\\ud800"]
            )
        path.write_bytes(bytes(line).replace(b"\n", b"") + b"\n")
        try:
            (found,) = rows.read(rows.sources([source("n", path, "", 1)], tmp_path)[0])
        except JobError as e:
            refused.add((e.kind, e.exit_code))
        else:
            assert (found.messages is None) == (found.text is not None)
            assert isinstance(found.words, int)
    assert refused == {("data", 3)}


def test_words_are_the_same_without_case_spaces_and_marks():
    one, two, other = (row(chat("Where is it?", a)).words for a in ("On shelf 7.", "on  shelf: 7", "On shelf 8."))
    assert one == two != other
    assert row({"text": "!!!"}).words != row({"text": "???"}).words
    assert row(preference("q", "a", "b")).words != row(preference("q", "a", "c")).words


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
    bad = [
        chat("too long" * 40, "x"),
        {"messages": [{"role": "user", "content": "no answer"}]},
        preference("q", "a", "b"),
    ]
    content = [*facts(20), *bad, *facts(3), chat("Where is item 4", "On Shelf 28")]
    sha = write_rows(tmp_path / "rows.jsonl", content)
    sha2 = write_rows(tmp_path / "b" / "rows.jsonl", [{"text": f"plain words {i}"} for i in range(5)] + facts(2))
    job = {
        "base_dir": str(base_dir),
        "sources": [
            source("a", tmp_path / "rows.jsonl", sha, 27, 750_000),
            source("b", tmp_path / "b" / "rows.jsonl", sha2, 7, 250_000),
        ],
        "recipe": SETTINGS | {"eval_ppm": 200_000},
        "preview": 2,
        "offset": 1,
    }
    found = check.run(job, Quiet())
    a, b = found["sources"]
    shape = json.loads((PROJECT.parent / "protocol" / "testdata" / "check.jsonl").read_text())["check"]  # what Go reads
    assert found.keys() == shape.keys()
    assert a.keys() == shape["sources"][0].keys()
    assert found["preview"][0].keys() == shape["preview"][0].keys()
    assert a["rows"] == a["train_rows"] + a["eval_rows"] + a["dropped_rows"] == 27
    assert [d["row"] for d in a["dropped"]] == [21, 22, 23]
    assert {d["reason"]: d["rows"] for d in a["dropped_kinds"]} == {
        "longer than 128 tokens": 1,
        "without a trained token": 1,
        "preferences, which only DPO learns from": 1,
    }
    assert (a["duplicates"], a["near_duplicates"], a["elsewhere"]) == (3, 1, 0)
    assert (b["duplicates"], b["near_duplicates"], b["elsewhere"]) == (0, 0, 2)
    assert 0 < a["median_tokens"] <= a["longest_tokens"] <= 128
    assert "128" in a["dropped"][0]["reason"]
    assert a["drawn"] == a["train_rows"]
    assert b["drawn"] == round(a["drawn"] / 3)
    assert found["rows_per_pass"] == a["drawn"] + b["drawn"]
    assert found["steps"] == 2 * -(-found["rows_per_pass"] // 4)
    assert 0 < found["trained_tokens_per_pass"] < found["tokens_per_pass"]
    assert [p["row_id"] for p in found["preview"]] == [canonical.digest(c) for c in content[1:3]]
    assert [s["trained"] for s in found["preview"][0]["segments"]].count(True) >= 1
    (tmp_path / "b" / "rows.jsonl").unlink()  # rows that are only looked at are not read to the end
    only = check.run(job | {"only_preview": True}, Quiet())
    assert only["preview"] == found["preview"]
    assert only.keys() == found.keys()


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


def test_preferences_are_counted_shown_and_read_back(tmp_path, base_dir):
    content = [preference(f"Where is item {i}?", f"On shelf {i}.", "No idea, sorry.") for i in range(12)]
    sha = write_rows(tmp_path / "rows.jsonl", [*content, chat("q", "a")])
    listed = [source("a", tmp_path / "rows.jsonl", sha, 13)]
    settings = SETTINGS | {"objective": "dpo", "eval_ppm": 200_000}
    found = check.run({"base_dir": str(base_dir), "sources": listed, "recipe": settings, "preview": 1}, Quiet())
    (a,) = found["sources"]
    assert a["dropped"] == [{"row": 13, "reason": "not a preference, from which DPO learns"}]
    (shown,) = found["preview"]
    said = ["".join(s["text"] for s in shown[part] if s["trained"]) for part in ("segments", "rejected")]
    assert said == ["On shelf 0.<|im_end|>", "No idea, sorry.<|im_end|>"]

    tokenizer = Tokenizer(base_dir)
    args = (rows.sources(listed, tmp_path), tokenizer, recipe.parse(settings))
    for made in (data.load(*args, folder=tmp_path / "tokens"), data.load(*args, folder=tmp_path / "tokens")):
        (s,) = made.sources
        assert made.trained_tokens == int(s.train.trained_tokens.sum()) > 0
        assert len(s.train) + len(s.held_out) == 12
        for i, number in enumerate(s.train.column("number").tolist()):
            want = mask.pair(row(content[number - 1]), tokenizer, 128)
            assert [(ids.tolist(), marks.tolist()) for ids, marks in s.train.pair(i)] == [
                (t.ids, t.trained) for t in want
            ]
            assert s.train.lengths[i] == sum(len(t.ids) for t in want)
        assert made.question() in [c["prompt"] for c in content]
