"""RFC 8785: the examples of the standard and what tripped others up."""

import pytest

from modelfactory_trainer import canonical


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (1e-3, "0.001"),
        (3e-2, "0.03"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-8, "1.5e-8"),
        (333333333.33333329, "333333333.3333333"),
        (1e30, "1e+30"),
        (4.5, "4.5"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (-2.5e-7, "-2.5e-7"),
        (9007199254740991, "9007199254740991"),
        (True, "true"),
        (None, "null"),
        ("\u20ac$\x0f\nA'B\"\\/", '"€$\\u000f\\nA\'B\\"\\\\/"'),
        ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
        ({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3}, '{"€":3,"😀":2,"\ufb33":1}'),
    ],
)
def test_form(value, text):
    assert canonical.dumps(value) == text.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_refused(value):
    with pytest.raises((ValueError, TypeError)):
        canonical.dumps(value)
