"""Scalars in the file format that TensorBoard reads, without TensorBoard.

A file is a row of records, each a serialised `tensorflow.Event`. A record is (all little-endian): uint64 length, uint32
masked CRC of those 8 bytes, the data, uint32 masked CRC of the data. The CRC is CRC-32C (Castagnoli, RFC 3720 section
12.1), and it is masked as in LevelDB's log format, because a CRC of data that holds CRCs is weak.
"""

import struct
import time
from pathlib import Path

CASTAGNOLI = 0x82F63B78  # the polynomial of CRC-32C, bits reversed
MASK_DELTA = 0xA282EAD8


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (CASTAGNOLI if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """CRC-32C of the bytes, as an unsigned 32-bit number."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """Rotate right by 15 bits and add a constant, modulo 2^32."""
    return (((crc >> 15) | (crc << 17)) + MASK_DELTA) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """One record of the file."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(crc32c(length))) + data + struct.pack("<I", masked(crc32c(data)))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def event(
    wall_time: float, step: int | None = None, file_version: str = "", scalars: dict[str, float] | None = None
) -> bytes:
    """Event{double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5}, in protobuf's wire
    format. Summary{repeated Value value = 1}, Value{string tag = 1; float simple_value = 2}."""
    out = struct.pack("<Bd", 1 << 3 | 1, wall_time)
    if step is not None:
        out += _varint(2 << 3) + _varint(step)
    if file_version:
        out += _bytes(3, file_version.encode())
    if scalars:
        values = (_bytes(1, tag.encode()) + struct.pack("<Bf", 2 << 3 | 5, v) for tag, v in scalars.items())
        out += _bytes(5, b"".join(_bytes(1, v) for v in values))
    return out


class Writer:
    """A new file in `folder`, which is made where it is missing. A resumed run adds a file: TensorBoard reads all of
    them and takes a repeated step from the later one."""

    def __init__(self, folder: Path, wall_time: float | None = None):
        """wall_time is the start, in seconds of Unix time; None = now."""
        wall_time = time.time() if wall_time is None else wall_time
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("events.out.tfevents.*")))
        self.path = folder / f"events.out.tfevents.{int(wall_time):010d}.modelfactory.{number}"
        self._file = open(self.path, "xb")  # noqa: SIM115
        self._file.write(record(event(wall_time, file_version="brain.Event:2")))
        self.flush()

    def add(self, step: int, wall_time: float, scalars: dict[str, float]) -> None:
        """Write one event with a scalar for each tag. NaN and infinity are written as they are."""
        self._file.write(record(event(wall_time, step, scalars=scalars)))

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
