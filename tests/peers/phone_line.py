"""A phone line in memory that keeps the contract of drivers: a caller, an agent's phone, a voice and an ear, all doing as a test says.

Sound carries its own words: what the voice says can be read where it is heard, and what a caller says is understood by the ear as it was
put. Nothing takes time: what is played is heard at once, unless the caller listens by hand (`Caller.listens`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.phone.audio import BYTES_PER_S, Pcm, duration_ms
from adapters.phone.driver import (
    Abilities,
    Bridged,
    Digit,
    Driver,
    Ended,
    Health,
    Hearing,
    Held,
    Incoming,
    Leg,
    LegEvent,
    LineFailed,
    Message,
    Nothing,
    Parted,
    Reached,
    Ringing,
    Sound,
    Speech,
    Take,
    Transferred,
    Understood,
)
from adapters.phone.happenings import Happenings
from adapters.phone.speech.words import Began, Ear, Recognized, Spoken, Voice

MS_PER_CHAR = 60
ABLE = Abilities(raw_audio=True)
TURN_BASED = Abilities(raw_audio=False, server_tts=True, server_asr=True, is_turn_based=True)


def speech_of(text: str, *, confidence: float = 0.9, trouble: str = "") -> Pcm:
    """What a caller says, as sound that the scripted ear understands."""
    words = json.dumps({"text": text, "confidence": confidence, "trouble": trouble}).encode()
    return words + b" " * (len(words) % 2)


@dataclass
class Playing:
    """Something that is being played, or waits for that."""

    speech: Speech
    mark: str
    ms: int
    heard_ms: int = 0


@dataclass
class ScriptedLeg:
    """One call. What a test does with it is `Caller`'s."""

    incoming: Incoming
    line: "ScriptedLine"
    is_by_hand: bool = False
    """Nothing is heard before the caller listens."""
    happened: Happenings = field(default_factory=Happenings)
    playing: list[Playing] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """The words of all that the caller has begun to hear."""
    did: list[str] = field(default_factory=list)
    """The commands, in order, each in a word or two."""
    hearing: Hearing | None = None
    is_music: bool = False
    is_bridged: bool = False
    other: str = ""
    """Whose phone is connected, or rings."""
    taking: bool = False
    rejected: int = 0
    is_answered: bool = False
    is_recorded: bool = False
    is_ending: bool = False
    confirms: bool = True
    """Its caller confirms that it was answered."""

    def events(self) -> AsyncIterator[LegEvent]:
        return self.happened.follow()

    def tell(self, event: LegEvent) -> None:
        self.happened.tell(event)

    @property
    def is_over(self) -> bool:
        return self.happened.is_over

    async def answer(self) -> None:
        self._did("answer")
        self.is_answered = True

    async def established(self) -> bool:
        return self.confirms

    async def reject(self, code: int) -> None:
        self._did(f"reject {code}")
        self.rejected = code
        self.tell(Ended("refused"))

    async def play(self, speech: Speech, mark: str) -> None:
        if self.is_over:
            return
        assert speech.pcm is not None or self.line.abilities.server_tts, "sound is asked for"
        assert not self.is_bridged or self.is_music, f"talks over a person: {speech.text}"
        self._did(f"play {speech.text}")
        ms = duration_ms(speech.pcm) if speech.pcm is not None else len(speech.text) * MS_PER_CHAR
        self.playing.append(Playing(speech, mark, ms))
        if not self.is_by_hand:
            asyncio.get_running_loop().call_soon(self.listen)

    async def flush(self) -> int:
        self._did("flush")
        heard_ms = self.playing[0].heard_ms if self.playing else 0
        self.playing.clear()
        return heard_ms

    async def hear(self, hearing: Hearing | None) -> None:
        self._did("hear speech" if hearing and hearing.speech else "hear keys")
        self.hearing = hearing

    async def music(self, *, is_on: bool) -> None:
        """While they are connected: the hold."""
        self._did(f"music {'on' if is_on else 'off'}")
        self.is_music = is_on
        if self.is_bridged and not is_on:
            self.playing.clear()

    async def take_message(self, max_s: float) -> None:
        self._did(f"take message {max_s:g}")
        self.taking = True

    async def record(self, *, is_on: bool) -> None:
        self._did(f"record {'on' if is_on else 'off'}")
        self.is_recorded = is_on

    async def bridge(self, target: str, ring_s: float) -> None:
        self._did(f"bridge {target}")
        if not self.line.abilities.bridge:
            raise LineFailed("this line can't connect", code="unable")
        self.other = target
        self.tell(Ringing())
        fate = self.line.phones.get(target, "no_answer")
        if fate == "answers":
            self.other_answers()
        elif fate != "rings":
            self.other_parts(fate)

    async def part(self) -> None:
        self._did("part")
        if self.other:
            self.other_parts("hung_up" if self.is_bridged else "no_answer")

    async def transfer(self, target: str) -> None:
        self._did(f"transfer {target}")
        fate = self.line.phones.get(target, "no_answer")
        if fate == "answers":
            self.tell(Transferred())
            self.end("transferred")
        else:
            self.tell(Parted(fate))

    async def hangup(self) -> None:
        if self.is_over:
            return
        self._did("hangup")
        self.is_ending = True
        self._end_if_all_is_said()

    # ---- what happens on the other side ------------------------------------------------------------------------------------------

    def other_answers(self) -> None:
        """The other phone is taken up."""
        self.is_bridged, self.is_music = True, False
        self.playing.clear()
        self.tell(Bridged())

    def other_parts(self, why: str) -> None:
        """The other phone is put down, or was never taken up."""
        self.is_bridged, self.other = False, ""
        self.tell(Parted(why))

    def listen(self, ms: int | None = None) -> None:
        """So much of what is played is heard; None: all of it."""
        while self.playing:
            first = self.playing[0]
            if first.heard_ms == 0:
                self.heard.append(first.speech.text)
            step = first.ms - first.heard_ms if ms is None else min(ms, first.ms - first.heard_ms)
            first.heard_ms += step
            ms = None if ms is None else ms - step
            if first.heard_ms < first.ms:
                return
            self.playing.pop(0)
            self.tell(Reached(first.mark))
            if ms == 0:
                break
        self._end_if_all_is_said()

    def end(self, why: str, **facts: Any) -> None:
        """The call is over."""
        self.is_bridged = False
        self.tell(Ended(why, facts, b"\x01\x00" * 80 if self.is_recorded else None))

    def _end_if_all_is_said(self) -> None:
        if self.is_ending and not self.playing:
            self.end("by_us")

    def _did(self, what: str) -> None:
        if not self.is_over:
            self.did.append(what)


