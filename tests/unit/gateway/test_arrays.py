"""Arrays kept in a file: mapped as they were, and nothing of a file that is not whole."""

import os
from pathlib import Path

import numpy as np
import pytest

from gateway.arrays import keep_arrays, mapped_arrays

KEPT = {
    "small": np.array(2.5),
    "table": np.arange(40, dtype=np.uint8).reshape(10, 4),
    "cube": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "none": np.zeros((0, 4), np.uint32),
    "across": np.arange(6, dtype=np.int64).reshape(2, 3).T,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "new" / "some.arrays"
    keep_arrays(path, "1", KEPT)
    return path


def test_arrays_come_back_as_they_were_and_can_only_be_read(path: Path) -> None:
    arrays = mapped_arrays(path, "1")
    assert list(arrays) == list(KEPT)
    for name, array in KEPT.items():
        found = arrays[name]
        assert isinstance(found, np.ndarray)
        assert (found.dtype, found.shape, found.tolist()) == (array.dtype, array.shape, array.tolist())
        assert not found.flags.writeable


def test_a_table_is_read_by_rows_where_only_some_are_wanted(path: Path) -> None:
    rows = mapped_arrays(path, "1", by_rows=("table",))["table"]
    found = rows[np.array([9, 0, 9])]
    assert (found.dtype, found.tolist()) == (np.uint8, [[36, 37, 38, 39], [0, 1, 2, 3], [36, 37, 38, 39]])
    assert rows[np.array([], np.int64)].shape == (0, 4)
    path.unlink()
    assert rows[np.array([1])].tolist() == [[4, 5, 6, 7]]


def test_another_key_is_another_file(path: Path) -> None:
    with pytest.raises(ValueError, match="made from something else"):
        mapped_arrays(path, "2")
    keep_arrays(path, "2", {"one": np.array([1])})
    assert list(mapped_arrays(path, "2")) == ["one"]
    assert [file.name for file in path.parent.iterdir()] == ["some.arrays"]


def test_what_a_writer_left_behind_that_died_goes_with_the_next(path: Path) -> None:
    left, being_written = (path.with_name(f"some.arrays.{name}.tmp") for name in ("dead", "alive"))
    left.write_bytes(b"half")
    os.utime(left, (1_000, 1_000))
    being_written.write_bytes(b"half")
    os.utime(being_written, (9_999_999_999, 9_999_999_999))
    keep_arrays(path, "2", KEPT)
    assert sorted(file.name for file in path.parent.iterdir()) == ["some.arrays", "some.arrays.alive.tmp"]


def test_of_two_who_keep_the_same_at_once_none_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def too_late(aside: Path, to: Path) -> Path:
        aside.unlink()
        return replace(aside, to)

    monkeypatch.setattr(Path, "replace", too_late)
    keep_arrays(path, "1", KEPT)
    assert mapped_arrays(path, "1")["small"] == 2.5
    path.unlink()
    with pytest.raises(FileNotFoundError):
        keep_arrays(path, "1", KEPT)


def test_a_file_that_is_not_whole_gives_nothing(path: Path) -> None:
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for torn in (b"", whole[:20], whole[:32], whole[:-1], whole + b"\0", bytes(len(whole)), bytes(flipped)):
        path.write_bytes(torn)
        with pytest.raises(ValueError, match="not whole"):
            mapped_arrays(path, "1")
    with pytest.raises(FileNotFoundError):
        mapped_arrays(path.with_name("missing"), "1")


def test_what_could_not_be_written_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path, to: Path) -> None:
        raise OSError(28, "No space left on device", str(to))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        keep_arrays(path, "3", KEPT)
    assert [file.name for file in path.parent.iterdir()] == ["some.arrays"]
    assert mapped_arrays(path, "1")["small"] == 2.5
