"""What reads the record: threads, lists, pages, the desk's questions. Both engines."""

from datetime import timedelta

import pytest
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof
from gateway.core.draft import Draft
from gateway.core.errors import BadInput
from gateway.core.handoff import AgentStatus, CaseStatus, Note, Stage, StatusInterval, Trace
from gateway.core.ids import AgentId, CaseId, ChannelName, ContactId, HandoffId, QueueName, SessionId, Thread
from gateway.core.message import Author, Status
from gateway.core.parts import Text
from gateway.core.session import CloseReason, Move, Rating, State
from gateway.store import Record
from tests.contract.records import AT, address, agent, audit_event, case, following, handoff, later, letter, new_session, rows, turn
from tests.events import SITE
from tests.fakes import CountedIds, FrozenClock

ANN = (SITE, Thread("ann"))
BOB = (SITE, Thread("bob"))


async def write(store: Record, *changes: Changes) -> None:
    assert await store.commit(changes) == [None] * len(changes)


async def two_episodes(store: Record, ids: CountedIds) -> None:
    """Ann's first session with seq 1 and 2, and her second with 3 to 6."""
    await write(store, turn(new_session(), "one", ids))
    second = turn(new_session(episode=2, seq=2, first_seq=3, opened_at=later(60)), "two", ids)
    assert second.session is not None
    await write(store, second, turn(second.session, "three", ids))


async def test_a_nul_in_what_is_asked_or_kept_breaks_nothing(store: Record) -> None:
    """No text of PostgreSQL's can hold one, and clients can send it almost anywhere."""
    assert await store.session(SessionId("a\0b")) is None
    assert await store.agent_by_name("a\0b") is None
    rating = Rating(session_id=SessionId("s"), score=5, comment="a\0b", at=AT, key="site/ann/rate")
    await write(store, Changes(ratings=(rating,)), turn(new_session(), "x\0y", CountedIds()))
    (message, *_) = await store.thread_messages(*ANN, 0, 10)
    assert message.parts == (Text("x\0y"),)


async def test_an_empty_record_answers_every_question(store: Record) -> None:
    await store.healthy()
    assert await store.session(SessionId("x")) is None
    assert await store.sessions([]) == []
    assert await store.latest_sessions([ANN]) == []
    assert await store.seqs([ANN]) == {}
    assert await store.thread_messages(*ANN, 0, 10) == []
    assert (await store.sessions_in(list(State))).items == ()
    assert await store.handoff(HandoffId("x")) is None
    assert await store.agent(AgentId("x")) is None
    assert await store.agent_by_name("x") is None
    assert await store.case(CaseId("x")) is None
    assert await store.case_of_session(SessionId("x")) is None
    assert await store.contact(ContactId("x")) is None
    assert await store.identity(address("x")) is None
    assert await store.dead_letter("x") is None
    assert await store.verify_audit() == (0, None)


async def test_a_threads_messages_run_on_across_its_sessions(store: Record, ids: CountedIds) -> None:
    await two_episodes(store, ids)
    assert [message.seq for message in await store.thread_messages(*ANN, 0, 100)] == [1, 2, 3, 4, 5, 6]
    assert [message.seq for message in await store.thread_messages(*ANN, 1, 3)] == [2, 3, 4]
    assert [message.seq for message in await store.thread_messages(*ANN, 6, 100)] == []
    assert [message.seq for message in await store.last_messages(*ANN, 3)] == [4, 5, 6]
    assert [message.seq for message in await store.last_messages(*ANN, 5)] == [2, 3, 4, 5, 6]


async def test_a_sessions_messages_can_be_read_from_any_place(store: Record, ids: CountedIds) -> None:
    await two_episodes(store, ids)
    second = new_session(episode=2).id
    assert [message.seq for message in await store.session_messages(second)] == [3, 4, 5, 6]
    assert [message.seq for message in await store.session_messages(second, 4, 1)] == [5]


async def test_the_newest_session_of_each_thread_and_its_last_seq(store: Record, ids: CountedIds) -> None:
    await two_episodes(store, ids)
    await write(store, turn(new_session("bob"), "x", ids), Changes(session=following(new_session("silent"))))
    nobody = (ChannelName("api"), Thread("ann"))
    latest = await store.latest_sessions([ANN, BOB, nobody])
    assert sorted((session.thread, session.episode) for session in latest) == [("ann", 2), ("bob", 1)]
    assert await store.seqs([ANN, BOB, nobody, (SITE, Thread("silent"))]) == {ANN: 6, BOB: 2}


