"""Speech that is kept, and recordings: an operator's, and ours."""

import json
from pathlib import Path

import pytest

from adapters.phone.speech import cache as cache_module
from adapters.phone.speech.cache import SpeechCache, speech_key, tidy
from adapters.phone.speech.music import attention, hold_music, waiting_music
from adapters.phone.speech.record import KEYS, LANGUAGES, WORDS_FILE
from adapters.phone.speech.recordings import OURS, Recordings
from adapters.phone.speech.shaping import to_samples
from adapters.phone.speech.wav import write_ulaw, write_wav
from config.texts import load_texts
from tests.unit.adapters.phone.speech.sounds import kept, pcm, vowel

KEY = speech_key("espeak", "en", "Hello.")


async def test_speech_is_remembered_and_kept_over_a_restart(tmp_path: Path) -> None:
    await SpeechCache(tmp_path).keep(KEY, b"\x01\x02" * 160)
    again = SpeechCache(tmp_path)
    assert again.remembered(KEY) is None
    assert await again.kept(KEY) == b"\x01\x02" * 160
    assert again.remembered(KEY) == b"\x01\x02" * 160


async def test_what_is_only_remembered_never_gets_to_the_disk(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    cache.remember(KEY, b"\x01\x02")
    assert cache.remembered(KEY) == b"\x01\x02"
    assert kept(tmp_path) == []


async def test_a_file_that_was_cut_off_or_changed_is_as_good_as_none(tmp_path: Path) -> None:
    await SpeechCache(tmp_path).keep(KEY, b"\x01\x02" * 160)
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    for content in (b"", whole[:-2], whole[:5], b"FDP1" + whole[4:8] + b"\x03" + whole[9:], b"\x00" * len(whole)):
        path.write_bytes(content)
        assert await SpeechCache(tmp_path).kept(KEY) is None


async def test_a_disk_that_takes_nothing_costs_nothing_but_the_keeping(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = SpeechCache(tmp_path / "file")
    for _ in range(3):
        await cache.keep(KEY, b"\x01\x02")
    assert cache.remembered(KEY) == b"\x01\x02"
    assert [record.message for record in caplog.records] == ["speech can't be kept on disk: it is made again"]


def test_memory_is_bounded_and_the_longest_unused_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MEMORY_MAX_BYTES", 100)
    cache = SpeechCache(tmp_path)
    for name in ("a", "b"):
        cache.remember(name, bytes(40))
    assert cache.remembered("a") is not None
    cache.remember("c", bytes(40))
    assert [name for name in "abc" if cache.remembered(name) is not None] == ["a", "c"]
    cache.remember("a", bytes(60))
    assert [name for name in "abc" if cache.remembered(name) is not None] == ["a", "c"]


def test_the_disk_is_bounded(tmp_path: Path) -> None:
    import os

    for age, name in enumerate(("new", "older", "oldest")):
        path = tmp_path / "ab" / f"{name}.pcm"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    tidy(tmp_path, 250)
    assert sorted(path.stem for path in tmp_path.glob("*/*")) == ["new", "older"]


def test_keys_tell_every_difference() -> None:
    assert len({speech_key("a", "b"), speech_key("ab"), speech_key("a", "", "b"), speech_key("b", "a"), speech_key("\ud800")}) == 5


async def test_an_operators_recording_is_found_by_language(tmp_path: Path) -> None:
    for tag in ("zh", "en"):
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "phone.greeting.wav").write_bytes(write_wav(pcm(vowel(0.5))))
    (tmp_path / "en" / "goodbye.wav").write_bytes(write_wav(pcm(vowel(0.2))))
    recordings = Recordings(tmp_path)
    for language in ("zh-CN", "zh-TW", "en", "en-GB"):
        assert len(await recordings.find("phone.greeting", language) or b"") == 8_000, language
    assert len(await recordings.find("phone.goodbye", "en") or b"") == 3_200
    assert await recordings.find("phone.greeting", "fr") is None
    assert await recordings.find("phone.other", "en") is None
    assert await Recordings(None).find("phone.greeting", "en") is None


async def test_no_key_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "secret.wav").write_bytes(write_wav(pcm(vowel(0.5))))
    recordings = Recordings(tmp_path)
    for key in ("../secret", "..", "/etc/passwd", "a/b", "", "A", "a\0b"):
        assert await recordings.find(key, "en") is None


async def test_a_recording_that_cannot_be_played_is_told_once_and_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "phone.greeting.wav").write_bytes(b"ID3 this is an mp3")
    (tmp_path / "en" / "phone.empty.wav").write_bytes(write_wav(b""))
    recordings = Recordings(tmp_path)
    for _ in range(3):
        assert await recordings.find("phone.greeting", "en") is None
        assert await recordings.find("phone.empty", "en") is None
    assert [record.message for record in caplog.records] == ["a recorded prompt can't be played"]


async def test_our_recordings_say_what_the_catalogue_says() -> None:
    """Where this fails: run `python -m adapters.phone.speech.record`."""
    texts = load_texts()
    words = json.loads((OURS / WORDS_FILE).read_text(encoding="utf-8"))
    assert words == {language: {key: texts[language][key] for key in KEYS} for language in LANGUAGES}
    ours = Recordings(OURS)
    for language in (*LANGUAGES, "zh-TW"):
        for key in KEYS:
            sound = to_samples(await ours.find(key, language) or b"")
            assert 5_000 < len(sound) < 60_000, key
            assert 0.03 < float((sound**2).mean() ** 0.5) < 0.2, key


def test_the_waiting_music_is_gentle_and_has_no_seam() -> None:
    music = to_samples(hold_music())
    assert 15 < len(music) / 8_000 < 60
    assert max(abs(music)) < 0.35
    assert abs(float(music[-1] - music[0])) < 0.05
    assert min(float((music[at : at + 4_000] ** 2).mean()) for at in range(0, len(music) - 4_000, 4_000)) > 1e-4
    assert len(attention()) > 8_000


def test_an_operators_music_is_played(tmp_path: Path) -> None:
    path = tmp_path / "music.wav"
    path.write_bytes(write_ulaw(pcm(vowel(1.0))))
    assert len(waiting_music(str(path))) == 16_000


def test_where_an_operators_music_can_not_be_played_ours_is(tmp_path: Path) -> None:
    path = tmp_path / "music.wav"
    assert waiting_music(str(path)) == hold_music()
    path.write_bytes(b"no sound at all")
    assert waiting_music(str(path)) == hold_music()
