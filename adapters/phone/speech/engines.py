"""The engines of the speech process, by name. Each is imported only when it is ordered."""

from collections.abc import Mapping
from typing import Protocol

from adapters.phone.audio import Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.frames import Order


class Engine(Protocol):
    """What works in the speech process. Used by one thread."""

    def facts(self) -> Mapping[str, str]: ...

    def speak(self, text: str, language: str, /) -> Pcm:
        """Raises SpeechFailed."""
        ...

    def recognize(self, pcm: Pcm, language: str, hints: tuple[str, ...], /) -> tuple[str, float]:
        """(what was said, how sure). Raises SpeechFailed."""
        ...


class Mute:
    """What an ear says that is asked to speak."""

    def speak(self, _text: str, _language: str, /) -> Pcm:
        raise SpeechFailed("an ear does not speak", code="unable")


class Deaf:
    """What a voice says that is asked to listen."""

    def recognize(self, _pcm: Pcm, _language: str, _hints: tuple[str, ...], /) -> tuple[str, float]:
        raise SpeechFailed("a voice does not listen", code="unable")


def opened(order: Order) -> Engine:
    """Raises SpeechFailed(missing) where a library or a model is not there, with what to do."""
    match order.engine:
        case "espeak":
            from adapters.phone.speech.voices.espeak import Espeak

            return Espeak(order.voices, order.speed)
        case "piper":
            from adapters.phone.speech.voices.piper import Piper

            return Piper(order.models, order.speed)
        case "pocketsphinx":
            from adapters.phone.speech.ears.sphinx import Sphinx

            return Sphinx()
        case "sherpa":
            from adapters.phone.speech.ears.sherpa import Sherpa

            return Sherpa(order.models)
