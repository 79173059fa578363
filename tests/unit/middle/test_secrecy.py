"""What nobody is to read is masked on record, forgotten by the bot, and known to its look-up alone."""

from datetime import UTC, datetime

import pytest

from gateway.core.decision import Decision, Heard, Kind, Looking, Lookup
from gateway.core.ids import EntryId
from gateway.core.memory import BotMemory
from gateway.core.parts import MASKED, Keyed, Letter, Part, Pick, Spoken, Text
from gateway.secrecy import ASIDE_MAX_COUNT, Aside, forgetting, masked

LOOKUP = Lookup(entry=EntryId("e"), action="bank", slots={"order": "A1", "pin": "4711"}, secret=("pin",))


@pytest.mark.parametrize(
    ("part", "is_asked", "recorded"),
    [
        (Keyed("4711", is_secret=True), False, Keyed(MASKED, is_secret=True)),
        (Keyed("4711"), True, Keyed(MASKED, is_secret=True)),
        (Keyed("4711"), False, Keyed("4711")),
        (Spoken(text="four seven double one", confidence=0.8), True, Spoken(text=MASKED, confidence=0.8)),
        (Spoken(text="四七一一", confidence=0.8), True, Spoken(text=MASKED, confidence=0.8)),
        (Spoken(text="I don't know it", confidence=0.8), True, Spoken(text="I don't know it", confidence=0.8)),
        (Text("my pin is 4711"), True, Text(MASKED)),
        (Text("my pin is 4711"), False, Text("my pin is 4711")),
        (Pick(id="entry:e", text="4711", keys="1"), True, Pick(id="entry:e", text="4711", keys="1")),
    ],
)
def test_secrets_are_masked_on_record(part: Part, is_asked: bool, recorded: Part) -> None:
    assert masked((part,), is_asked=is_asked) == (recorded,)


def test_a_mail_is_kept_as_it_came() -> None:
    parts = (Letter(subject="4711"), Text("4711"))
    assert masked(parts, is_asked=True) == parts


def test_nothing_that_is_remembered_of_the_turn_holds_the_secret() -> None:
    memory = BotMemory(slots={"order": "A1", "pin": "4711", "note": "x4711"}, last_text="4711", last_question="4711", asking="pin")
    decision = Decision(
        kind=Kind.ANSWER, language="en", memory=memory, lookup=LOOKUP, trigger="said 4711", detail={"said": ["4711", {"core": "my 4711"}]}
    )
    kept = forgetting(decision, BotMemory(last_question="what is my balance"), "4711")
    assert kept.memory == BotMemory(slots={"order": "A1"}, last_question="what is my balance", asking="pin")
    assert "4711" not in repr(kept.detail) + kept.trigger
    assert kept.lookup == LOOKUP, "the look-up alone has it still"


def test_a_look_up_gets_its_secret_once_and_the_record_never() -> None:
    aside, looking = Aside(), _looking("l1")
    recorded = aside.put(looking)
    assert recorded.decision.lookup is not None
    assert recorded.decision.lookup.slots == {"order": "A1", "pin": MASKED}
    assert aside.take(recorded) == looking
    assert aside.take(recorded) is None, "a process that has it no more must not ask with a mask"


def test_what_holds_no_secret_goes_as_it_is() -> None:
    aside = Aside()
    plain = _looking("l1", lookup=Lookup(entry=EntryId("e"), action="bank", slots={"order": "A1"}))
    assert aside.put(plain) is plain
    assert aside.take(plain) is plain


def test_secrets_that_nobody_fetches_are_forgotten() -> None:
    aside = Aside()
    recorded = [aside.put(_looking(f"l{number}")) for number in range(ASIDE_MAX_COUNT + 1)]
    assert aside.take(recorded[0]) is None
    assert aside.take(recorded[1]) is not None


def _looking(name: str, lookup: Lookup = LOOKUP) -> Looking:
    decision = Decision(kind=Kind.ANSWER, language="en", lookup=lookup)
    return Looking(id=name, until=datetime(2026, 11, 22, tzinfo=UTC), heard=Heard(1, ()), decision=decision)
