"""Mails as turns: what is promised, whose clock runs, and what becomes of it."""

from datetime import timedelta

from gateway.core.handoff import Stage
from gateway.core.parts import Letter, plain_text
from gateway.core.session import State
from tests.fakes import FrozenClock
from tests.integration.mail_floor import CUSTOMER, MAIL, MailFloor
from tests.integration.mail_turns.beginnings import HOUR, MONDAY, amy_of, brought_to, entry_of


async def test_a_mail_waits_over_night_for_whoever_is_there_in_the_morning(floor: MailFloor, clock: FrozenClock) -> None:
    clock.advance(9 * HOUR)  # seven in the evening
    session = await floor.mail("person")
    assert "is back on Tuesday, November 3, 09:00 (UTC time)" in (await floor.words())[-1]
    clock.advance(14 * HOUR)
    amy = await floor.floor.hire("amy")
    await floor.floor.engine.round()
    assert ((await floor.session()).state, (await entry_of(floor)).agent_id) == (State.OFFERED, "amy")
    await floor.floor.desk.accept(amy, session.id)
    assert len(await floor.sent()) == 1, "nobody gets a mail to say that somebody has joined"


async def test_who_writes_back_at_night_is_told_once_when_people_are_back_and_thanks_are_not(floor: MailFloor, clock: FrozenClock) -> None:
    await brought_to(floor, State.WAITING_CUSTOMER)
    clock.advance(9 * HOUR)
    before = len(await floor.sent())
    thanked = await floor.mail("Thanks!")
    assert (thanked.due_at, len(await floor.sent())) == (None, before)
    await floor.mail("and the bill?")
    await floor.mail("hello?")
    assert len(await floor.sent()) == before + 1
    assert "is back on Tuesday, November 3, 09:00" in plain_text((await floor.sent())[-1].message.parts)


async def test_the_clock_runs_until_an_agent_answers_and_again_from_the_next_mail(floor: MailFloor, clock: FrozenClock) -> None:
    session = await brought_to(floor, State.ACTIVE)
    assert session.due_at == MONDAY + timedelta(hours=4)
    await floor.floor.desk.reply(await amy_of(floor), session.id, "Hello")
    assert (await floor.session()).due_at is None
    clock.advance(2 * HOUR)
    await floor.mail("and then?")
    clock.advance(HOUR)
    session = await floor.mail("hello?")
    assert session.due_at == MONDAY + timedelta(hours=6), "the oldest mail that nobody has answered counts"
    assert (await floor.traces()).count("promised") == 2


async def test_a_missed_promise_is_told_once_and_counted_once(floor: MailFloor, clock: FrozenClock) -> None:
    await floor.mail("person")
    for seconds in (3.9 * HOUR, 0.05 * HOUR, 0.06 * HOUR, HOUR):
        clock.advance(seconds)
        await floor.floor.engine.round()
    await floor.floor.another_engine("two").round()
    session = await floor.session()
    assert session.is_late
    assert [words.split(":")[0] for words in await floor.words()] == ["customer", "system", "system"]
    assert "takes longer than we told you" in (await floor.words())[-1]
    assert (await floor.traces()).count("promise_missed") == 1
    assert 'frontdesk_sla_missed_total{channel="support"} 1.0' in floor.floor.metrics.exposition().decode()
    assert session.state is State.QUEUED, "a mail is never given up"


async def test_a_promise_is_missed_in_an_agents_hands_too(floor: MailFloor, clock: FrozenClock) -> None:
    await brought_to(floor, State.ACTIVE)
    amy = await amy_of(floor)
    for _ in range(3):
        await floor.floor.later(2.1 * HOUR, amy)
    assert (await floor.traces()).count("promise_missed") == 1
    await floor.floor.desk.reply(amy, (await floor.session()).id, "Sorry")
    assert not (await floor.session()).is_late


async def test_an_answer_that_is_a_second_late_is_late_also_where_nobody_has_looked(floor: MailFloor, clock: FrozenClock) -> None:
    session = await brought_to(floor, State.ACTIVE)
    clock.advance(4 * HOUR + 1)
    await floor.floor.desk.reply(await amy_of(floor), session.id, "Sorry")
    await floor.floor.engine.round()
    assert (await floor.traces()).count("promise_missed") == 1


async def test_an_answered_mail_leaves_the_agents_hands_free_until_the_customer_writes(floor: MailFloor) -> None:
    session = await brought_to(floor, State.WAITING_CUSTOMER)
    store = floor.floor.store
    assert sum((await store.held_units()).values()) == 0
    await floor.mail("and then?")
    assert await store.held_units() == {"amy": 1}
    await floor.floor.desk.close(await amy_of(floor), session.id, "resolved")
    assert sum((await store.held_units()).values()) == 0


async def test_an_agent_who_goes_home_keeps_the_mails_that_wait_for_customers(floor: MailFloor, clock: FrozenClock) -> None:
    await brought_to(floor, State.WAITING_CUSTOMER)
    await floor.floor.engine.round()
    clock.advance(HOUR)
    await floor.floor.engine.round()
    assert (await floor.session()).state is State.WAITING_CUSTOMER
    await floor.mail("and then?")
    await floor.floor.engine.round()
    entry = await entry_of(floor)
    assert ((await floor.session()).state, entry.wanted_agent, entry.stage) == (State.QUEUED, "amy", Stage.QUEUED)
    assert len(await floor.sent()) == 2, "the customer is not told whose computer is off"


async def test_a_closed_mail_says_nothing_more(floor: MailFloor) -> None:
    session = await brought_to(floor, State.WAITING_CUSTOMER)
    count = len(await floor.sent())
    await floor.floor.desk.close(await amy_of(floor), session.id, "resolved")
    assert (len(await floor.sent()), (await floor.session()).due_at) == (count, None)


async def test_a_case_of_a_chat_is_answered_by_mail_and_whoever_writes_back_is_nobody_yet(floor: MailFloor) -> None:
    desk, asked = floor.floor.desk, await floor.floor.ask_for_a_person("v1")
    await floor.floor.say("v1", "my address is Customer@Example.net")
    case = await floor.floor.store.case_of_session(asked.id)
    assert case is not None
    amy = await amy_of(floor)
    session, said = await desk.answer_case(amy, case.id, "It is on its way.", "c1")
    assert (session.channel, session.address, session.agent_id, session.is_doubtful) == (MAIL, CUSTOMER, "amy", True)
    (row,) = await floor.sent(session.thread)
    assert (row.to, row.addressing, plain_text(row.message.parts)) == (CUSTOMER, "", "It is on its way.")
    assert row.message.parts[0] == Letter(subject=f"Your question (case {case.number})")
    assert (await desk.answer_case(amy, case.id, "It is on its way.", "c1"))[1] == said
    headed, said = await desk.answer_case(amy, case.id, "Here is a copy.", "c2", lambda _: Letter(cc=("boss@example.org",)))
    assert (headed.id, said.parts[0]) == (session.id, Letter(subject=f"Your question (case {case.number})", cc=("boss@example.org",)))
    assert sum((await floor.floor.store.held_units()).values()) == 0
    proven = await floor.mail("Thanks, and the bill?", session.thread)
    assert (proven.id, proven.state, proven.is_doubtful) == (session.id, State.ACTIVE, False)
    assert proven.contact_id != (await floor.floor.session("v1")).contact_id