async def test_many_sessions_at_once(store: Record, ids: CountedIds) -> None:
    await write(store, turn(new_session("ann"), "x", ids), turn(new_session("bob"), "x", ids))
    found = await store.sessions([new_session("ann").id, new_session("bob").id, SessionId("nobody")])
    assert sorted(session.thread for session in found) == ["ann", "bob"]


async def test_sessions_in_a_state_come_page_by_page_oldest_first(store: Record) -> None:
    await write(store, *(Changes(session=following(new_session(f"v{number}", opened_at=later(-number)))) for number in range(5)))
    queued = following(new_session("queued"), state=State.QUEUED)
    await write(store, Changes(session=queued))
    seen, after = [], ""
    while True:
        page = await store.sessions_in([State.BOT], limit=2, after=after)
        seen.append([str(session.thread) for session in page.items])
        if page.next is None:
            break
        after = page.next
    assert seen == [["v4", "v3"], ["v2", "v1"], ["v0"]]
    assert (await store.sessions_in([State.QUEUED, State.CLOSED])).items == (queued,)


async def test_an_agents_own_sessions(store: Record) -> None:
    mine = following(new_session("mine"), state=State.ACTIVE, agent_id=AgentId("a1"))
    yours = following(new_session("yours"), state=State.ACTIVE, agent_id=AgentId("a2"))
    await write(store, Changes(session=mine), Changes(session=yours))
    assert (await store.sessions_in([State.ACTIVE], agent_id=AgentId("a1"))).items == (mine,)
    given = following(mine, agent_id=AgentId("a2"))
    await write(store, Changes(session=given))
    assert (await store.sessions_in([State.ACTIVE], agent_id=AgentId("a1"))).items == ()


async def test_a_session_that_left_a_state_is_not_found_there(store: Record) -> None:
    session = following(new_session())
    await write(store, Changes(session=session), Changes(session=following(session, state=State.CLOSED)))
    assert (await store.sessions_in([State.BOT])).items == ()
    assert len((await store.sessions_in([State.CLOSED])).items) == 1


@pytest.mark.parametrize("cursor", ["nonsense", "-1.x", "12a.x", "٣.x", "99999999999999999999.x"])
async def test_a_cursor_that_we_did_not_make_is_refused(store: Record, cursor: str) -> None:
    with pytest.raises(BadInput):
        await store.sessions_in([State.BOT], after=cursor)


async def test_earlier_sessions_of_an_address_newest_first(store: Record) -> None:
    sessions = [following(new_session(episode=number, opened_at=later(number))) for number in (1, 2, 3, 4)]
    await write(store, *(Changes(session=session) for session in sessions))
    assert [session.episode for session in await store.earlier_sessions([address("ann")], sessions[2].id, 5)] == [2, 1]
    not_yet_written = new_session(episode=9).id
    assert [session.episode for session in await store.earlier_sessions([address("ann")], not_yet_written, 2)] == [4, 3]
    assert await store.earlier_sessions([Address(AddressKind.VISITOR, "other", "ann")], not_yet_written, 2) == []


async def test_the_ledger_of_a_session(store: Record, ids: CountedIds) -> None:
    draft = Draft(new_session(), now=later(5), ids=ids, is_pushed=False)
    draft.move(Move.HAND_OFF, queue=QueueName("default"))
    draft.close(CloseReason.EXPIRED)
    changes = draft.changes()
    await write(store, changes)
    assert await store.intervals(new_session().id) == list(changes.intervals)
    assert [(line.state, line.started_at, line.ended_at) for line in changes.intervals] == [
        (State.BOT, AT, later(5)),
        (State.QUEUED, later(5), later(5)),
    ]


async def test_notes_and_traces_in_their_order(store: Record) -> None:
    session_id = SessionId("s")
    notes = [
        Note(id=f"n{number}", session_id=session_id, agent_id=AgentId("a"), agent_name="Ann", at=later(number), after_seq=1, text="hm")
        for number in (2, 1)
    ]
    traces = [
        Trace(handoff_id=HandoffId("h"), session_id=session_id, at=later(9 - number), what="offered", why={"rank": number})
        for number in (1, 2)
    ]
    await write(store, Changes(notes=tuple(notes), traces=tuple(traces)))
    assert await store.notes(session_id) == [notes[1], notes[0]]
    assert await store.traces(session_id) == traces


