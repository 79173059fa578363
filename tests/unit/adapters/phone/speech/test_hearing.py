"""Where somebody speaks in the sound of a call, and what is made of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.phone.audio import Pcm
from adapters.phone.speech.ear import ListeningEar
from adapters.phone.speech.ears.detecting import Detector, webrtc
from adapters.phone.speech.ears.grammar import grammar, is_whole, phrases
from adapters.phone.speech.ears.loops import believed
from adapters.phone.speech.ears.utterances import Utterance, Utterances
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.words import Began, Recognized
from tests.unit.adapters.phone.speech.sounds import hiss, pcm, tone, vowel

SPEECH, REST = b"s" * 320, b"r" * 320


def events(sound: Pcm, is_speech: Callable[[bytes], bool], size: int = 320) -> list[tuple[int, int]]:
    """(at which ms, how many ms were said; 0: began)."""
    utterances = Utterances(is_speech)
    found: list[tuple[int, int]] = []
    for at in range(0, len(sound), size):
        for event in utterances.feed(sound[at : at + size]):
            ms = len(event.pcm) // 16 if isinstance(event, Utterance) else 0
            found += [((at + size) // 16, ms)]
    last = utterances.end()
    return found + ([(-1, len(last.pcm) // 16)] if last else [])


def scripted(text: str) -> list[tuple[int, int]]:
    """Frames of speech (s) and rest (r), written as `r50 s20`."""
    sound = b"".join((SPEECH if part[0] == "s" else REST) * int(part[1:]) for part in text.split())
    return events(sound, lambda frame: frame == SPEECH)


def test_an_utterance_begins_at_once_and_ends_behind_a_rest() -> None:
    told = {
        "r50 s50 r50": [(1_120, 0), (2_700, 1_580)],  # 280 ms before it was noticed, and 300 ms of what follows, go with it
        "s50 r50": [(120, 0), (1_700, 1_300)],
        "r50 s5 r50": [],
        "r50 s1 r3 s1 r3 s1 r3 s1 r3 s1 r50": [],
        "r50 s20 r30 s20 r50": [(1_120, 0), (3_100, 1_980)],
        "r50 s20 r36 s20 r50": [(1_120, 0), (2_100, 980), (2_240, 0), (3_220, 720)],
        "r50 s20 r20 s1 r20": [(1_120, 0), (2_100, 980)],
        "r10 s30": [(320, 0), (-1, 800)],
        "s800 r50": [(120, 0), (15_000, 15_000), (15_120, 0), (16_700, 1_300)],
    }  # fmt: skip
    assert {script: scripted(script) for script in told} == told


@given(st.lists(st.integers(1, 2_000), max_size=40))
def test_how_the_sound_is_cut_up_changes_nothing(sizes: list[int]) -> None:
    sound = REST * 20 + SPEECH * 30 + REST * 40
    utterances, at, found = Utterances(lambda frame: frame == SPEECH), 0, list[bytes]()
    for size in (*sizes, len(sound)):
        found += [event.pcm for event in utterances.feed(sound[at : at + size]) if isinstance(event, Utterance)]
        at += size
    assert found == [REST * 14 + SPEECH * 30 + REST * 15]


@pytest.mark.parametrize("judge", [webrtc, lambda: None], ids=["webrtcvad", "without"])
def test_only_voices_are_speech(judge: Callable[[], Callable[[bytes], bool] | None]) -> None:
    def began(*parts: object) -> int:
        return len([1 for _, ms in events(pcm(*parts), Detector(judge()).is_speech) if ms == 0])  # type: ignore[arg-type]

    assert began(1.0, vowel(1.5), 1.5, vowel(0.4), 1.0) == 2
    assert began(1.0, vowel(1.5, 210, 0.1) + hiss(1.5, 0.002), 1.0) == 1
    keys = [tone(0.2, 770, 1_336), 0.1, tone(0.1, 941, 1_477), 0.05] * 8
    for sound in (
        [3.0], [hiss(3, 0.001)], [hiss(3, 0.05)], [hiss(2, 0.001), hiss(4, 0.03)], keys, [tone(3, 425)], [tone(3, 350, 440)],
        [tone(3, 480, 620)], [tone(3, 2_100)], [tone(3, 50)], [hiss(0.02, 0.3), 0.2] * 15, [tone(2, 697, 1_209) + hiss(2, 0.005)],
    ):  # fmt: skip
        assert began(*sound) == 0


def test_what_a_recognizer_repeats_without_end_is_cut_and_not_believed() -> None:
    told = {
        "thank you " * 20: ("thank you", 0.2),
        "谢谢观看" * 10: ("谢谢观看", 0.2),
        "no no no": ("no no no", 0.9),
        "no no no no no no": ("no", 0.2),
        "one one one eight": ("one one one eight", 0.9),
        "where is my order": ("where is my order", 0.9),
        "好的好的": ("好的好的", 0.9),
        "hello " + "ha " * 9 + "bye": ("hello ha bye", 0.2),
        "  two\n words ": ("two words", 0.9),
        "": ("", 0.0),
    }
    assert {text: believed(text, 0.9, 3.0) for text in told} == told
    assert believed("a text much too long for so short a sound", 0.9, 0.3) == ("a text much too long for so short a sound", 0.2)
    assert [believed("yes", given, 1.0)[1] for given in (1.7, -0.2)] == [1.0, 0.0]


@given(st.text(max_size=2_000))
def test_no_text_stalls_the_reading_of_loops(text: str) -> None:
    words, sure = believed(text, 0.5, 2.0)
    assert len(words) <= 500
    assert 0 <= sure <= 0.5


def test_a_grammar_holds_hints_as_known_words_alone() -> None:
    known = {"where", "is", "my", "order", "refund", "delivery", "don't", "know"}
    hints = ("Where is my order?", "Refund & delivery; <x> = (evil)*", "I don't know", "退款", "")
    assert phrases(hints, known.__contains__) == ("where is my order", "order", "refund", "delivery", "don't", "know")
    source = grammar(phrases(("#JSGF; public <x> = a | b;",), lambda _: True))
    assert source.count(";") == 4
    assert [is_whole(text, ("refund",)) for text in ("refund", "please refund", "one", "talk to a", "talk to a person", "", "please")] == [
        True, True, True, False, True, False, False,
    ]  # fmt: skip


class Scripted:
    """A recognizer that answers what it is told, when it is let."""

    def __init__(self, *answers: tuple[str, float] | Exception) -> None:
        self.answers = list(answers)
        self.heard: list[tuple[int, str, Sequence[str]]] = []
        self.goes = asyncio.Event()
        self.goes.set()

    def can(self, language: str, /) -> bool:
        return language == "en"

    async def recognize(self, pcm: Pcm, language: str, hints: Sequence[str], within_s: float, /) -> tuple[str, float]:
        self.heard.append((len(pcm), language, hints))
        await self.goes.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        pass


def ear(recognizer: Scripted, deadline_s: float = 5.0) -> ListeningEar:
    return ListeningEar(recognizer, deadline_s=deadline_s, judge=lambda: None)


async def frames(sound: Pcm) -> AsyncIterator[Pcm]:
    for at in range(0, len(sound), 320):
        yield sound[at : at + 320]
        if at % 3_200 == 0:
            await asyncio.sleep(0)


TWICE = pcm(0.5, vowel(0.6), 1.0, vowel(0.6), 1.0)


async def listened(of: ListeningEar, sound: Pcm = TWICE) -> list[tuple[str, float, str] | None]:
    """What was recognized; None: began."""
    heard = [event async for event in of.listen(frames(sound), "en", ("Delivery",))]
    return [None if isinstance(event, Began) else (event.text, event.confidence, event.trouble) for event in heard]


async def test_words_follow_their_beginning() -> None:
    recognizer = Scripted(("yes", 0.9), ("thanks " * 9, 0.9))
    assert sorted(await listened(ear(recognizer)), key=str) == [("thanks", 0.2, ""), ("yes", 0.9, ""), None, None]
    assert [(language, hints) for _, language, hints in recognizer.heard] == [("en", ("Delivery",))] * 2


async def test_whoever_goes_on_speaking_is_noticed_while_the_first_words_are_recognized() -> None:
    recognizer = Scripted(("one", 0.9), ("two", 0.9))
    recognizer.goes.clear()
    listening = ear(recognizer).listen(frames(TWICE), "en", ())
    assert [await anext(listening), await anext(listening)] == [Began(), Began()]
    recognizer.goes.set()
    said = [event async for event in listening]
    assert [event.text for event in said if isinstance(event, Recognized)] == ["one", "two"]
    assert all(isinstance(event, Recognized) and event.pcm for event in said)


async def test_an_ear_that_fails_says_how_and_listens_on() -> None:
    troubles = {
        SpeechFailed("", code="late"): "late", SpeechFailed("", code="unreachable"): "unreachable",
        SpeechFailed("", code="missing"): "refused", SpeechFailed("", code="unable"): "refused",
        SpeechFailed("", code="broken"): "broken", RuntimeError("a bug"): "broken", TimeoutError(): "late",
    }  # fmt: skip
    for error, trouble in troubles.items():
        heard = await listened(ear(Scripted(error, ("yes", 0.9))))
        assert sorted(heard, key=str) == [("", 0.0, trouble), ("yes", 0.9, ""), None, None]


async def test_a_recognizer_that_hangs_is_not_waited_for() -> None:
    recognizer = Scripted(("yes", 0.9))
    recognizer.goes.clear()
    heard = await listened(ear(recognizer, deadline_s=0.05), pcm(0.5, vowel(0.6), 1.0))
    assert heard == [None, ("", 0.0, "late")]


async def test_sound_that_breaks_ends_the_listening_and_raises_nothing() -> None:
    async def broken() -> AsyncIterator[Pcm]:
        yield bytes(320)
        raise OSError

    assert [event async for event in ear(Scripted()).listen(broken(), "en", ())] == []


async def test_closing_the_listening_leaves_nothing_behind() -> None:
    recognizer = Scripted(("yes", 0.9))
    recognizer.goes.clear()
    before = asyncio.all_tasks()

    async def endless() -> AsyncIterator[Pcm]:
        async for frame in frames(TWICE):
            yield frame
        await asyncio.Event().wait()

    listening = ear(recognizer).listen(endless(), "en", ())
    assert await anext(listening) == Began()
    await listening.aclose()  # type: ignore[attr-defined]
    assert asyncio.all_tasks() == before


def test_an_ear_without_a_recognizer_can_no_language() -> None:
    assert [ListeningEar(None, deadline_s=1).can("en"), ear(Scripted()).can("en"), ear(Scripted()).can("zh-CN")] == [False, True, False]
