"""What lies in a mail: given out, or held back."""

import base64
import io
import struct
import zipfile

import pytest

from adapters.email.parsing.enclosure import content
from adapters.email.parsing.reading import read
from gateway.core.channel import Enclosed

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(*names: str, content: bytes = b"x") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped("a.txt"))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def raw_mail(data: bytes, name: str, mime: str = "application/octet-stream") -> bytes:
    head = f'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n\r\nhi\r\n--B\r\nContent-Type: {mime}\r\n'
    more = f'Content-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return (head + more).encode() + base64.encodebytes(data) + b"\r\n--B--\r\n"


def enclosed(data: bytes, name: str, mime: str = "application/octet-stream") -> Enclosed:
    return read(raw_mail(data, name, mime)).enclosed[0]


def test_what_lies_there_comes_out_as_it_was() -> None:
    raw = raw_mail(PNG * 1_000, "图.png")
    found = read(raw).enclosed[0]
    assert (found.name, found.mime, found.size_bytes, found.is_held_back) == ("图.png", "image/png", 16_000, False)
    assert content(raw, found.place) == PNG * 1_000
    assert content(raw, 99) == b""
    assert content(raw, -1) == b""
    assert content(b"", 0) == b""


def rar4(*names: str, flags: int = 0x8000, main: int = 0) -> bytes:
    """A RAR of version 4; each file holds 200,000 bytes."""
    made = b"Rar!\x1a\x07\x00" + struct.pack("<HBHHIH", 0, 0x73, main, 13, 0, 0)
    for name in map(str.encode, names):
        made += struct.pack("<HBHHIIBIIBBHI", 0, 0x74, flags, 32 + len(name), 200_000, 200_000, 2, 0, 0, 29, 0x30, len(name), 0)
        made += name + bytes(200_000)
    return made + struct.pack("<HBHH", 0, 0x7B, 0, 7)


def rar5(*names: str, extra: bytes = b"") -> bytes:
    """A RAR of version 5; each file holds 100 bytes."""
    made = b"Rar!\x1a\x07\x01\x00" + bytes(4) + b"\x03\x01\x00\x00"
    for name in map(str.encode, names):
        flags = bytes((0x3, len(extra))) if extra else b"\x02"
        head = b"\x02" + flags + b"\x64" + b"\x06\x64\x20" + bytes(8) + b"\x00\x01" + bytes((len(name),)) + name + extra
        made += bytes(4) + bytes((len(head),)) + head + bytes(100)
    return made + bytes(4) + b"\x03\x05\x00\x00"


def seven(*names: str, kind: int = 1) -> bytes:
    """A 7z with its directory at the end."""
    header = bytes((kind, 5, 0x11)) + b"".join(name.encode("utf-16-le") + b"\0\0" for name in names)
    return b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", 10, len(header), 0) + bytes(10) + header


@pytest.mark.parametrize(
    "encoded",
    [
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=E8=AE=A2=\r\n=E5=8D=95",
        b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "订单".encode(),
        b"Content-Transfer-Encoding: base64;\r\n\r\n6K6i\r\n 5Y2V",
        b"Content-Transfer-Encoding: base64\r\n\r\n6K6i5!Y2V\xffA",
        b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a.txt\r\n&Z*ZBY8V5\r\n`\r\nend\r\n",
        b"Content-Transfer-Encoding: nonsense\r\n\r\n" + "订单".encode(),
    ],
)
def test_every_way_of_transfer(encoded: bytes) -> None:
    raw = b"Content-Type: application/octet-stream; name=a.txt\r\n" + encoded
    assert content(raw, 0).rstrip(b"\r\n").decode() == "订单"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("setup.exe", b"x"),
        ("setup.exe.", b"x"),
        ("invoice.pdf.js", b"x"),
        ("报价单.LNK", b"x"),
        ("a.docm", b"x"),
        ("page.html", b"x"),
        ("a.svg", b"x"),
        ("disc.iso", b"x"),
        ("a.ps1", b"x"),
        ("app.apk", b"x"),
        ("photo.jpg", b"MZ\x90\x00"),
        ("notes.txt", b"#!/bin/sh\nrm"),
        ("a.txt", b"\x7fELF"),
        ("a.dat", b"\x4c\x00\x00\x00\x01\x14\x02\x00"),
        ("a.txt", b"\xef\xbb\xbf  <!DOCTYPE html><script>"),
        ("a.txt", "<html>".encode("utf-16")),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'>"),
        ("a.doc", OLE + "_VBA_PROJECT".encode("utf-16-le")),
        ("a.rtf", b"{\\rtf1{\\object\\objdata 0105}}"),
        ("a.zip", zipped("readme.txt", "x/setup.exe")),
        ("a.zip", zipped("inner.zip")),
        ("a.zip", zipped("a.txt", content=bytes(80 * 1_048_576))),
        ("a.zip", encrypted()),
        ("a.zip", b"PK\x03\x04 torn"),
        ("a.docx", zipped("[Content_Types].xml", "word/vbaProject.bin")),
        ("a.zip", zipped("[Content_Types].xml", "setup.exe")),
        ("a.rar", b"Rar!\x1a\x07\x00 .... invoice.exe\x00"),
        ("a.rar", rar4("readme.txt", "x\\setup.exe")),
        ("a.rar", rar4("readme.txt", flags=0x8004)),
        ("a.rar", rar4(main=0x80)),
        ("a.rar", rar5("readme.txt", "图/报价.pdf.scr")),
        ("a.rar", rar5("readme.txt", extra=b"\x02\x01\x00")),
        ("a.rar", rar5("readme.txt")[:-9]),
        ("a.7z", seven("报价.exe")),
        ("a.7z", seven("a.txt", kind=0x17)),
        ("a.bin", b"\x00" * 0x8001 + b"CD001"),
    ],
)
def test_programs_are_held_back(name: str, data: bytes) -> None:
    assert enclosed(data, name).is_held_back, name


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.txt", "订单 <b>".encode(), "text/plain"),
        ("a.csv", b"a,b\n1,2", "text/csv"),
        ("a.doc", OLE, "application/octet-stream"),
        ("a.zip", zipped("readme.txt", "图/报价.pdf"), "application/zip"),
        ("a.rtf", b"{\\rtf1 hello}", "application/rtf"),
        ("a.rar", rar4("readme.txt", "图\\报价.pdf"), "application/x-rar-compressed"),
        ("a.rar", rar5("readme.txt", "图/报价.pdf", extra=b"\x02\x03\x00"), "application/x-rar-compressed"),
        ("a.7z", seven("报价.pdf"), "application/x-7z-compressed"),
        ("unknown", b"\x00\x01\x02", "application/octet-stream"),
    ],
)
def test_what_people_send_is_given_out(name: str, data: bytes, mime: str) -> None:
    found = enclosed(data, name)
    assert (found.is_held_back, found.mime) == (False, mime)


def test_office_files_are_no_archives_of_programs() -> None:
    assert not enclosed(zipped("[Content_Types].xml", "word/document.xml", "word/embeddings/oleObject1.bin"), "a.docx").is_held_back
    assert not enclosed(zipped("mimetype", "content.xml", "META-INF/manifest.xml"), "a.odt").is_held_back
