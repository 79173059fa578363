"""Puts the voice and the ear of a phone channel together, by its settings."""

from collections.abc import Sequence
from pathlib import Path

from adapters.phone.speech.cache import SpeechCache
from adapters.phone.speech.ear import ListeningEar, Recognizer
from adapters.phone.speech.ears.aside import AsideRecognizer
from adapters.phone.speech.ears.asked import AskedRecognizer
from adapters.phone.speech.examination import examined
from adapters.phone.speech.frames import Order
from adapters.phone.speech.process import SpeechProcess
from adapters.phone.speech.recordings import OURS, Recordings
from adapters.phone.speech.service import Service
from adapters.phone.speech.voice import FallingVoice, Speaker
from adapters.phone.speech.voices.aside import AsideVoice
from adapters.phone.speech.voices.asked import AskedVoice
from config.phone import Phone
from config.phone import Recognizer as RecognizerSettings
from config.phone import Voice as VoiceSettings
from gateway.core.channel import Verdict
from gateway.core.ports import Clock
from gateway.core.texts import Texts

FOLDER = "phone/speech"
"""In the data folder."""


def open_voice(settings: Phone, *, data_dir: Path, texts: Texts, clock: Clock) -> FallingVoice:
    """Who speaks to callers. Nothing is started or read before it is first asked; `close()` ends what was."""
    theirs = Path(settings.prompts) if settings.prompts else None
    return FallingVoice(
        _speakers(settings.voice, clock), cache=SpeechCache(data_dir / FOLDER), theirs=Recordings(theirs), ours=Recordings(OURS),
        texts=texts, deadline_s=settings.voice.deadline_s,
    )  # fmt: skip


def open_ear(settings: Phone, *, clock: Clock) -> ListeningEar:
    """Who understands callers. Nothing is started before somebody listens; `close()` ends what was."""
    recognizer = settings.recognizer
    return ListeningEar(_recognizer(recognizer, clock), deadline_s=recognizer.deadline_s)


async def examine(name: str, settings: Phone, *, clock: Clock, languages: Sequence[str] = ("en",)) -> Verdict:
    """What is wrong first of all with a number's voice or ear, or what is good, for the doctor. Never raises."""
    return await examined(name, settings, _speakers(settings.voice, clock), _recognizer(settings.recognizer, clock), languages)


def _speakers(settings: VoiceSettings, clock: Clock) -> Sequence[Speaker]:
    """In the order in which they are asked. espeak-ng stands behind the others: rough, but always there."""
    found: list[Speaker] = []
    if settings.provider == "off":
        return found
    if settings.url and settings.provider in ("auto", "http"):
        found.append(AskedVoice(Service(settings.url, settings.headers, clock=clock), settings.voices, settings.speed))
    if settings.models and settings.provider in ("auto", "piper"):
        found.append(_piper(settings, clock))
    found.append(_espeak(settings, clock))
    return found


def _espeak(settings: VoiceSettings, clock: Clock) -> Speaker:
    names = settings.voices if not (settings.url or settings.models) else {}
    order = Order(engine="espeak", voices=names, speed=settings.speed)
    identity = f"{sorted(names.items())} {settings.speed:g}"
    return AsideVoice(SpeechProcess(order, clock=clock), identity=identity, can=lambda _: True)


def _piper(settings: VoiceSettings, clock: Clock) -> Speaker:
    bases = {_base(tag) for tag in settings.models}
    order = Order(engine="piper", models=settings.models, speed=settings.speed)
    identity = f"{sorted(settings.models.items())} {settings.speed:g}"
    return AsideVoice(SpeechProcess(order, clock=clock), identity=identity, can=lambda language: _base(language) in bases)


def _recognizer(settings: RecognizerSettings, clock: Clock) -> Recognizer | None:
    match settings.provider:
        case "off":
            return None
        case "http":
            return AskedRecognizer(Service(settings.url, settings.headers, clock=clock))
        case "pocketsphinx":
            languages, order = {"en"}, Order(engine="pocketsphinx")
        case "sherpa":
            languages, order = {_base(tag) for tag in settings.models}, Order(engine="sherpa", models=settings.models)
    return AsideRecognizer(SpeechProcess(order, clock=clock), lambda language: _base(language) in languages)


def _base(language: str) -> str:
    return language.split("-")[0].lower()
