"""The answer on the line: one answer to each push, whatever is repeated, lost, late or killed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.core.changes import KEPT_UNTIL, Changes, Settled
from gateway.core.decision import Decision, Heard, Kind, Looking
from gateway.core.draft import Draft
from gateway.core.errors import TryLater
from gateway.core.ids import WorkerId
from gateway.core.message import Author, Status
from gateway.core.parts import Location, Text
from gateway.core.session import Move
from gateway.core.signals import DESK, unpack_desk
from gateway.in_place import Silence
from tests.integration.line_world import PASSIVE_S, PUSH, LineWorld, given, line_world, outcome, sent


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LineWorld]:
    async with line_world(tmp_path) as made:
        yield made


async def test_an_answer_that_is_ready_in_time_goes_back_on_the_line_and_nowhere_else(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi", "there")
    answer = await given(push)
    assert answer.reply.body.endswith(b"ann: hi\n\nthere")
    assert await sent(world) == []
    answer.written(world.clock.now())
    await world.settled()
    assert await world.statuses() == [Status.SENT, Status.SENT]
    await world.clock.pass_by(60)
    assert await sent(world) == []
    assert (await world.store.allowance(inbound.channel, inbound.thread)).said_count == 5  # type: ignore[union-attr]


async def test_where_nothing_is_said_the_peer_does_not_wait(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound)
    assert await outcome(push) is Silence.QUIET


async def test_what_is_not_ready_in_time_is_sent(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.clock.pass_by(PASSIVE_S)
    assert await outcome(push) is Silence.LATE
    await world.turn(inbound, "sorry for the wait")
    assert await sent(world) == ["sorry for the wait"]
    assert await outcome(await world.push(inbound)) is Silence.QUIET


async def test_a_turn_whose_signal_was_lost_is_found_at_the_end_of_the_time(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi", is_signalled=False)
    assert not push.done()
    await world.clock.pass_by(PASSIVE_S)
    assert (await given(push)).reply.body.endswith(b": hi")


async def test_a_reader_that_fell_behind_asks_the_record_at_once(world: LineWorld) -> None:
    inbound = world.inbound()
    push, other = await world.push(inbound), await world.push(world.inbound("m2"))
    await world.turn(inbound, "hi", is_signalled=False)
    for readers in world.bus._topics.values():  # type: ignore[attr-defined]
        for reader in readers:
            reader.mailbox.lose()
    assert (await given(push)).reply.body.endswith(b": hi")
    assert not other.done()
    other.cancel()


async def test_a_repeat_gets_the_very_same_answer_and_nothing_is_said_twice(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "hi")
    answer = await given(first)
    answer.written(world.clock.now())
    await world.settled()
    await world.clock.pass_by(5)
    again = await given(await world.push(inbound))
    assert (again.is_repeat, again.reply.body) == (True, answer.reply.body)
    again.written(world.clock.now())
    await world.settled()
    await world.clock.pass_by(60)
    assert (await world.statuses(), await sent(world)) == ([Status.SENT], [])


async def test_a_repeat_after_the_peers_last_try_gets_nothing(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "hi")
    (await given(first)).written(world.clock.now())
    await world.clock.pass_by(16)
    assert await outcome(await world.push(inbound)) is Silence.ELSEWHERE


async def test_a_first_try_and_its_repeat_that_both_wait_give_the_same_answer(world: LineWorld) -> None:
    elsewhere = world.process()
    await world.start(elsewhere)
    inbound = world.inbound()
    pushes = [await world.push(inbound), await world.push(inbound), await world.push(inbound, by=elsewhere)]
    await world.turn(inbound, "hi")
    answers = [await given(push) for push in pushes]
    assert len({answer.reply.body for answer in answers}) == 1
    assert [answer.is_repeat for answer in answers].count(False) == 1
    for answer in answers:
        answer.written(world.clock.now())
    await elsewhere.settling.flush()
    await world.settled()
    await world.clock.pass_by(60)
    assert (await world.statuses(), await sent(world)) == ([Status.SENT], [])
    await elsewhere.close()


async def test_a_death_between_the_place_and_the_response_is_mended_by_a_repeat(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "hi")
    lost = await given(first)  # and nobody writes it
    await world.clock.pass_by(5)
    assert await sent(world) == []
    again = await given(await world.push(inbound))
    assert again.reply.body == lost.reply.body
    again.written(world.clock.now())
    await world.settled()
    await world.clock.pass_by(60)
    assert (await world.statuses(), await sent(world)) == ([Status.SENT], [])


async def test_a_death_behind_the_place_without_a_repeat_is_uncertain_and_said_to_the_desk(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    session = await world.turn(inbound, "hi")
    await given(first)
    desk = await world.bus.subscribe(DESK)
    await world.clock.pass_by(17)
    assert await sent(world) == []
    assert await world.statuses() == [Status.UNCERTAIN]
    _, payload = await anext(aiter(desk))
    told = unpack_desk(payload)
    assert (told.session_id, told.fates) == (session.id, ((2, Status.UNCERTAIN),))


async def test_a_response_that_can_not_be_written_is_carried_by_the_repeat(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "hi")
    (await given(first)).lost()
    await world.settled()
    await world.clock.pass_by(5)
    assert await sent(world) == []
    again = await given(await world.push(inbound))
    await world.clock.pass_by(11.5)
    assert await sent(world) == []
    again.written(world.clock.now())
    await world.settled()
    await world.clock.pass_by(60)
    assert await sent(world) == []


async def test_a_response_that_can_not_be_written_is_sent_once_the_peer_asks_no_more(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "hi")
    (await given(first)).lost()
    await world.settled()
    await world.clock.pass_by(15)
    assert await sent(world) == []
    await world.clock.pass_by(1)
    assert await sent(world) == ["hi"]
    assert await outcome(await world.push(inbound)) is Silence.ELSEWHERE
    assert await world.statuses() == [Status.SENT]


async def test_what_was_withdrawn_behind_a_lost_response_is_not_said_to_the_repeat(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    session = await world.turn(inbound, "hi")
    (await given(first)).lost()
    await world.settled()
    (row,) = await world.store.outgoing_of(PUSH, inbound.thread, 10)
    withdrawn = Settled(id=row.outgoing.id, session_id=session.id, seq=2, status=Status.REFUSED, token=row.token)
    await world.commit(Changes(settled=(withdrawn,)))
    assert await outcome(await world.push(inbound)) is Silence.ELSEWHERE
    await world.clock.pass_by(60)
    assert (await world.statuses(), await sent(world)) == ([Status.REFUSED], [])


async def test_what_goes_back_to_its_own_push_is_carried_by_no_other(world: LineWorld) -> None:
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "one")
    (await given(first)).lost()
    await world.settled()
    next_one = world.inbound("m2")
    second = await world.push(next_one)
    await world.turn(next_one, "two")
    assert await outcome(second) is Silence.ELSEWHERE
    again = await given(await world.push(inbound))
    assert again.reply.body.endswith(b": one")
    again.written(world.clock.now())
    await world.settled()
    assert await sent(world) == ["two"]


async def late_by_delivery(world: LineWorld) -> None:
    """The bot's answer to m0 came too late for the line, and was not taken: it is to be sent again in two seconds."""
    world.channel.script = [TryLater("the platform is busy")]
    await world.turn(world.inbound("m0", answer_by=None), "late")
    assert await sent(world) == []
    await world.clock.pass_by(0.5)


