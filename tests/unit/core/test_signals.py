"""What is told to whom after a commit."""

from gateway.core.changes import Changes
from gateway.core.desk import CannedReply, Setting
from gateway.core.ids import AgentId
from gateway.core.message import Author, Text
from gateway.core.session import CloseReason, Move
from gateway.core.signals import DESK, QUEUE, DeskSignal, Messages, StateNow, SurveyNow, signals_of, unpack_desk, unpack_thread
from tests.contract.records import AT, case
from tests.fakes import FrozenClock
from tests.unit.core.test_session import draft_of, fresh_session, words

TOPIC = "thread/site/visitor-1"


def test_a_bots_turn_is_told_to_its_customer_alone(clock: FrozenClock) -> None:
    session = fresh_session(version=3)
    draft = draft_of(session, clock)
    draft.hear(words("hello"), (Text("hello"),))
    draft.say(Author.BOT, (Text("hi"),))
    (told,) = signals_of(session, draft.changes())
    assert told[0] == TOPIC
    assert unpack_thread(told[1]) == Messages(draft.changes().messages)


def test_a_handoff_is_told_to_customer_desk_and_queue(clock: FrozenClock) -> None:
    session = fresh_session(version=3)
    draft = draft_of(session, clock)
    draft.move(Move.HAND_OFF)
    told = signals_of(session, draft.changes())
    assert [topic for topic, _ in told] == [TOPIC, DESK, QUEUE]
    assert isinstance(unpack_thread(told[0][1]), StateNow)
    assert unpack_desk(told[1][1]).version == 4


def test_the_end_asks_the_customer_how_it_was(clock: FrozenClock) -> None:
    session = fresh_session(version=3)
    draft = draft_of(session, clock)
    draft.close(CloseReason.BOT_RESOLVED)
    told = [unpack_thread(payload) for topic, payload in signals_of(session, draft.changes()) if topic == TOPIC]
    assert told == [StateNow(session.id, draft.session.state), SurveyNow(session.id)]


def test_a_new_agent_is_named_to_the_customer(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(version=1), clock)
    draft.move(Move.HAND_OFF)
    draft.move(Move.OFFER)
    before = draft.session
    accepting = draft_of(before, clock)
    accepting.move(Move.ACCEPT, agent_id=AgentId("a"), agent_name="Service desk")
    topic, payload = signals_of(before, accepting.changes())[0]
    assert topic == TOPIC
    assert unpack_thread(payload) == StateNow(before.id, accepting.session.state, agent="Service desk")


def test_a_changed_case_is_told_to_the_desk() -> None:
    changes = Changes(cases=(case(1, agent_id=AgentId("ann")),))
    ((topic, payload),) = signals_of(None, changes)
    told = unpack_desk(payload)
    assert (topic, told.kind, told.case_id, told.session_id, told.agent_id) == (DESK, "case", "case-1", "session-1", "ann")


def test_changed_and_dropped_replies_are_told_to_the_desk_once() -> None:
    reply = CannedReply(id="r", shortcut="hi", title="", texts={}, updated_at=AT, updated_by="ann", version=1)
    ((topic, payload),) = signals_of(None, Changes(canned_replies=(reply,), dropped_canned_replies=(("other", 2),)))
    assert (topic, unpack_desk(payload)) == (DESK, DeskSignal("replies"))


def test_each_changed_setting_is_told_by_name() -> None:
    names = ("hours/default", "hours/vip")
    told = signals_of(None, Changes(settings=tuple(Setting(name=name, value=None, at=AT, by="ann", version=1) for name in names)))
    assert [(topic, unpack_desk(payload)) for topic, payload in told] == [
        (DESK, DeskSignal("settings", setting="hours/default")),
        (DESK, DeskSignal("settings", setting="hours/vip")),
    ]
