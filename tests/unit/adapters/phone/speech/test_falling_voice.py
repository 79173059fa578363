"""The voice of a phone number: who speaks, and what is heard when nobody can."""

import asyncio
from pathlib import Path

from adapters.phone.audio import Pcm
from adapters.phone.speech.cache import SpeechCache
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.recordings import OURS, Recordings
from adapters.phone.speech.voice import FallingVoice
from adapters.phone.speech.wav import write_wav
from gateway.core.texts import Texts
from tests.unit.adapters.phone.speech.sounds import kept, pcm, vowel

TEXTS = Texts({"en": {"phone.goodbye": "Goodbye.", "phone.position": "You are number {position}."}})


class Scripted:
    """A speaker that does as it is told."""

    def __init__(self, name: str, *, fails: str = "", languages: tuple[str, ...] = ("en", "zh-CN")) -> None:
        self.name = name
        self.fails = fails
        self.asked: list[str] = []
        self.goes = asyncio.Event()
        self.goes.set()
        self.is_closed = False
        self._languages = languages

    def identity(self, _language: str, /) -> str:
        return "a voice"

    def can(self, language: str, /) -> bool:
        return language in self._languages

    async def speak(self, text: str, language: str, within_s: float) -> Pcm:
        self.asked.append(text)
        await self.goes.wait()
        if self.fails == "bug":
            raise RuntimeError("a bug")
        if self.fails:
            raise SpeechFailed("no", code=self.fails)
        return self.name.encode().ljust(320, b"\0")

    async def close(self) -> None:
        self.is_closed = True


def voice(folder: Path, *speakers: Scripted, theirs: Path | None = None, deadline_s: float = 5.0) -> FallingVoice:
    return FallingVoice(
        speakers, cache=SpeechCache(folder), theirs=Recordings(theirs), ours=Recordings(OURS), texts=TEXTS, deadline_s=deadline_s
    )


async def said(of: FallingVoice, text: str, key: str = "", language: str = "en") -> tuple[str, bool]:
    spoken = await of.say(text, language, key=key)
    assert spoken.pcm
    assert len(spoken.pcm) % 320 == 0
    return spoken.by, spoken.is_whole


async def test_the_first_that_can_speak_speaks_and_is_not_asked_twice(tmp_path: Path) -> None:
    first, second = Scripted("first", languages=("zh-CN",)), Scripted("second")
    mouth = voice(tmp_path, first, second)
    assert await said(mouth, "Hello.") == ("second", True)
    assert await said(mouth, " Hello.\u200b ") == ("cache", True)
    assert await said(mouth, "您好。", language="zh-CN") == ("first", True)
    assert (first.asked, second.asked) == (["您好。"], ["Hello."])


async def test_whatever_goes_wrong_the_next_one_speaks(tmp_path: Path) -> None:
    for number, trouble in enumerate(("late", "refused", "unreachable", "broken", "unable", "missing", "bug")):
        mouth = voice(tmp_path / str(number), Scripted("first", fails=trouble), Scripted("second"))
        assert await said(mouth, "Hello.") == ("second", True)


async def test_a_voice_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    stuck = Scripted("stuck")
    stuck.goes.clear()
    assert await said(voice(tmp_path, stuck, Scripted("second"), deadline_s=0.5), "Hello.") == ("second", True)


async def test_with_no_voice_at_all_our_recordings_are_heard(tmp_path: Path) -> None:
    mouth = voice(tmp_path, Scripted("first", fails="unreachable"))
    assert await said(mouth, "Goodbye.", "phone.goodbye") == ("recorded", True)
    assert await said(mouth, "Refunds take five days.") == ("recorded", False)
    assert await said(mouth, "退款需要五天。", language="zh-TW") == ("recorded", False)
    assert await said(mouth, "Les remboursements.", language="fr") == ("recorded", False)
    assert await said(mouth, "Goodbye.", "goodbye") == ("recorded", True)
    goodbye, sorry = await mouth.say("Goodbye.", "en", key="phone.goodbye"), await mouth.say("Refunds.", "en")
    assert goodbye.pcm != sorry.pcm


async def test_an_operators_recording_goes_before_every_voice(tmp_path: Path) -> None:
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "phone.goodbye.wav").write_bytes(write_wav(pcm(vowel(0.2))))
    speaker = Scripted("first")
    mouth = voice(tmp_path / "kept", speaker, theirs=tmp_path / "own")
    assert await said(mouth, "Goodbye.", "phone.goodbye") == ("recorded", True)
    assert await said(mouth, "Goodbye.") == ("first", True)


async def test_only_what_every_caller_hears_is_kept_on_disk(tmp_path: Path) -> None:
    mouth = voice(tmp_path, Scripted("first"))
    await said(mouth, "Your order 4711 is on its way.")
    await said(mouth, "You are number 3.", "phone.position")
    assert kept(tmp_path) == []
    await said(mouth, "Goodbye.", "phone.goodbye")
    await mouth.warm([("Refunds take five days.", "en", ""), ("", "en", "")])
    assert len(kept(tmp_path)) == 2
    other = Scripted("first")
    again = voice(tmp_path, other)
    assert await said(again, "Refunds take five days.") == ("cache", True)
    assert await said(again, "Goodbye.", "phone.goodbye") == ("cache", True)


async def test_fifty_callers_are_greeted_by_one_piece_of_work_even_if_one_hangs_up(tmp_path: Path) -> None:
    speaker = Scripted("first")
    speaker.goes.clear()
    mouth = voice(tmp_path, speaker)
    calls = [asyncio.create_task(mouth.say("Hello.", "en")) for _ in range(50)]
    while not speaker.asked:
        await asyncio.sleep(0)
    calls[0].cancel()
    speaker.goes.set()
    heard = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(heard[0], asyncio.CancelledError)
    assert {spoken.by for spoken in heard[1:] if not isinstance(spoken, BaseException)} == {"first"}
    assert speaker.asked == ["Hello."]


async def test_nothing_to_say_is_a_short_rest_and_asks_nobody(tmp_path: Path) -> None:
    speaker = Scripted("first")
    mouth = voice(tmp_path, speaker)
    for text in ("", "  ", "😀", "…!"):
        assert await said(mouth, text) == ("recorded", True)
    assert speaker.asked == []


async def test_endless_words_are_cut(tmp_path: Path) -> None:
    speaker = Scripted("first")
    await said(voice(tmp_path, speaker), "a" * 5_000)
    assert [len(text) for text in speaker.asked] == [1_000]


async def test_closing_ends_what_is_being_made(tmp_path: Path) -> None:
    speaker = Scripted("first")
    speaker.goes.clear()
    mouth = voice(tmp_path, speaker)
    call = asyncio.create_task(mouth.say("Hello.", "en"))
    while not speaker.asked:
        await asyncio.sleep(0)
    await mouth.close()
    assert speaker.is_closed
    await asyncio.gather(call, return_exceptions=True)
    assert call.done()
