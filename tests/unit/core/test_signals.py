"""What is told to whom after a commit."""

from gateway.core.allowance import Grant, Pocket
from gateway.core.changes import Allowed, Changes, Fate
from gateway.core.desk import CannedReply, Setting
from gateway.core.events import CallStage
from gateway.core.ids import AgentId, QueueName, SessionId
from gateway.core.message import Author, Status
from gateway.core.parts import Text
from gateway.core.session import Call, CloseReason, Move, State
from gateway.core.signals import DESK, OUTBOX, QUEUE, DeskSignal, Messages, StateNow, SurveyNow, signals_of, unpack_desk, unpack_thread
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


def test_a_caller_in_the_line_who_hangs_up_is_told_to_all_who_see_the_line(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(version=1), clock)
    draft.move(Move.HAND_OFF, queue=QueueName("refunds"))
    before = draft.session
    hanging_up = draft_of(before, clock)
    hanging_up.set(call=Call(id="c1", stage=CallStage.CALLBACK, since=AT, began_at=AT))
    told = [unpack_desk(payload) for topic, payload in signals_of(before, hanging_up.changes()) if topic == DESK]
    assert [(one.kind, one.queue) for one in told] == [("session", "refunds"), ("queue", "refunds")]


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


def test_news_of_a_channel_are_told_to_the_desk_that_has_the_session_alone() -> None:
    bots, people = fresh_session(version=3), fresh_session(version=3, state=State.ACTIVE, agent_id=AgentId("a7"))
    grant = Grant(pocket=Pocket.TOUCHED, count=3, until=AT)
    allowed = Changes(allowed=(Allowed(channel=bots.channel, thread=bots.thread, grant=grant),))
    fate = Changes(fates=(Fate(session_id=people.id, seq=2, status=Status.FAILED),))
    others = Changes(fates=(Fate(session_id=SessionId("another"), seq=2, status=Status.FAILED),))
    assert [topic for topic, _ in signals_of(bots, allowed)] == [OUTBOX]
    assert signals_of(bots, fate) == signals_of(None, fate) == signals_of(people, others) == []
    (topic, payload), outbox = signals_of(people, allowed)
    told = unpack_desk(payload)
    assert (topic, told.kind, told.agent_id, told.version, outbox) == (DESK, "session", "a7", 3, (OUTBOX, b""))
    ((_, payload),) = signals_of(people, fate)
    told = unpack_desk(payload)
    assert (told.kind, told.agent_id, told.fates) == ("message", "a7", ((2, Status.FAILED),))


def test_who_can_no_longer_be_reached_wakes_no_delivery() -> None:
    gone = Changes(allowed=(Allowed(channel=fresh_session().channel, thread=fresh_session().thread, grant=None, why="unreachable"),))
    assert signals_of(None, gone) == []
