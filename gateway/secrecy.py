"""What a customer tells that nobody is to read: a PIN, typed where the bot asked for it.

On record it is masked, and so is whatever is remembered of the turn. Only the event holds it, and, until its look-up has begun, the memory
of this process (`Aside`): one that dies in between loses the look-up to a person, and no secret to a disk.
"""

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from gateway.core.decision import Decision, Looking
from gateway.core.memory import BotMemory
from gateway.core.parts import MASKED, Keyed, Letter, Part, Spoken, Text

ASIDE_MAX_COUNT = 2_000
"""Secrets whose look-ups have not begun. More are forgotten, the oldest first: their look-ups fail aloud."""
DIGITS_MIN_COUNT = 3
"""Fewer digits in words are no secret: "I have 2 of them"."""
_DIGIT = re.compile(
    r"\d|[零〇一二三四五六七八九幺两兩]|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b", re.IGNORECASE
)


def masked(parts: tuple[Part, ...], *, is_asked: bool) -> tuple[Part, ...]:
    """The parts as they are recorded. `is_asked`: the bot has asked for a secret, so digits in words are one too."""
    for part in parts:
        if isinstance(part, Letter):
            return parts  # a mail is kept as it came; nobody is asked for a PIN by mail
    return tuple(_masked(part, is_asked=is_asked) for part in parts)


def _masked(part: Part, *, is_asked: bool) -> Part:
    match part:
        case Keyed() if part.is_secret or is_asked:
            return Keyed(MASKED, is_secret=True)
        case Spoken(text=text) if is_asked and _is_secret(text):
            return structs.replace(part, text=MASKED, audio=None)
        case Text(text=text) if is_asked and _is_secret(text):
            return Text(MASKED)
        case _:
            return part


def _is_secret(text: str) -> bool:
    return len(_DIGIT.findall(unicodedata.normalize("NFKC", text[:2_000]))) >= DIGITS_MIN_COUNT


def forgetting(decision: Decision, before: BotMemory, told: str) -> Decision:
    """The decision about a turn in which a secret was told, without it: neither memory nor reasons hold it."""
    digits = re.sub(r"\D", "", told)
    wanted = [text for text in dict.fromkeys((told.strip(), digits)) if len(text) >= DIGITS_MIN_COUNT]
    secret = frozenset(decision.lookup.secret) if decision.lookup else frozenset()
    slots = {name: value for name, value in decision.memory.slots.items() if name not in secret and not _holds(value, wanted)}
    memory = structs.replace(decision.memory, slots=slots, last_text="", last_question=before.last_question)
    return structs.replace(
        decision, memory=memory, detail=_without(decision.detail, wanted), trigger=_without(decision.trigger, wanted)
    )  # fmt: skip


def _holds(value: str, wanted: list[str]) -> bool:
    return any(text in value for text in wanted)


def _without(value: Any, wanted: list[str]) -> Any:
    match value:
        case str():
            for text in wanted:
                value = value.replace(text, MASKED)
            return value
        case dict():
            return {key: _without(item, wanted) for key, item in value.items()}
        case list() | tuple():
            return [_without(item, wanted) for item in value]
        case _:
            return value


def shown(slots: Mapping[str, str], secret: tuple[str, ...]) -> dict[str, str]:
    """The slots as people, the record and answers may have them."""
    return {name: MASKED if name in secret else value for name, value in slots.items()}


class Aside:
    """Secrets on their way to their look-ups, in memory alone. One for a process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, dict[str, str]] = OrderedDict()

    def put(self, looking: Looking) -> Looking:
        """The look-up as it may be recorded; its secrets are kept until `take`."""
        lookup = looking.decision.lookup
        if lookup is None or not lookup.secret:
            return looking
        self._kept[looking.id] = {name: lookup.slots[name] for name in lookup.secret if name in lookup.slots}
        while len(self._kept) > ASIDE_MAX_COUNT:
            self._kept.popitem(last=False)
        return _with_slots(looking, shown(lookup.slots, lookup.secret))

    def take(self, looking: Looking) -> Looking | None:
        """The look-up whole, once; None: its secrets are not known here (any more)."""
        lookup = looking.decision.lookup
        if lookup is None or not lookup.secret:
            return looking
        kept = self._kept.pop(looking.id, None)
        return None if kept is None else _with_slots(looking, lookup.slots | kept)


def _with_slots(looking: Looking, slots: dict[str, str]) -> Looking:
    assert looking.decision.lookup is not None
    lookup = structs.replace(looking.decision.lookup, slots=slots)
    return structs.replace(looking, decision=structs.replace(looking.decision, lookup=lookup))
