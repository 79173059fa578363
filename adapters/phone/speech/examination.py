"""Tries the voice and the ear of a phone number for the doctor: says a word in each language, has it recognized, reads the files named."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from adapters.phone.audio import BYTES_PER_S, Pcm
from adapters.phone.speech.ear import Recognizer
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.music import hold_music
from adapters.phone.speech.shaping import recorded
from adapters.phone.speech.voice import Speaker
from adapters.phone.speech.wav import FILE_MAX_BYTES, read_wav
from config.phone import Phone
from gateway.core.channel import Verdict

TRY_S = 4.0
"""Of each: less than the doctor waits for all, so that it can say which one is silent."""
_WORDS = {"zh": "您好。"}
_WORD = "Hello."
SILENCE = bytes(BYTES_PER_S // 2)
"""For an ear where no voice is."""


class Said(Struct, frozen=True):
    """The test word, as somebody spoke it."""

    by: str
    language: str
    pcm: Pcm


async def examined(
    name: str, settings: Phone, speakers: Sequence[Speaker], recognizer: Recognizer | None, languages: Sequence[str]
) -> Verdict:  # fmt: skip
    """The first thing that is wrong, or what is good. Never raises; speakers and recognizer are closed then."""
    parts: list[Speaker | Recognizer] = [*speakers, *([recognizer] if recognizer is not None else [])]
    try:
        wrong = await asyncio.to_thread(_wrong_file, name, settings)
        if wrong is not None:
            return wrong
        said = [await _said(name, settings, speakers, language) for language in languages] if speakers else []
        bad = next((one for one in said if isinstance(one, Verdict)), None)
        words = [one for one in said if isinstance(one, Said)]
        bad = bad or (None if recognizer is None else await _heard(name, settings, recognizer, languages, words))
        return bad or _good(settings, words, has_ear=recognizer is not None)
    finally:
        await asyncio.gather(*(part.close() for part in parts))


def _good(settings: Phone, words: Sequence[Said], *, has_ear: bool) -> Verdict:
    if not words:
        return Verdict(is_ok=True, why="speech.recorded")
    voice = " / ".join(dict.fromkeys(one.by for one in words))
    ear = settings.recognizer.provider if has_ear else ""
    return Verdict(is_ok=True, why="speech.good" if ear else "speech.good_keys", values={"voice": voice, "ear": ear})


async def _said(name: str, settings: Phone, speakers: Sequence[Speaker], language: str) -> Said | Verdict:
    """The word by the first who can speak this language; where that is another than it should be, that is wrong."""
    failed: list[tuple[str, str]] = []
    word = _WORDS.get(language.split("-")[0], _WORD)
    for speaker in speakers:
        if not speaker.can(language):
            continue
        try:
            pcm = await speaker.speak(word, language, min(TRY_S, settings.voice.deadline_s + 1))
        except SpeechFailed as error:
            failed.append((speaker.name, str(error)))
            continue
        return Said(speaker.name, language, pcm) if not failed else _other(name, failed[0], speaker.name)
    return _bad(name, "no_voice", reason="; ".join(f"{who}: {why}" for who, why in failed) or language)


async def _heard(
    name: str, settings: Phone, recognizer: Recognizer, languages: Sequence[str], said: Sequence[Said]
) -> Verdict | None:  # fmt: skip
    """What is wrong with who understands. What it makes of the word is not judged: a robot's voice is no customer's."""
    known = [language for language in languages if recognizer.can(language)]
    if not known:
        return _bad(name, "no_ear", reason=f"{settings.recognizer.provider}: {', '.join(languages)}?")
    sounds = {one.language: one.pcm for one in said}
    for language in known:
        word = _WORDS.get(language.split("-")[0], _WORD)
        try:
            await recognizer.recognize(sounds.get(language, SILENCE), language, (word,), min(TRY_S, settings.recognizer.deadline_s + 1))
        except SpeechFailed as error:
            return _bad(name, "no_ear", reason=str(error))
    return None


def _other(name: str, first: tuple[str, str], other: str) -> Verdict:
    return _bad(name, "other_voice", voice=first[0], reason=first[1], other=other)


def _wrong_file(name: str, settings: Phone) -> Verdict | None:
    """The first recording that can't be played: a caller would hear another voice in its place, and nobody would know why."""
    prompts = sorted(Path(settings.prompts).glob("*/*.wav")) if settings.prompts else []
    if settings.prompts and not prompts:
        return _bad(name, "files", path=settings.prompts, reason="expected LANGUAGE/KEY.wav in it")
    for path in prompts:
        try:
            with path.open("rb") as file:
                samples, rate_hz = read_wav(file.read(FILE_MAX_BYTES + 1))
            recorded(samples, rate_hz)
        except (OSError, SpeechFailed) as error:
            return _bad(name, "files", path=str(path), reason=_reason(error))
    try:
        hold_music(settings.hold_music)
    except (OSError, SpeechFailed) as error:
        return _bad(name, "files", path=settings.hold_music, reason=_reason(error))
    return None


def _reason(error: OSError | SpeechFailed) -> str:
    return str(error) if isinstance(error, SpeechFailed) else error.strerror or type(error).__name__


def _bad(name: str, key: str, **values: str) -> Verdict:
    return Verdict(is_ok=False, why=f"speech.{key}", todo=f"speech.{key}_todo", values={"name": name, **values})