async def test_what_is_about_to_be_sent_again_goes_on_the_line_of_who_writes_meanwhile(world: LineWorld) -> None:
    await late_by_delivery(world)
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi")
    answer = await given(push)
    assert answer.reply.body.endswith(b": late\n\nhi")
    await world.clock.pass_by(3)
    assert await sent(world) == []
    assert (await given(await world.push(inbound))).reply.body == answer.reply.body
    answer.written(world.clock.now())
    await world.settled()
    await world.clock.pass_by(60)
    assert (await world.statuses(), await sent(world)) == ([Status.SENT, Status.SENT], [])


async def test_what_was_to_be_sent_again_and_goes_back_stays_with_the_push_that_had_it(world: LineWorld) -> None:
    await late_by_delivery(world)
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi")
    answer = await given(push)
    answer.lost()
    await world.settled()
    another = world.inbound("m2")
    second = await world.push(another)
    await world.turn(another, "two")
    assert await outcome(second) is Silence.ELSEWHERE
    assert (await given(await world.push(inbound))).reply.body == answer.reply.body


async def test_what_somebody_else_has_had_since_is_not_said_to_a_repeat(world: LineWorld) -> None:
    """Delivery's clock is ahead: for it, the time of repeats is over."""
    inbound = world.inbound()
    first = await world.push(inbound)
    await world.turn(inbound, "one")
    (await given(first)).lost()
    await world.settled()
    ((row, token),) = await world.store.lease_outgoing(WorkerId("sender"), world.clock.now() + timedelta(seconds=16), 90, 10)
    again_at = world.clock.now() + timedelta(seconds=8)
    back = Settled(id=row.id, session_id=row.session_id, seq=2, status=Status.PENDING, token=token, attempts=1, retry_at=again_at)
    await world.commit(Changes(settled=(back,)))
    assert await outcome(await world.push(inbound)) is Silence.ELSEWHERE
    another = world.inbound("m2")
    second = await world.push(another)
    await world.turn(another, "two")
    assert (await given(second)).reply.body.endswith(b": one\n\ntwo")
    assert await outcome(await world.push(inbound)) is Silence.ELSEWHERE