async def test_open_handoffs_oldest_first_until_they_are_taken(store: Record) -> None:
    offered = handoff(1, stage=Stage.OFFERED, agent_id=AgentId("a1"))
    await write(store, Changes(handoffs=(handoff(2), offered, handoff(3, stage=Stage.FAILED))))
    assert [entry.id for entry in await store.open_handoffs()] == ["handoff-1", "handoff-2"]
    await write(store, Changes(handoffs=(structs.replace(offered, stage=Stage.ACCEPTED, version=2),)))
    assert [entry.id for entry in await store.open_handoffs()] == ["handoff-2"]


async def test_units_are_held_from_the_offer_to_the_end(store: Record) -> None:
    ann = AgentId("ann")
    offered, accepted = (
        handoff(1, stage=Stage.OFFERED, agent_id=ann),
        handoff(2, stage=Stage.ACCEPTED, agent_id=ann, units=3, accepted_at=later(9)),
    )
    await write(store, Changes(handoffs=(offered, accepted, handoff(3), handoff(4, stage=Stage.COMPLETED, agent_id=AgentId("bob")))))
    assert await store.held_units() == {ann: 4}
    await write(store, Changes(handoffs=(structs.replace(accepted, stage=Stage.COMPLETED, version=2),)))
    assert await store.held_units() == {ann: 1}


async def test_the_last_waits_of_a_queue(store: Record) -> None:
    def accepted(number: int, waited_s: float, queue: str = "default") -> Changes:
        at = later(number) + timedelta(seconds=waited_s)
        return Changes(handoffs=(handoff(number, stage=Stage.ACCEPTED, accepted_at=at, queue=QueueName(queue)),))

    await write(store, accepted(1, 2.5), accepted(2, 100.0), accepted(3, 7.25), accepted(4, 1.0, "vip"), Changes(handoffs=(handoff(5),)))
    assert await store.recent_waits(QueueName("default"), 2) == [100.0, 7.25]
    assert await store.recent_waits(QueueName("vip"), 9) == [1.0]
    assert await store.recent_waits(QueueName("default"), 9, [ChannelName("nowhere")]) == []


async def test_agents_by_id_by_name_and_all(store: Record) -> None:
    await write(store, Changes(agents=(agent("zoe"), agent("Ann"))))
    assert await store.agent(AgentId("agent-Ann")) == agent("Ann")
    assert await store.agent_by_name("aNN") == agent("Ann")
    assert [someone.name for someone in await store.agents()] == ["Ann", "zoe"]
    renamed = structs.replace(agent("Ann"), name="anna", version=2)
    await write(store, Changes(agents=(renamed,)))
    assert await store.agent_by_name("ann") is None
    assert await store.agent_by_name("Anna") == renamed


async def test_cases_by_status_page_by_page(store: Record) -> None:
    await write(store, Changes(cases=tuple(case(number) for number in (3, 1, 2))), Changes(cases=(case(9, status=CaseStatus.RESOLVED),)))
    page = await store.cases([CaseStatus.OPEN, CaseStatus.IN_PROGRESS], limit=2)
    assert [entry.id for entry in page.items] == ["case-1", "case-2"]
    rest = await store.cases([CaseStatus.OPEN, CaseStatus.IN_PROGRESS], limit=2, after=page.next or "")
    assert ([entry.id for entry in rest.items], rest.next) == (["case-3"], None)
    newest = await store.case_of_session(SessionId("session-1"))
    assert newest is not None
    assert newest.id == "case-9"
    assert await store.case(CaseId("case-1")) == case(1)


async def test_the_newest_link_of_an_address_counts(store: Record) -> None:
    links = [Identity(address=address("ann"), contact_id=ContactId(f"c{number}"), verified_by=Proof.TOKEN, at=AT) for number in (2, 1)]
    await write(store, Changes(identities=tuple(links)))
    assert await store.identity(address("ann")) == links[1]


async def test_a_contact_is_kept_and_changed(store: Record) -> None:
    contact = Contact(id=ContactId("c"), created_at=AT, name="Ann")
    vip = structs.replace(contact, is_vip=True)
    await write(store, Changes(contacts=(contact,)), Changes(contacts=(vip,)))
    assert await store.contact(ContactId("c")) == vip


