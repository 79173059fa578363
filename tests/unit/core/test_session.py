"""The table of states and the draft that walks it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.errors import Conflict
from gateway.core.events import Inbound, Said
from gateway.core.ids import AgentId, ChannelName, EventKey, QueueName, Thread, session_id
from gateway.core.message import Author, Status
from gateway.core.parts import Text
from gateway.core.session import CONTROLLERS, TRANSITIONS, CloseReason, Interval, Move, Session, State, after
from tests.fakes import START, CountedIds, FrozenClock

SITE, THREAD = ChannelName("site"), Thread("visitor-1")
ADDRESS = Address(AddressKind.VISITOR, "site", "visitor-1")


def fresh_session(**fields: object) -> Session:
    base = {
        "id": session_id(SITE, THREAD, 1), "channel": SITE, "thread": THREAD, "episode": 1, "address": ADDRESS, "opened_at": START,
        "state_since": START,
    }  # fmt: skip
    return Session(**{**base, **fields})  # type: ignore[arg-type]  # test rows are put together by name


def draft_of(session: Session, clock: FrozenClock, *, is_pushed: bool = False) -> Draft:
    return Draft(session, now=clock.now(), ids=CountedIds(), is_pushed=is_pushed)


def words(text: str) -> Inbound:
    return Inbound(channel=SITE, thread=THREAD, key=EventKey("site/visitor-1/1"), sender=ADDRESS, at=START, event=Said((Text(text),)))


def test_every_state_has_a_controller_and_a_way_to_the_end() -> None:
    assert set(CONTROLLERS) == set(State)
    for state in set(State) - {State.CLOSED}:
        assert after(state, Move.CLOSE) is State.CLOSED


def test_nothing_follows_closed() -> None:
    assert not [key for key in TRANSITIONS if key[0] is State.CLOSED]
    with pytest.raises(Conflict, match="a session that is closed can't agent spoke"):
        after(State.CLOSED, Move.AGENT_SPOKE)


def test_whole_way_through_the_states(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(), clock)
    seen = []
    for move in (Move.HAND_OFF, Move.OFFER, Move.RELEASE, Move.OFFER, Move.ACCEPT, Move.AGENT_SPOKE, Move.CUSTOMER_SPOKE, Move.HOLD,
                 Move.RESUME, Move.END, Move.CLOSE):  # fmt: skip
        draft.move(move)
        seen.append(draft.session.state.value)
    assert seen == [
        "queued", "offered", "queued", "offered", "active", "waiting_customer", "active", "on_hold", "active", "wrap_up", "closed",
    ]  # fmt: skip


def test_epoch_rises_only_when_the_controller_changes(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(), clock)
    epochs = []
    for move in (Move.HAND_OFF, Move.OFFER, Move.ACCEPT, Move.AGENT_SPOKE, Move.CUSTOMER_SPOKE, Move.TRANSFER, Move.OFFER, Move.ACCEPT):
        draft.move(move)
        epochs.append(draft.session.epoch)
    assert epochs == [2, 2, 3, 3, 3, 4, 4, 5]


def test_another_agent_is_another_epoch(clock: FrozenClock) -> None:
    session = fresh_session(state=State.ACTIVE, epoch=3, agent_id=AgentId("a"))
    draft = draft_of(session, clock)
    draft.move(Move.HOLD, agent_id=AgentId("b"))
    assert draft.session.epoch == 4


@pytest.mark.parametrize(("move", "floor"), [(Move.TRANSFER, 3), (Move.RETURN_TO_BOT, 3), (Move.END, 3)])
def test_an_agents_last_words_still_go_out_after_they_let_go(move: Move, floor: int, clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(state=State.ACTIVE, epoch=3, floor=3, agent_id=AgentId("a")), clock)
    draft.move(move)
    assert (draft.session.epoch, draft.session.floor) == (4, floor)


def test_a_person_who_takes_over_silences_what_the_bot_has_not_sent_yet(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(state=State.OFFERED, epoch=2, floor=2), clock)
    draft.move(Move.ACCEPT, agent_id=AgentId("a"))
    assert (draft.session.epoch, draft.session.floor) == (3, 3)


def test_ledger_gets_one_interval_for_each_state_left(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(), clock)
    draft.move(Move.HAND_OFF, queue=QueueName("default"))
    changes = draft.changes()
    clock.advance(60)
    later = draft_of(draft.session, clock)
    later.move(Move.OFFER)
    (bot,), (queued,) = changes.intervals, later.changes().intervals
    assert (bot.state, bot.started_at, bot.ended_at) == (State.BOT, START, START)
    assert (queued.state, queued.queue) == (State.QUEUED, "default")
    assert (queued.started_at, queued.ended_at) == (START, START + timedelta(seconds=60))


@given(st.lists(st.tuples(st.sampled_from(Move), st.sampled_from([10, 0, -3600])), max_size=40))
def test_ledger_has_no_gap_and_no_overlap_whatever_happens_even_to_the_clock(moves: list[tuple[Move, int]]) -> None:
    clock, session = FrozenClock(), fresh_session()
    intervals: list[Interval] = []
    for move, passed_s in moves:
        clock.advance(passed_s)
        draft = draft_of(session, clock)
        try:
            draft.move(move)
        except Conflict:
            continue
        session = draft.session
        intervals += draft.changes().intervals
    edges = [START, *(interval.ended_at for interval in intervals)]
    assert [interval.started_at for interval in intervals] == edges[:-1]
    assert edges == sorted(edges)
    assert session.state_since == edges[-1]


def test_messages_are_counted_without_gaps_and_the_answer_names_its_question(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(seq=4), clock)
    heard = draft.hear(words("hello"), (Text("hello"),))
    draft.answering(heard.seq, {"decision": "chitchat"})
    answer = draft.say(Author.BOT, (Text("hi"),))
    notice = draft.say(Author.SYSTEM, (Text("by the way"),))
    assert [(m.seq, m.reply_to) for m in draft.changes().messages] == [(5, None), (6, 5), (7, None)]
    assert answer.why == {"decision": "chitchat"}
    assert notice.why == {}
    assert draft.session.seq == 7


def test_only_pushed_channels_have_an_outbox(clock: FrozenClock) -> None:
    pulled, pushed = draft_of(fresh_session(), clock), draft_of(fresh_session(), clock, is_pushed=True)
    for draft in (pulled, pushed):
        draft.move(Move.HAND_OFF)
        draft.say(Author.SYSTEM, (Text("a person is coming"),))
    assert pulled.changes().outgoing == ()
    (outgoing,) = pushed.changes().outgoing
    assert (outgoing.epoch, outgoing.message.status) == (2, Status.PENDING)


def test_closing_notes_why_and_when(clock: FrozenClock) -> None:
    draft = draft_of(fresh_session(), clock)
    draft.close(CloseReason.BOT_RESOLVED)
    session = draft.session
    assert (session.state, session.close_reason, session.closed_at, session.version) == (State.CLOSED, "bot_resolved", START, 1)