class Caller:
    """Who rings, and what they do."""

    def __init__(self, leg: ScriptedLeg) -> None:
        self.leg = leg

    def presses(self, keys: str) -> None:
        for key in keys:
            self.leg.tell(Digit(key))
        if self.leg.taking and "#" in keys:
            self._message(b"")

    def says(self, text: str, *, confidence: float = 0.9, trouble: str = "") -> None:
        """Heard only where somebody listens."""
        if self.leg.line.abilities.server_asr:
            self.leg.tell(Understood(text, confidence))
        else:
            self.leg.tell(Sound(speech_of(text, confidence=confidence, trouble=trouble)))

    def leaves_message(self, text: str) -> None:
        assert self.leg.taking, "there was no tone"
        self._message(speech_of(text))

    def stays_silent(self) -> None:
        """Turn-based lines tell."""
        self.leg.tell(Nothing())

    def listens(self, ms: int | None = None) -> None:
        self.leg.listen(ms)

    def holds(self, *, is_on: bool = True) -> None:
        self.leg.tell(Held(is_on))

    def hangs_up(self) -> None:
        self.leg.end("hung_up", seconds=12)

    def is_lost(self) -> None:
        """What carries the call has died."""
        self.leg.end("lost")

    @property
    def heard(self) -> list[str]:
        return self.leg.heard

    def _message(self, pcm: Pcm) -> None:
        self.leg.taking = False
        self.leg.tell(Message(pcm))