async def test_dead_letters_are_listed_read_and_dropped_once(store: Record) -> None:
    await write(store, Changes(dead_letters=(letter(2), letter(1))))
    page = await store.dead_letters(limit=1)
    assert page.items == (letter(1),)
    assert (await store.dead_letters(limit=1, after=page.next or "")).items == (letter(2),)
    assert await store.dead_letter("letter-2") == letter(2)
    assert await store.drop_dead_letter("letter-2") is True
    assert await store.drop_dead_letter("letter-2") is False
    assert (await store.dead_letters()).items == (letter(1),)


async def test_status_intervals_are_written(store: Record) -> None:
    line = StatusInterval(agent_id=AgentId("a"), status=AgentStatus.AWAY, started_at=AT, ended_at=later(5))
    await write(store, Changes(status_intervals=(line,), agents=(agent("ann"),)))
    assert await rows(store, "SELECT agent_id, status, ended_at - started_at FROM status_interval") == [("a", "away", 5_000_000)]


async def test_a_secret_is_made_once(store: Record) -> None:
    assert await store.put_secret("signing", "first") == "first"
    assert await store.put_secret("signing", "second") == "first"
    assert await store.put_secret("other", "second") == "second"


async def test_a_login_holds_until_it_ends(store: Record, clock: FrozenClock) -> None:
    ann = AgentId("ann")
    await store.put_login("hash", ann, clock.now() + timedelta(hours=1))
    assert await store.login("hash", clock.now()) == ann
    assert await store.login("hash", clock.now() + timedelta(hours=1)) is None
    assert await store.login("other", clock.now()) is None
    await store.drop_login("hash")
    assert await store.login("hash", clock.now()) is None


async def test_all_logins_of_an_agent_end_together(store: Record, clock: FrozenClock) -> None:
    for token, name in (("h1", "ann"), ("h2", "ann"), ("h3", "bob")):
        await store.put_login(token, AgentId(name), clock.now() + timedelta(hours=1))
    await store.drop_logins(AgentId("ann"))
    assert [await store.login(token, clock.now()) for token in ("h1", "h2", "h3")] == [None, None, "bob"]


async def test_an_agents_other_logins_end_and_the_one_they_are_at_stays(store: Record, clock: FrozenClock) -> None:
    for token, name in (("h1", "ann"), ("h2", "ann"), ("h3", "bob")):
        await store.put_login(token, AgentId(name), clock.now() + timedelta(hours=1))
    await store.drop_logins(AgentId("ann"), but="h2")
    assert [await store.login(token, clock.now()) for token in ("h1", "h2", "h3")] == [None, "ann", "bob"]
    await store.drop_logins(AgentId("ann"), but="h3")  # somebody else's protects nothing
    assert [await store.login(token, clock.now()) for token in ("h1", "h2", "h3")] == [None, None, "bob"]


async def test_audit_events_newest_first_and_chained(store: Record) -> None:
    await write(store, Changes(audits=(audit_event(1), audit_event(2))), Changes(audits=(audit_event(3),)))
    page = await store.audit(limit=2)
    assert page.items == (audit_event(3), audit_event(2))
    rest = await store.audit(limit=2, after=page.next or "")
    assert (rest.items, rest.next) == ((audit_event(1),), None)
    assert await store.verify_audit() == (3, None)


async def test_a_refused_change_leaves_no_audit_event(store: Record) -> None:
    await store.commit([Changes(agents=(agent("ann", version=2),), audits=(audit_event(1),))])
    assert await store.verify_audit() == (0, None)
    assert (await store.audit()).items == ()


async def test_text_of_any_kind_survives(store: Record, ids: CountedIds) -> None:
    text = "退款 🙂 \x00 '; DROP TABLE session; -- \\ \" {name} %s"
    changes = turn(new_session(), text, ids, cid="c")
    await write(store, changes)
    (heard, _) = await store.thread_messages(*ANN, 0, 10)
    assert heard.parts == (Text(text),)
    assert (heard.author, heard.status) == (Author.CUSTOMER, Status.SENT)


async def test_the_last_message_of_each_of_many_sessions(store: Record, ids: CountedIds) -> None:
    await two_episodes(store, ids)
    await write(store, turn(new_session("bob"), "x", ids), Changes(session=following(new_session("silent"))))
    wanted = [new_session(episode=2).id, new_session("bob").id, new_session("silent").id, SessionId("nobody")]
    newest = await store.newest_messages(wanted)
    assert sorted((message.session_id, message.seq) for message in newest) == sorted([(wanted[0], 6), (wanted[1], 2)])
