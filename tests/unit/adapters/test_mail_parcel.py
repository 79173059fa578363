"""Outlook's parcel (winmail.dat): what lies in it is given out as if it lay in the mail itself, and nothing in it can hurt."""

import random
import struct

import pytest

from adapters.email.parsing.enclosure import content
from adapters.email.parsing.parcel import SIGNATURE, files
from adapters.email.parsing.reading import read
from tests.unit.adapters.test_mail_enclosures import PNG, raw_mail


def attribute(kind: int, data: bytes, level: int = 2) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(long_name: str) -> bytes:
    """A number, a named property, and the long file name."""
    name = (long_name + "\x00").encode("utf-16-le")
    named = struct.pack("<HH", 0x1E, 0x8001) + bytes(16) + struct.pack("<II", 1, 6) + "abc".encode("utf-16-le") + b"\x00\x00"
    return (
        struct.pack("<IHHI", 3, 0x03, 0x0E20, 7) + named + struct.pack("<II", 1, 2) + b"x\x00\x00\x00"
        + struct.pack("<HHII", 0x1F, 0x3707, 1, len(name)) + name + bytes(-len(name) % 4)
    )  # fmt: skip


def file(title: bytes, data: bytes, more: bytes = b"") -> bytes:
    made = attribute(0x00069002, bytes(14)) + attribute(0x00018010, title + b"\x00") + attribute(0x0006800F, data)
    return made + (attribute(0x00069005, more) if more else b"")


PARCEL = (
    SIGNATURE + b"\x01\x00" + attribute(0x00078008, b"IPM.Microsoft Mail.Note\x00", 1)
    + file("合同~1.png".encode("gb18030"), PNG, properties("合同 扫描件.png")) + file(b"setup.exe", b"MZ" + bytes(90))
)  # fmt: skip


@pytest.mark.parametrize(("name", "mime"), [("noname", "application/ms-tnef"), ("winmail.dat", "application/octet-stream")])
def test_files_in_outlooks_parcel_lie_in_the_mail(name: str, mime: str) -> None:
    raw = raw_mail(PARCEL, name, mime)
    mail = read(raw)
    assert [(one.name, one.mime, one.is_held_back) for one in mail.enclosed] == [
        ("合同 扫描件.png", "image/png", False),
        ("setup.exe", "application/x-msdownload", True),
    ]
    assert (content(raw, mail.enclosed[0].place), mail.text) == (PNG, "hi")


def test_a_parcel_without_files_is_shown_as_what_it_is() -> None:
    (only,) = read(raw_mail(SIGNATURE + b"\x01\x00" + attribute(0x00078008, b"x", 1), "winmail.dat", "application/ms-tnef")).enclosed
    assert (only.name, only.mime) == ("winmail.dat", "application/ms-tnef")


def test_broken_parcels_are_read_as_far_as_they_go() -> None:
    assert [len(files(PARCEL[:size])) for size in (0, 6, 100, 150, len(PARCEL))] == [0, 0, 0, 1, 2]
    dice = random.Random(6)
    for _ in range(300):
        broken = bytearray(PARCEL)
        for _ in range(dice.randint(1, 12)):
            broken[dice.randrange(6, len(broken))] = dice.randrange(256)
        assert all(one.end <= len(PARCEL) for one in files(bytes(broken)))


def test_a_parcel_of_very_many_files_ends() -> None:
    assert len(files(SIGNATURE + b"\x01\x00" + file(b"a", b"b") * 5_000)) == 100
