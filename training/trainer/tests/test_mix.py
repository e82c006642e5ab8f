"""Which rows are drawn, in which order: the same on every machine and for good."""

import random
import time

import numpy as np
import pytest

from modelfactory_trainer import canonical, mix


def test_the_random_stream_is_the_published_one():
    # Random123's known answers of Philox4x64-10 for counter and key 0, and for all bits set.
    last = 2**256 - 1  # numpy counts before it makes numbers
    assert [hex(n) for n in np.random.Philox(counter=last, key=0).random_raw(4).tolist()] == [
        "0x16554d9eca36314c",
        "0xdb20fe9d672d0fdc",
        "0xd7e772cee186176b",
        "0x7e68b68aec7ba23b",
    ]
    assert [hex(n) for n in np.random.Philox(counter=last - 1, key=2**128 - 1).random_raw(4).tolist()] == [
        "0x87b092c3013fe90b",
        "0x438c3c67be8d0224",
        "0x9cc7d7c69cd777b6",
        "0xa09caebf594f0ba0",
    ]


def test_a_stream_can_be_entered_anywhere():
    whole = mix.numbers(0, 50, 7, "source", "a")
    for start in range(20):
        assert np.array_equal(mix.numbers(start, 23, 7, "source", "a"), whole[start : start + 23])
    assert not np.array_equal(whole, mix.numbers(0, 50, 8, "source", "a"))
    assert mix.shuffle(8, 1, "rows", 0).tolist() == [7, 4, 3, 5, 2, 0, 1, 6]


def test_a_pass_draws_the_heaviest_once_and_the_others_in_proportion():
    shares = [mix.Share("a", 100, 700_000), mix.Share("b", 50, 300_000), mix.Share("none", 0, 900_000)]
    assert mix.draws(shares) == [100, 43, 0]
    assert mix.draws([mix.Share("a", 10, 1), mix.Share("b", 30, 1)]) == [30, 30]
    assert mix.draws([mix.Share("a", 10, 1_000_000), mix.Share("b", 30, 1)]) == [10, 1]
    assert mix.draws([mix.Share("none", 0, 1)]) == [0]


@pytest.mark.parametrize("count", [1, 5, 7, 20])
def test_each_row_comes_once_before_any_comes_again(count):
    share = mix.Share("a", 7, 1)
    seen = [i for pass_ in range(7) for i in mix.drawn(share, count, pass_, seed=3).tolist()]
    assert len(seen) == 7 * count
    for start in range(0, len(seen) - 6, 7):
        assert sorted(seen[start : start + 7]) == list(range(7))
    assert count == 1 or seen != [i for pass_ in range(7) for i in mix.drawn(share, count, pass_, seed=4).tolist()]


def plan(seed: int, batch_size: int = 4, accumulation: int = 2) -> mix.Plan:
    return mix.Plan([mix.Share("a", 41, 2), mix.Share("b", 30, 1)], batch_size, accumulation, seed)


def test_the_order_is_a_pure_function():
    forwards = [plan(1).rows(i) for i in range(30)]
    later = plan(1)
    assert [later.rows(i) for i in reversed(range(30))] == forwards[::-1]
    assert forwards != [plan(2).rows(i) for i in range(30)]
    steps = plan(1).steps_per_pass
    assert steps == -(-plan(1).rows_per_pass // 8)
    one_pass = [r for step in forwards[:steps] for r in step]
    assert len(one_pass) == plan(1).rows_per_pass == 62
    assert [len(step) for step in forwards[:steps]] == [8] * 7 + [6]
    assert sorted(i for s, i in one_pass if s == 0) == list(range(41))
    assert all(type(n) is int for pair in one_pass for n in pair)
    # A change here changes what every recorded run trained on.
    assert canonical.digest(forwards[:3]) == "b3926987d02e0203a2628b51107ad44c3e1bd008e5d1570bd4af494cb5748227"


def test_the_order_of_rows_does_not_depend_on_how_many_make_a_step():
    one_by_one = [r for i in range(plan(1, 1, 1).steps_per_pass) for r in plan(1, 1, 1).rows(i)]
    assert one_by_one == [r for i in range(plan(1).steps_per_pass) for r in plan(1).rows(i)]


def test_any_mix_keeps_the_promises():
    chance = random.Random(0)
    for _ in range(200):
        shares = [
            mix.Share(f"n{i}", chance.choice([0, 1, 2, 9, 60]), chance.choice([1, 3, 10**5, 10**6])) for i in range(3)
        ]
        made = mix.Plan(shares, chance.randint(1, 9), chance.randint(1, 3), chance.randint(-5, 5))
        if not any(s.rows for s in shares):
            assert made.steps_per_pass == 0
            continue
        pass_ = chance.randint(0, 3)
        rows = [r for i in range(made.steps_per_pass) for r in made.rows(pass_ * made.steps_per_pass + i)]
        for s, (share, n) in enumerate(zip(shares, mix.draws(shares), strict=True)):
            times = np.bincount([i for at, i in rows if at == s], minlength=share.rows)
            assert times.sum() == n
            assert share.rows == 0 or times.max() - times.min() <= 2  # a pass can end one cycle and begin another
            assert len(times) == share.rows


def test_a_pass_over_a_million_rows_is_drawn_in_seconds():
    begun = time.process_time()
    rows = mix.Plan([mix.Share("a", 600_000, 1), mix.Share("b", 3, 1)], 16, 1, 1).in_pass(2)
    assert time.process_time() - begun < 10  # about half a second on one core
    assert len(rows) == 1_200_000
