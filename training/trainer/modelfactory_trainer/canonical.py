"""RFC 8785 (JCS) canonical JSON and the digests built on it."""

import hashlib
import json
import math


def dumps(value) -> bytes:
    """Return the RFC 8785 form of a JSON value as UTF-8 bytes."""
    return _encode(value).encode("utf-8")


def sha256(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value) -> str:
    """SHA-256 of the canonical form of a JSON value."""
    return sha256(dumps(value))


def _encode(value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            return _number(float(value))
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_encode(v) for v in value) + "]"
    if isinstance(value, dict):
        # RFC 8785 3.2.3 sorts by UTF-16 code units.
        keys = sorted(value, key=lambda k: k.encode("utf-16-be"))
        return "{" + ",".join(f"{_encode(k)}:{_encode(value[k])}" for k in keys) + "}"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _number(x: float) -> str:
    """ECMAScript's Number::toString, which RFC 8785 3.2.2.3 asks for."""
    if not math.isfinite(x):
        raise ValueError("NaN and infinity have no canonical form")
    if x == 0:
        return "0"
    sign = "-" if x < 0 else ""
    # repr gives the shortest digits that read back to the same double, as ECMAScript does; only the layout differs.
    mantissa, _, exponent = repr(abs(x)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)  # digits before the decimal point
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    n = len(digits)
    if n <= point <= 21:
        return sign + digits + "0" * (point - n)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    e = point - 1
    rest = "." + digits[1:] if n > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if e > 0 else '-'}{abs(e)}"
