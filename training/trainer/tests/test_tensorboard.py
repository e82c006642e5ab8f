"""The scalar file against the published vectors of its parts, and read back by a reader written from the format."""

import math
import struct
import time

import pytest

from modelfactory_trainer import tensorboard


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"123456789", 0xE3069283),  # the check value of CRC-32C in the CRC catalogues
        (bytes(32), 0x8A9136AA),  # RFC 3720 B.4, as are the next three
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_crc32c_is_castagnoli(data, crc):
    assert tensorboard.crc32c(data) == crc


def test_the_mask_turns_and_adds():
    # ((crc >> 15) | (crc << 17)) + 0xa282ead8, in 32 bits, by hand.
    assert tensorboard.masked(0) == 0xA282EAD8
    assert tensorboard.masked(1) == 0xA284EAD8
    assert tensorboard.masked(0x8000) == 0xA282EAD9
    assert tensorboard.masked(0xFFFFFFFF) == 0xA282EAD7


def fields(data: bytes):
    """(field, value) of a protobuf message: varints as int, 32 and 64 bits as float, the rest as bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        elif kind == 2:
            n = varint()
            value, at = data[at : at + n], at + n
        else:
            form = {1: "<d", 5: "<f"}[kind]
            (value,) = struct.unpack_from(form, data, at)
            at += struct.calcsize(form)
        yield key >> 3, value


def read(path):
    """[(wall time, step, file version, {tag: value})] of a file; both CRCs of each record must be right."""
    data, at, out = path.read_bytes(), 0, []
    while at < len(data):
        head = data[at : at + 8]
        (n,) = struct.unpack("<Q", head)
        body = data[at + 12 : at + 12 + n]
        sums = struct.unpack_from("<I", data, at + 8) + struct.unpack_from("<I", data, at + 12 + n)
        assert sums == tuple(tensorboard.masked(tensorboard.crc32c(b)) for b in (head, body))
        at += 16 + n
        event = dict(fields(body))
        scalars = {}
        for _, value in fields(event.get(5, b"")):
            v = dict(fields(value))
            scalars[v[1].decode()] = v[2]
        out.append((event[1], event.get(2), event.get(3, b"").decode(), scalars))
    assert at == len(data)
    return out


def test_a_file_has_a_version_and_then_every_scalar(tmp_path):
    folder = tmp_path / "run" / "tensorboard"
    w = tensorboard.Writer(folder, 1_790_000_000.5)
    w.add(1, 1_790_000_001.25, {"loss/train": 2.5, "learning rate": 2e-4})
    w.add(300, 1_790_000_002.0, {"loss/eval": math.nan})
    w.flush()
    events = read(w.path)
    w.close()
    assert events[0] == (1_790_000_000.5, None, "brain.Event:2", {})
    assert events[1] == (1_790_000_001.25, 1, "", {"loss/train": 2.5, "learning rate": pytest.approx(2e-4, rel=1e-7)})
    assert events[2][1] == 300
    assert math.isnan(events[2][3]["loss/eval"])
    assert "tfevents" in w.path.name


def test_a_file_is_named_by_the_clock(tmp_path):
    before = int(time.time())
    w = tensorboard.Writer(tmp_path)
    w.close()
    assert before <= int(w.path.name.split(".")[3]) <= time.time()


def test_a_resumed_run_adds_a_file_and_leaves_the_first_alone(tmp_path):
    first = tensorboard.Writer(tmp_path, 5)
    first.add(1, 6, {"loss/train": 1})
    first.close()
    before = first.path.read_bytes()
    second = tensorboard.Writer(tmp_path, 5)  # within the same second
    second.add(1, 7, {"loss/train": 2})
    second.close()
    assert second.path != first.path
    assert sorted(p.name for p in tmp_path.iterdir()) == [first.path.name, second.path.name]
    assert first.path.read_bytes() == before