class ScriptedLine:
    """A driver. `phones`: what becomes of a call to a target (answers, rings, busy, no_answer, refused, unreachable)."""

    def __init__(self, abilities: Abilities = ABLE, *, phones: Mapping[str, str] | None = None) -> None:
        self.abilities = abilities
        self.phones = dict(phones or {})
        self.dialled: list[str] = []
        self.legs: list[ScriptedLeg] = []
        self.is_closed = False
        self.trouble = ""
        self._coming: asyncio.Queue[ScriptedLeg] = asyncio.Queue()

    def rings(
        self, number: str = "+8613800138000", *, call: str = "", is_by_hand: bool = False, name: str = "", confirms: bool = True
    ) -> Caller:
        """Somebody calls."""
        incoming = Incoming(call=call or f"call-{len(self.legs) + 1}", number=number, dialled="95001", name=name)
        leg = ScriptedLeg(incoming, self, is_by_hand, confirms=confirms)
        self.legs.append(leg)
        self._coming.put_nowait(leg)
        return Caller(leg)

    def health(self) -> Health:
        return Health(is_up=not self.trouble, trouble=self.trouble)

    async def run(self, take: Take) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._taken(take, await self._coming.get()))

    async def dial(self, target: str, *, caller_id: str, ring_s: float) -> ScriptedLeg:
        self.dialled.append(target)
        leg = ScriptedLeg(Incoming(call=f"call-{len(self.legs) + 1}", number=target, dialled=caller_id), self)
        self.legs.append(leg)
        fate = self.phones.get(target, "no_answer")
        if fate == "answers":
            leg.tell(Bridged())
        elif fate == "failing":
            raise LineFailed("no line", code="unreachable")
        elif fate != "rings":
            leg.end(fate)
        return leg

    async def close(self) -> None:
        self.is_closed = True

    async def _taken(self, take: Take, leg: ScriptedLeg) -> None:
        await take(leg)


class ScriptedVoice:
    """Says everything, each character in 60 ms."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []
        self.warmed: list[tuple[str, str, str]] = []
        self.gate: asyncio.Event | None = None
        """Until it is set, nothing is ready."""

    async def say(self, text: str, language: str, *, key: str = "") -> Spoken:
        self.said.append((text, language, key))
        if self.gate is not None:
            await self.gate.wait()
        return Spoken(pcm=b"\x00\x00" * (max(1, len(text)) * MS_PER_CHAR * BYTES_PER_S // 2_000), by="scripted")

    async def warm(self, items: Sequence[tuple[str, str, str]]) -> None:
        self.warmed += items

    async def close(self) -> None:
        pass


class ScriptedEar:
    """Understands `speech_of` in its languages. `before`, where given, is waited for between the beginning and the words."""

    def __init__(self, languages: Sequence[str] = ("zh-CN", "zh-TW", "en"), before: Callable[[], Any] | None = None) -> None:
        self.languages = tuple(languages)
        self.hints: list[tuple[str, ...]] = []
        self.before = before

    def can(self, language: str) -> bool:
        return language in self.languages

    async def listen(self, sound: AsyncIterator[Pcm], language: str, hints: Sequence[str]) -> AsyncIterator[Began | Recognized]:
        self.hints.append(tuple(hints))
        async for pcm in sound:
            if not pcm.startswith(b"{"):
                continue
            yield Began()
            if self.before is not None:
                await self.before()
            words = json.loads(pcm)
            yield Recognized(text=words["text"], confidence=words["confidence"], pcm=pcm, trouble=words["trouble"])

    async def close(self) -> None:
        pass


def _keep_the_contract(line: ScriptedLine, leg: ScriptedLeg, voice: ScriptedVoice, ear: ScriptedEar) -> tuple[Driver, Leg, Voice, Ear]:
    """What the type checker is to look at."""
    return line, leg, voice, ear