async def test_what_delivery_has_begun_is_not_said_on_the_line(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi", is_signalled=False)
    due = world.clock.now() + timedelta(seconds=PASSIVE_S + 0.5)
    assert len(await world.store.lease_outgoing(WorkerId("sender"), due, 90, 10)) == 1
    await world.clock.pass_by(PASSIVE_S)
    assert await outcome(push) is Silence.ELSEWHERE


async def test_who_has_lost_the_floor_is_not_heard_on_the_line(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    session = await world.turn(inbound, "says the bot", is_signalled=False)
    draft = Draft(session, now=world.clock.now(), ids=world.ids, is_pushed=True)
    draft.move(Move.HAND_OFF)
    draft.move(Move.OFFER)
    draft.move(Move.ACCEPT)
    await world.commit(draft.changes())
    await world.clock.pass_by(PASSIVE_S)
    assert await outcome(push) is Silence.ELSEWHERE
    assert await sent(world) == []
    assert await world.statuses() == [Status.REFUSED]


async def test_what_was_kept_goes_first_and_on_the_same_line(world: LineWorld) -> None:
    inbound = world.inbound("m0")
    await world.turn(inbound, "kept")
    await world.clock.pass_by(60)
    ((row, token),) = await world.store.lease_outgoing(WorkerId("sender"), world.clock.now(), 90, 10)
    allowance = await world.store.allowance(inbound.channel, inbound.thread)
    assert allowance is not None
    kept = Settled(
        id=row.id, session_id=row.session_id, seq=row.message.seq, status=Status.KEPT, token=token, retry_at=KEPT_UNTIL,
        serial=allowance.serial,
    )  # fmt: skip
    await world.commit(Changes(settled=(kept,)))
    inbound = world.inbound("m1")
    push = await world.push(inbound)
    await world.turn(inbound, "new")
    answer = await given(push)
    assert answer.reply.body.endswith(b": kept\n\nnew")
    answer.written(world.clock.now())
    await world.settled()
    assert await world.statuses() == [Status.SENT, Status.SENT]


async def test_what_is_more_than_one_answer_is_sent_whole_so_that_a_lost_beginning_never_comes_last(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "x" * 40, "y" * 40)
    assert await outcome(push) is Silence.ELSEWHERE
    assert await sent(world) == ["x" * 40, "y" * 40]
    assert await outcome(await world.push(inbound)) is Silence.QUIET


async def test_where_the_line_is_all_there_is_a_part_says_that_more_follows(world: LineWorld) -> None:
    world.channel.capabilities = structs.replace(world.channel.capabilities, text_max_bytes=300)
    inbound = world.inbound()
    push = await world.push(inbound, is_alone=True)
    await world.turn(inbound, "x" * 200 + "\n\n" + "y" * 200)
    answer = await given(push)
    assert answer.reply.body.endswith(b"x\n(to be continued: write anything to read on)")
    assert (await given(await world.push(inbound, is_alone=True))).reply.body == answer.reply.body


async def test_what_the_channel_does_not_take_on_the_line_is_sent_at_once(world: LineWorld) -> None:
    world.channel.takes_on_line = False
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi")
    assert await outcome(push) is Silence.ELSEWHERE
    assert await sent(world) == ["hi"]


async def test_a_place_is_text_for_a_channel_that_carries_none(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, Location(1.0, 2.0))
    assert (await given(push)).reply.body.endswith(b": 1.00000, 2.00000")


async def test_what_is_looked_up_in_time_goes_on_the_line(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    decision = Decision(kind=Kind.ANSWER, language="en")
    session = await world.turn(inbound, looking=Looking(id="l1", until=world.clock.now(), decision=decision, heard=Heard(1, ())))
    await asyncio.sleep(0)
    assert not push.done()
    draft = Draft(
        session, now=world.clock.now(), ids=world.ids, is_pushed=True, is_joined=True, answer_by=inbound.answer_by,
    )  # fmt: skip
    draft.set(looking=None)
    draft.say(Author.BOT, (Text("found"),))
    await world.tell(session, draft.changes())
    assert (await given(push)).reply.body.endswith(b": found")
