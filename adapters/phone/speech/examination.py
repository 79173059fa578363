"""Tries the voice and the ear of a phone number for the doctor: says a word, has a second of silence recognized, reads the files named."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from adapters.phone.audio import BYTES_PER_S
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


async def examined(name: str, settings: Phone, speakers: Sequence[Speaker], recognizer: Recognizer | None, language: str) -> Verdict:
    """The first thing that is wrong, or what is good. Never raises; speakers and recognizer are closed then."""
    wrong = await asyncio.to_thread(_wrong_file, name, settings)
    if wrong is not None:
        return wrong
    voice, ear = await asyncio.gather(_voice(name, settings, speakers, language), _ear(name, settings, recognizer, language))
    if isinstance(voice, Verdict):
        return voice
    if isinstance(ear, Verdict):
        return ear
    if not voice:
        return Verdict(is_ok=True, why="speech.recorded")
    return Verdict(is_ok=True, why="speech.good" if ear else "speech.good_keys", values={"voice": voice, "ear": ear})


async def _voice(name: str, settings: Phone, speakers: Sequence[Speaker], language: str) -> Verdict | str:
    """Who speaks; "" where nobody shall."""
    said: list[tuple[str, str]] = []
    word = _WORDS.get(language.split("-")[0], _WORD)
    try:
        for speaker in speakers:
            try:
                await speaker.speak(word, language, min(TRY_S, settings.voice.deadline_s + 1))
            except SpeechFailed as error:
                said.append((speaker.name, str(error)))
                continue
            return speaker.name if not said else _other(name, said[0], speaker.name)
    finally:
        await asyncio.gather(*(speaker.close() for speaker in speakers))
    if not said:
        return ""
    return _bad(name, "no_voice", reason="; ".join(f"{who}: {why}" for who, why in said))


def _other(name: str, first: tuple[str, str], other: str) -> Verdict:
    return _bad(name, "other_voice", voice=first[0], reason=first[1], other=other)


async def _ear(name: str, settings: Phone, recognizer: Recognizer | None, language: str) -> Verdict | str:
    """Who understands; "" where nobody shall."""
    if recognizer is None:
        return ""
    tried = "en" if settings.recognizer.provider == "pocketsphinx" else next(iter(settings.recognizer.models), language)
    try:
        await recognizer.recognize(bytes(BYTES_PER_S // 2), tried, (), TRY_S)
    except SpeechFailed as error:
        return _bad(name, "no_ear", reason=str(error))
    finally:
        await recognizer.close()
    return settings.recognizer.provider


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
