"""The voice and the ear, as the calls use them. Whoever implements them sets its own deadlines and falls back by itself."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

from adapters.phone.audio import Pcm


class Spoken(Struct, frozen=True, kw_only=True):
    """What became of words that were to be spoken."""

    pcm: Pcm
    by: str
    """Who spoke: a provider's name, `cache`, or `recorded`."""
    is_whole: bool = True
    """False: no voice could be had; this is the recording that says so."""


class Voice(Protocol):
    """Makes sound of words."""

    async def say(self, text: str, language: str, *, key: str = "") -> Spoken:
        """One piece of speech, a sentence or two. `key`: a fixed prompt's key, for recordings of the operator's and of ours. Never
        raises, and never gives silence: the next provider, then a recording. Cached: the same words cost nothing again."""
        ...

    async def warm(self, items: Sequence[tuple[str, str, str]]) -> None:
        """Make these (text, language, key) beforehand, one after the other, slowly."""
        ...


class Recognized(Struct, frozen=True, kw_only=True):
    """What an ear made of one utterance. Nothing understood: text is empty."""

    text: str
    confidence: float
    pcm: Pcm = b""
    """The utterance."""
    trouble: str = ""
    """late, refused, unreachable or broken: the ear itself has failed, and keys are asked for instead."""


class Ear(Protocol):
    """Makes words of sound."""

    def can(self, language: str) -> bool:
        """Whether it understands this language at all."""
        ...

    def listen(self, sound: AsyncIterator[Pcm], language: str, hints: Sequence[str]) -> AsyncIterator["Began | Recognized"]:
        """Utterances in a stream of frames: `Began` as soon as somebody speaks (barge-in), then what was said, and so on until the stream
        ends. Never raises."""
        ...


@runtime_checkable
class Loads(Protocol):
    """An ear, or what recognizes for it, that takes its time before it understands for the first time."""

    async def load(self) -> None:
        """Be ready. Never raises."""
        ...


class Began(Struct, frozen=True):
    """Somebody has begun to speak."""
