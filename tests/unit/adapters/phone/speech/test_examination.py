"""Voice and ear, as the doctor tries them: every language that callers are spoken to in, and only what is configured."""

from collections.abc import Sequence

import pytest

from adapters.phone.audio import Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.examination import SILENCE, examined
from config.phone import Phone
from config.phone import Recognizer as RecognizerSettings

WORD = b"\1\0" * 160


class Mouth:
    def __init__(self, name: str, languages: Sequence[str], *, fails: str = "") -> None:
        self.name = name
        self.said: list[str] = []
        self.is_closed = False
        self._languages = languages
        self._fails = fails

    def identity(self, language: str, /) -> str:
        return language

    def can(self, language: str, /) -> bool:
        return language in self._languages

    async def speak(self, text: str, language: str, within_s: float) -> Pcm:
        assert within_s <= 4.0
        if language == self._fails:
            raise SpeechFailed("it is asleep", code="late")
        self.said.append(text)
        return WORD

    async def close(self) -> None:
        self.is_closed = True


class Recognizer:
    def __init__(self, languages: Sequence[str], *, fails: str = "") -> None:
        self.heard: list[tuple[str, Pcm]] = []
        self.is_closed = False
        self._languages = languages
        self._fails = fails

    def can(self, language: str, /) -> bool:
        return language in self._languages

    async def recognize(self, pcm: Pcm, language: str, hints: Sequence[str], within_s: float, /) -> tuple[str, float]:
        assert hints
        assert within_s <= 4.0
        if language == self._fails:
            raise SpeechFailed("its model is gone", code="missing")
        self.heard.append((language, pcm))
        return "", 0.0

    async def close(self) -> None:
        self.is_closed = True


SETTINGS = Phone(recognizer=RecognizerSettings(provider="sherpa"))
BOTH = ("zh-CN", "en")


async def test_each_language_is_spoken_by_whom_callers_hear_and_heard_by_who_can() -> None:
    piper, espeak, ear = Mouth("piper", ["zh-CN"]), Mouth("espeak", BOTH), Recognizer(["zh-CN"])
    verdict = await examined("line", SETTINGS, [piper, espeak], ear, BOTH)
    assert (verdict.is_ok, verdict.why, verdict.values) == (True, "speech.good", {"voice": "piper / espeak", "ear": "sherpa"})
    assert (piper.said, espeak.said, ear.heard) == (["您好。"], ["Hello."], [("zh-CN", WORD)])
    assert piper.is_closed
    assert espeak.is_closed
    assert ear.is_closed


@pytest.mark.parametrize(
    ("speakers", "recognizer", "why", "reason"),
    [
        ([Mouth("http", BOTH, fails="en"), Mouth("espeak", BOTH)], None, "speech.other_voice", "it is asleep"),
        ([Mouth("espeak", BOTH, fails="zh-CN")], None, "speech.no_voice", "espeak: it is asleep"),
        ([Mouth("espeak", BOTH)], Recognizer(BOTH, fails="en"), "speech.no_ear", "its model is gone"),
        ([Mouth("espeak", BOTH)], Recognizer(["fr"]), "speech.no_ear", "sherpa: zh-CN, en?"),
    ],
)
async def test_whatever_fails_in_one_language_is_named(speakers: list[Mouth], recognizer: Recognizer | None, why: str, reason: str) -> None:
    verdict = await examined("line", SETTINGS, speakers, recognizer, BOTH)
    assert (verdict.is_ok, verdict.why, verdict.values["reason"]) == (False, why, reason)
    assert all(speaker.is_closed for speaker in speakers)
    assert recognizer is None or recognizer.is_closed


async def test_without_a_voice_an_ear_is_tried_with_silence() -> None:
    ear = Recognizer(BOTH)
    assert (await examined("line", SETTINGS, [], ear, BOTH)).why == "speech.recorded"
    assert ear.heard == [("zh-CN", SILENCE), ("en", SILENCE)]
