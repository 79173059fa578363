"""A recording of both sides of a call."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.phone.audio import BYTES_PER_S
from adapters.phone.sip.recording import Recording, mix


class Time:
    now_s = 5.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def disk() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as disk:
        yield disk


def _read(recording: Recording, disk: ThreadPoolExecutor) -> bytes:
    recording.close()
    disk.shutdown()
    return recording.path.read_bytes()


def test_both_sides_at_once_are_cut_where_they_are_too_loud() -> None:
    assert mix(b"\x01\x00\xff\x7f", b"\x02\x00\x01\x00") == b"\x03\x00\xff\x7f"
    assert mix(b"\x00\x80", b"\x00\x80") == b"\x00\x80"


def test_sound_stands_where_it_was_and_gaps_are_silence(tmp_path: Path, disk: ThreadPoolExecutor) -> None:
    time = Time()
    recording = Recording(tmp_path / "a.pcm", disk, time, 60)
    for _ in range(150):
        time.now_s += 0.02
        recording.heard(b"\1\0" * 160)
        recording.grow()
    time.now_s += 2
    recording.said(b"\2\0" * 160)
    recording.grow()
    sound = _read(recording, disk)
    assert sound[: 3 * BYTES_PER_S] == b"\1\0" * 24_000
    assert sound[3 * BYTES_PER_S :].count(b"\2\0") == 160
    assert abs(sound.index(b"\2\0") / BYTES_PER_S - 4.98) < 0.05


def test_a_recording_ends_at_its_limit(tmp_path: Path, disk: ThreadPoolExecutor) -> None:
    time = Time()
    recording = Recording(tmp_path / "a.pcm", disk, time, 1)
    for _ in range(100):
        time.now_s += 0.02
        recording.heard(b"\1\0" * 160)
        recording.grow()
    assert len(_read(recording, disk)) == BYTES_PER_S
