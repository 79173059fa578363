"""What comes many at a time is kept together: whole or not at all, whatever the moment at which the power fails."""

import asyncio
import os
from pathlib import Path

import pytest
from msgspec import structs

from gateway.core.errors import Busy, NotFound
from gateway.core.files import ToKeep
from gateway.core.ids import FileId
from gateway.core.parts import FileRef
from gateway.store.files import LocalFiles, open_files

LARGE = b"x" * 65_537


class PowerCut(BaseException):
    """Nothing after it is done, not even what tidies up."""


def mail(number: int, *, content: bytes = b"", owner: str = "support") -> ToKeep:
    return ToKeep(content=content or b"Subject: %d\r\n\r\nhello" % number, name=f"{number}.eml", mime="message/rfc822", owner=owner)


async def whole(files: LocalFiles, ref: FileRef) -> bytes:
    return b"".join([piece async for piece in files.read(ref)])


def bundles(folder: Path) -> list[Path]:
    return all_files(folder / "kept")


def all_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_a_batch_is_read_back_one_by_one_by_any_process(tmp_path: Path) -> None:
    items = [mail(1), mail(2, content=LARGE), mail(3), mail(4, content=LARGE + b"y")]
    refs = await open_files(tmp_path).keep_many(items)
    files = open_files(tmp_path)
    assert [await whole(files, ref) for ref in refs] == [item.content for item in items]
    assert [(await files.get(ref.id)).owner for ref in refs] == ["support"] * 4
    assert [(await files.get(ref.id)).ref for ref in refs] == refs
    assert [(ref.name, ref.mime, ref.size_bytes) for ref in refs[:2]] == [
        ("1.eml", "message/rfc822", 19), ("2.eml", "message/rfc822", 65_537),
    ]  # fmt: skip
    assert len(bundles(tmp_path)) == 3
    assert {path.stat().st_mode & 0o077 for path in bundles(tmp_path)} == {0}


async def test_the_same_batch_again_has_the_same_ids_and_is_written_once(tmp_path: Path) -> None:
    items = [mail(1), mail(2), mail(1)]
    first, again, beside = await asyncio.gather(*(open_files(tmp_path).keep_many(items) for _ in range(3)))
    assert first == again == beside
    assert first[0].id == first[2].id
    assert len(bundles(tmp_path)) == 1
    assert bundles(tmp_path)[0].read_bytes().count(b"Subject: 1") == 1


async def test_something_large_is_written_once_whatever_it_comes_with(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    (large, _) = await files.keep_many([mail(1, content=LARGE), mail(2)])
    assert await files.keep(LARGE, name="1.eml", mime="message/rfc822", owner="support") == large
    assert len(bundles(tmp_path)) == 2


async def test_the_same_content_of_two_owners_has_two_ids(tmp_path: Path) -> None:
    one, two = await open_files(tmp_path).keep_many([mail(1, owner="support"), mail(1, owner="sales")])
    assert one.id != two.id
    assert [(await open_files(tmp_path).get(ref.id)).owner for ref in (one, two)] == ["support", "sales"]


async def test_an_empty_content_and_an_empty_batch_are_fine(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    ref = await files.keep(b"", name="", mime="message/rfc822", owner="support")
    assert (await whole(files, ref), ref.name) == (b"", "file")
    assert await files.keep_many([]) == []


@pytest.mark.parametrize("step", range(5))
async def test_a_power_cut_at_any_step_leaves_nothing_or_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """The steps: the folder is made known, the content flushed, given its name, that flushed; a cut behind the last one is none."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "aside")
    files, items = open_files(tmp_path), [mail(1), mail(2)]
    with monkeypatch.context() as patch:
        cut_at(patch, step)
        if step < 4:
            with pytest.raises(PowerCut):
                files._bundles.keep(items)
        else:
            files._bundles.keep(items)
    assert len(bundles(tmp_path)) == (1 if step >= 3 else 0)
    (tmp_path / "incoming" / "aside").unlink(missing_ok=True)
    refs = await open_files(tmp_path).keep_many(items)
    assert [await whole(files, ref) for ref in refs] == [item.content for item in items]


def cut_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """Let so many words to the disk through; the next one is never heard."""
    left = iter(range(step))
    fsync, replace = os.fsync, Path.replace

    def is_cut() -> bool:
        return next(left, None) is None

    def synced(number: int) -> None:
        if is_cut():
            raise PowerCut
        fsync(number)

    def replaced(self: Path, target: Path) -> Path:
        if is_cut():
            raise PowerCut
        return replace(self, target)

    patch.setattr(os, "fsync", synced)
    patch.setattr(Path, "replace", replaced)


async def test_a_name_is_given_only_to_what_is_on_disk_and_is_flushed_again_by_whoever_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A process that died between the name and its flush has told nobody; the next one may not tell before the disk has it."""
    files, done, fsync, replace = open_files(tmp_path), list[str](), os.fsync, Path.replace

    def synced(number: int) -> None:
        fsync(number)
        done.append(f"flush {Path(f'/proc/self/fd/{number}').readlink().relative_to(tmp_path).parts[0]}")

    def replaced(self: Path, target: Path) -> Path:
        done.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    await files.keep_many([mail(1), mail(2)])
    assert done == ["flush kept", "flush incoming", "name", "flush kept"]
    await files.keep_many([mail(1), mail(2)])
    assert done[4:] == ["flush kept"]


async def test_a_full_disk_is_busy_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    files = open_files(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Busy):
        await files.keep_many([mail(1)])
    assert all_files(tmp_path) == []


async def test_an_id_that_leads_elsewhere_finds_nothing(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    (ref,) = await files.keep_many([mail(1)])
    for file_id in (ref.id[:16] + "A" * 16, "../../../../etc/passwd0000000000", ref.id[:16], ""):
        with pytest.raises(NotFound):
            await files.get(FileId(file_id))
        with pytest.raises(NotFound):
            await whole(files, structs.replace(ref, id=FileId(file_id)))


async def test_a_bundle_that_is_torn_all_the_same_holds_nothing(tmp_path: Path) -> None:
    files = open_files(tmp_path)
    (ref,) = await files.keep_many([mail(1)])
    for torn in (b"", b"\0\0", b"\xff\xff\xff\xff{", b"\0\0\0\x02[{"):
        bundles(tmp_path)[0].write_bytes(torn)
        with pytest.raises(NotFound):
            await files.get(ref.id)
