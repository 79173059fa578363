"""What becomes of a session when its look-up ends: the words, the memory, and who goes on."""

from typing import Any

import pytest

from config.texts import load_texts
from gateway import looking
from gateway.core.decision import PERSON, Candidate, Decision, Heard, Kind, Looking, Lookup, Road
from gateway.core.draft import Draft
from gateway.core.events import Found, LookedUp
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId, QueueName, SessionId
from gateway.core.memory import BotMemory
from gateway.core.parts import Choice, Text
from gateway.core.session import Move, Session
from gateway.core.texts import Texts
from tests.contract.records import AT, later, new_session
from tests.fakes import CountedIds

TEXTS = Texts(load_texts())


def waiting(road: Road, **fields: Any) -> Looking:
    lookup = Lookup(entry=EntryId("refund"), action="orders", road=road)
    values: dict[str, Any] = {
        "kind": Kind.ANSWER,
        "language": "en",
        "text": "Three days.",
        "entry": EntryId("refund"),
        "trigger": "Refunds",
    }
    return Looking(id="l1", until=later(5), heard=Heard(1, (Text("when?"),)), decision=Decision(**values | fields, lookup=lookup))


def settled(current: Looking, memory: BotMemory | None = None, **fields: Any) -> Decision:
    result = LookedUp(session=SessionId("s"), id="l1", **fields)
    return looking.settled(current, result, memory or BotMemory(), TEXTS)


def test_without_the_models_words_the_entrys_own_are_said() -> None:
    decision = settled(waiting(Road.ANSWERER), found=Found.FAILURE, reason="number")
    assert (decision.kind, decision.text, decision.lookup) == (Kind.ANSWER, "Three days.", None)
    assert decision.detail["lookup"] == {"road": "answerer", "found": "failure", "reason": "number"}


def test_a_question_back_that_the_model_can_not_answer_is_asked() -> None:
    choices = (Choice("entry:refund", "Refunds"),)
    decision = settled(waiting(Road.ANSWERER, kind=Kind.CLARIFY, entry=None, choices=choices), found=Found.FAILURE, reason="late")
    assert (decision.kind, decision.text, decision.choices) == (Kind.CLARIFY, "Three days.", choices)


def test_a_question_back_that_the_model_answers_counts_as_answered_with_what_it_cites() -> None:
    current = waiting(Road.ANSWERER, kind=Kind.CLARIFY, entry=None, candidates=(Candidate(EntryId("refund"), 0.6),))
    memory = BotMemory(misses=1, clarifications=1, offered=("entry:refund", PERSON), entries=("other",))
    decision = settled(current, memory, found=Found.ANSWER, text="In three days.", why={"cites": ["refund"]})
    assert (decision.kind, decision.entry, decision.text, decision.choices) == (Kind.ANSWER, "refund", "In three days.", ())
    assert decision.memory == BotMemory(last_entry="refund", entries=("other", "refund"))


def test_a_failed_action_is_for_people_with_its_entry_and_reason() -> None:
    decision = settled(waiting(Road.ACTION), BotMemory(slots={"order": "A1"}), found=Found.FAILURE, reason="status 503")
    assert (decision.kind, decision.reason, decision.trigger, decision.text) == (
        Kind.HANDOFF,
        Reason.LOOKUP_FAILED,
        "Refunds: status 503",
        "",
    )
    assert decision.memory == BotMemory(slots={"order": "A1"}, misses=1)


def test_a_case_for_people_goes_where_the_entry_says() -> None:
    decision = settled(waiting(Road.ACTION), found=Found.PERSON, queue=QueueName("care"), reason="parcel lost")
    assert (decision.reason, decision.queue, decision.trigger) == (Reason.BUSINESS_RULE, "care", "Refunds: parcel lost")


def test_what_is_not_known_is_forgotten_and_asked_for_again() -> None:
    memory = BotMemory(slots={"order": "A1", "name": "x"}, asked_count=1)
    decision = settled(waiting(Road.ACTION), memory, found=Found.NOTHING, text="No such order.", asks="order")
    assert (decision.kind, [choice.id for choice in decision.choices]) == (Kind.CLARIFY, [PERSON])
    assert decision.memory == BotMemory(slots={"name": "x"}, asking="order", asked_count=2, action="refund", offered=(PERSON,))


@pytest.mark.parametrize("move", [Move.HAND_OFF, Move.CLOSE])
def test_whoever_takes_the_session_takes_its_look_up_away(move: Move) -> None:
    session: Session = new_session(version=1, looking=waiting(Road.ACTION))
    draft = Draft(session, now=AT, ids=CountedIds(), is_pushed=False)
    draft.move(move)
    assert draft.session.looking is None
    assert looking.awaited(session, LookedUp(session=session.id, id="l1", found=Found.ANSWER)) == session.looking
    assert looking.awaited(draft.session, LookedUp(session=session.id, id="l1", found=Found.ANSWER)) is None
    assert looking.awaited(session, LookedUp(session=session.id, id="l2", found=Found.ANSWER)) is None
