"""What the bot remembers of a turn for the next one. Pure; every list in the memory is short."""

from collections.abc import Iterable, Sequence

from msgspec import structs

from bot.turn import QUESTION_MAX_CHARS, Turn
from gateway.core.ids import EntryId
from gateway.core.parts import Choice
from gateway.core.session import BotMemory

REMEMBERED_ENTRIES = 8


def after_answer(turn: Turn, entries: Sequence[EntryId], question: str | None = None, offered: Iterable[Choice] = ()) -> BotMemory:
    """`question`: as it was understood, where that is more than what was said."""
    return structs.replace(
        turn.memory, misses=0, clarifications=0, smalltalk_count=0, offered=tuple(choice.id for choice in offered), last_text=turn.core,
        last_entry=entries[0] if len(entries) == 1 else None, last_question=_clipped(question or turn.raw),
        entries=(*turn.memory.entries, *entries)[-REMEMBERED_ENTRIES:],
    )  # fmt: skip


def after_asking_back(turn: Turn, offered: Sequence[Choice], question: str | None = None) -> BotMemory:
    memory = turn.memory
    return structs.replace(
        memory, misses=memory.misses + 1, clarifications=memory.clarifications + 1, smalltalk_count=0, last_text=turn.core,
        last_question=_clipped(question or turn.raw), offered=tuple(choice.id for choice in offered),
    )  # fmt: skip


def after_handoff(turn: Turn) -> BotMemory:
    return structs.replace(
        turn.memory, misses=turn.memory.misses + 1, clarifications=0, smalltalk_count=0, offered=(), last_text=turn.core,
        last_question=_clipped(turn.raw),
    )  # fmt: skip


def after_small_talk(turn: Turn, helped: EntryId | None = None) -> BotMemory:
    """`helped`: the entry that the customer gives thanks for."""
    memory = structs.replace(turn.memory, smalltalk_count=turn.memory.smalltalk_count + 1)
    return structs.replace(memory, helped=_with(memory.helped, helped)) if helped else memory


def rejecting(memory: BotMemory, entry: str) -> BotMemory:
    """The customer has said that this entry's answer was of no help."""
    return structs.replace(memory, rejected=_with(memory.rejected, entry))


def _with(known: tuple[str, ...], entry: str) -> tuple[str, ...]:
    return (*(item for item in known if item != entry), entry)[-REMEMBERED_ENTRIES:]


def _clipped(text: str) -> str:
    return text.strip()[:QUESTION_MAX_CHARS]
