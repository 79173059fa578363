"""What is kept is whole or not there, and there is never too much of it."""

import os
from pathlib import Path

import pytest

from gateway import cache
from gateway.cache import Cache

KEY = "0123456789abcdef"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    kept = Cache(tmp_path / "new" / "folder")
    assert kept.get(KEY) is None
    kept.put(KEY, b"made\0" * 1000)
    assert kept.get(KEY) == b"made\0" * 1000
    kept.put(KEY, b"")
    assert kept.get(KEY) == b""


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 100])
def test_a_torn_file_counts_as_none_and_goes(tmp_path: Path, content: bytes) -> None:
    kept = Cache(tmp_path)
    kept.put(KEY, b"made")
    kept.path(KEY).write_bytes(content)
    assert kept.get(KEY) is None
    assert names(tmp_path) == []


def test_a_file_cut_off_anywhere_counts_as_none(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    kept.put(KEY, b"made of many parts")
    whole = kept.path(KEY).read_bytes()
    for end in range(len(whole)):
        kept.path(KEY).write_bytes(whole[:end])
        assert kept.get(KEY) is None


def test_the_oldest_go_when_there_are_too_many_and_what_is_used_counts_as_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FILES_MAX_COUNT", 3)
    kept = Cache(tmp_path)
    keys = [f"{number:016x}" for number in range(4)]
    for number, key in enumerate(keys[:3]):
        kept.put(key, b"made")
        os.utime(kept.path(key), (1000 + number, 1000 + number))
    assert kept.get(keys[0]) == b"made"
    kept.put(keys[3], b"made")
    assert names(tmp_path) == [f"{key}.made" for key in (keys[0], keys[2], keys[3])]


def test_the_newest_stays_even_where_it_is_too_large(tmp_path: Path) -> None:
    kept = Cache(tmp_path, total_max_bytes=100)
    kept.put("a" * 16, b"x" * 50)
    kept.put("b" * 16, b"x" * 500)
    assert names(tmp_path) == [f"{'b' * 16}.made"]


def test_what_a_dead_writer_left_goes_after_an_hour(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    (tmp_path / "old.tmp").write_bytes(b"x")
    os.utime(tmp_path / "old.tmp", (1000, 1000))
    (tmp_path / "running.tmp").write_bytes(b"x")
    kept.put(KEY, b"made")
    assert names(tmp_path) == [f"{KEY}.made", "running.tmp"]


@pytest.mark.parametrize("key", ["", "short", "../../../../etc/passwd", "A" * 16, "0" * 65, "0" * 15 + "/"])
def test_a_key_never_leaves_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        Cache(tmp_path).get(key)
