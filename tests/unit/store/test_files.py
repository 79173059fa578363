"""The file store: names made harmless, types sniffed, ids that lead nowhere else."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import BadInput, Busy, NotFound, TooLarge
from gateway.core.ids import FileId
from gateway.core.parts import FileRef
from gateway.store.files import LocalFiles, clean_name, open_files
from gateway.store.sniffing import sniffed

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_full_disk_is_busy_and_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    files = open_files(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Busy):
        await put(files, PNG)
    assert kept(tmp_path) == []


async def put(files: LocalFiles, *parts: bytes, name: str = "a.png", max_bytes: int = 1000) -> FileRef:
    allowed = ("image/png", "text/plain")
    return FileRef(**await files.put(chunks(*parts), name=name, max_bytes=max_bytes, allowed=allowed, owner="site/v1"))


async def test_what_was_put_is_read_back_with_its_owner(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    ref = await put(files, PNG[:5], PNG[5:])
    stored = await open_files(tmp_path).get(ref.id)
    assert (stored.ref, stored.owner) == (ref, "site/v1")
    assert (ref.mime, ref.size_bytes) == ("image/png", 68)
    assert b"".join([piece async for piece in files.read(ref)]) == PNG


async def test_what_is_too_large_for_memory_is_streamed_and_judged_whole(tmp_path: Path) -> None:
    """Text that goes on as something else, also in the middle of a character, is no text."""
    files, line = open_files(tmp_path), "中文行\n".encode() * 6_000
    ref = await put(files, *[line] * 5, max_bytes=300_000)
    assert (ref.mime, ref.size_bytes) == ("text/plain", 300_000)
    assert b"".join([piece async for piece in files.read(ref)]) == line * 5
    for tail, limit, error in ((b"\0", 400_000, BadInput), (b"\xe4\xb8", 400_000, BadInput), (b"x", 300_000, TooLarge)):
        with pytest.raises(error):
            await put(files, *[line] * 5, tail, max_bytes=limit)
    assert len(kept(tmp_path)) == 2, "the content and its name, and nothing of what was refused"


async def test_the_same_bytes_are_kept_once_under_two_ids(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    one, two = await put(files, PNG), await put(files, PNG)
    assert one.id != two.id
    assert len(kept(tmp_path / "bytes")) == 1
    assert (tmp_path / "bytes").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ((b"x" * 600, b"x" * 600), TooLarge),
        ((b"",), BadInput),
        ((), BadInput),
        ((b"\x7fELF" + b"\0" * 60,), BadInput),
        ((b"a\0b",), BadInput),
    ],
)
async def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, parts: tuple[bytes, ...], error: type[Exception]) -> None:
    files = open_files(tmp_path)
    with pytest.raises(error):
        await put(files, *parts)
    assert kept(tmp_path) == []


async def test_an_upload_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield PNG
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await open_files(tmp_path).put(breaking(), name="a", max_bytes=1000, allowed=("image/png",))
    assert kept(tmp_path) == []


@pytest.mark.parametrize("file_id", ["", "x", "../../../../etc/passwd", "A" * 32, "A" * 31 + "/", "A" * 32 + "\n"])
async def test_an_id_that_is_none_finds_nothing(tmp_path: Path, file_id: str) -> None:
    with pytest.raises(NotFound):
        await open_files(tmp_path).get(FileId(file_id))


async def test_content_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    ref = await put(files, PNG)
    for path in kept(tmp_path / "bytes"):
        path.unlink()
    with pytest.raises(NotFound):
        await anext(files.read(ref))


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    open_files(tmp_path)
    old, young = tmp_path / "incoming" / "old", tmp_path / "incoming" / "young"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    open_files(tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("订单 1.pdf", "订单 1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\u202egnp.exe", "a_gnp.exe"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie: x"),
        ("", "file"),
        (" . ", "file"),
        ("x" * 200 + ".pdf", "x" * 116 + ".pdf"),
        ("\ud800.txt", "?.txt"),
    ],
)
def test_names_are_made_harmless(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg onload=alert(1)>", "text/plain"),
        ("中文".encode()[:-1], "text/plain"),
        (b"\xff\xfe\x00", None),
        (b"\0", None),
    ],
)
def test_a_type_is_sniffed_from_the_content(head: bytes, mime: str | None) -> None:
    assert sniffed(head) == mime
