"""What a channel tells besides words, over the real record: customers who leave, fates of messages, files that arrive."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.changes import Changes
from gateway.core.events import Came, Fated, Fetched, Found, LookedUp, Remarked, Said
from gateway.core.handoff import Failure, Stage
from gateway.core.ids import FileId
from gateway.core.message import Author, Status
from gateway.core.parts import Arriving, File, FileRef, Text, plain_text
from gateway.core.session import CloseReason, Move, Session, State
from gateway.core.signals import DESK, unpack_desk, unpack_thread
from tests.fakes import FrozenClock
from tests.integration.quota_house import CUSTOMER, WE, CountedHouse, open_house
from tests.peers.push_channel import texts
from tests.unit.handoff.people import agent

PICTURE = FileRef(id=FileId("f1"), name="a.jpg", mime="image/jpeg", size_bytes=9, sha256="00")


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[CountedHouse]:
    async with open_house(tmp_path, clock) as opened:
        yield opened


async def standing(house: CountedHouse) -> Session:
    session = await house.session()
    assert session is not None
    return session


# ---- what an event lets us send


async def test_a_tap_of_somebody_who_never_wrote_opens_no_session_and_fills_its_pocket(house: CountedHouse) -> None:
    await house.does(Came("followed"))
    assert await house.session() is None
    assert (await house.allowance()).touched_count == 3


async def test_a_repeat_lets_us_send_nothing_more(house: CountedHouse) -> None:
    await house.says("hello")
    event = house.event(Said((Text("again"),)))
    await house.worker().send_due()
    await house.handle(event)
    await house.handle(event)
    assert (await house.allowance()).said_count == 4
    assert len(await house.said(Author.CUSTOMER)) == 2


async def test_a_tap_is_told_to_the_desk_that_has_the_session(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    heard = await house.bus.subscribe(DESK)
    await house.does(Came("tapped"))
    told = unpack_desk((await anext(aiter(heard)))[1])
    assert (told.kind, told.session_id, told.agent_id, told.version) == ("session", (await standing(house)).id, "a7", 2)


async def test_whoever_takes_a_session_reads_what_may_still_be_sent(house: CountedHouse) -> None:
    """The wish itself lets us send, and its turn is not written yet when the packet is made."""
    await house.store.commit([Changes(agents=(agent("a7"),))])
    await house.says("person")
    handoff_id = (await standing(house)).handoff_id
    assert handoff_id is not None
    handoff = await house.store.handoff(handoff_id)
    assert handoff is not None
    assert handoff.packet.constraints == {"window": {"left": 5, "reserve": 1, "until": "2026-11-04T09:30:00+00:00", "why": ""}}


@pytest.mark.parametrize(("after_s", "left_for_s"), [(1.0, 2.0), (3.0, 0.0)])
async def test_what_is_looked_up_in_time_is_still_left_to_who_is_on_the_line(
    house: CountedHouse, after_s: float, left_for_s: float
) -> None:
    await house.says("order", answer_in_s=1.5)
    session = await standing(house)
    assert session.looking is not None
    began = house.clock.now()
    house.clock.advance(after_s)
    result = LookedUp(session=session.id, id=session.looking.id, found=Found.ANSWER, text="It is on its way.")
    await house.handle(house.event(result))
    (row,) = await house.store.outgoing_of(WE, CUSTOMER, 10)
    assert row.due_at == began + timedelta(seconds=left_for_s or after_s)


# ---- who leaves


async def test_who_leaves_the_bot_ends_the_conversation(house: CountedHouse) -> None:
    await house.says("hello")
    await house.leaves()
    session = await standing(house)
    assert (session.state, session.close_reason) == (State.CLOSED, CloseReason.ABANDONED_BY_CUSTOMER)
    assert (await house.allowance()).why == "unreachable"


async def test_who_leaves_the_line_is_waited_for_by_nobody(house: CountedHouse) -> None:
    await house.store.commit([Changes(agents=(agent("a7"),))])
    await house.says("person")
    session = await standing(house)
    assert session.state is State.QUEUED
    await house.leaves()
    assert ((await standing(house)).close_reason) is CloseReason.ABANDONED_IN_QUEUE
    handoff = await house.store.handoff(session.handoff_id) if session.handoff_id else None
    assert handoff is not None
    assert (handoff.stage, handoff.failure) == (Stage.FAILED, Failure.CANCELLED)


async def test_what_happens_at_the_channel_is_read_in_the_transcript_and_goes_out_to_nobody(house: CountedHouse) -> None:
    worker = house.worker()
    await house.says("hello")
    await worker.send_due()
    sent = len(texts(house.channel))
    event = house.event(Remarked(what="taken_there", who="zhangsan"))
    await house.handle(event)
    await house.handle(event)
    await worker.send_due()
    *_, before, last = await house.messages()
    assert before.author is Author.BOT
    assert (last.author, last.status, last.why) == (
        Author.SYSTEM,
        Status.SENT,
        {"is_remark": True, "what": "taken_there", "who": "zhangsan"},
    )
    assert "zhangsan" in plain_text(last.parts)
    assert len(texts(house.channel)) == sent


async def test_what_happens_at_the_channel_after_a_conversation_opens_no_other(house: CountedHouse) -> None:
    await house.handle(house.event(Remarked(what="recalled")))
    assert await house.session() is None


async def test_an_agent_reads_that_the_customer_has_left_and_nobody_is_sent_anything(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    worker = house.worker()
    await worker.send_due()
    await house.leaves()
    await worker.send_due()
    assert (await standing(house)).state is State.ACTIVE
    last = (await house.messages())[-1]
    assert (last.author, last.status, last.why) == (Author.SYSTEM, Status.SENT, {"is_remark": True})
    assert plain_text(last.parts).startswith("在这里已联系不到客户")
    assert house.channel.calls == 0


async def test_an_agent_reads_that_a_customer_has_come_back(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    await house.leaves()
    await house.does(Came("followed"))
    assert plain_text((await house.messages())[-1].parts) == "客户重新关注了账号，可以继续联系了。"
    assert (await house.allowance()).touched_count == 3


async def test_who_left_long_after_the_end_changes_nothing_else(house: CountedHouse) -> None:
    await house.says("hello")
    await house.leaves()
    before = await standing(house)
    await house.leaves()
    assert await standing(house) == before


# ---- what became of a message


async def test_a_receipt_names_what_became_of_a_message_and_tells_the_desk(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    await house.agent_says("one")
    await house.worker().send_due()
    heard = await house.bus.subscribe(DESK)
    receipt = house.event(Fated(channel_message_id="m1", status=Status.FAILED, detail="msg_send_fail 10 (refused)"))
    await house.handle(receipt)
    await house.handle(receipt)
    assert await house.said(Author.AGENT) == [("one", Status.FAILED)]
    told = unpack_desk((await anext(aiter(heard)))[1])
    assert (told.kind, told.agent_id, [status for _, status in told.fates]) == ("message", "a7", [Status.FAILED])


async def test_a_receipt_of_a_message_that_nobody_knows_is_put_aside(house: CountedHouse) -> None:
    await house.handle(house.event(Fated(channel_message_id="m9", status=Status.FAILED)))
    assert await house.session() is None


async def test_what_the_peer_took_and_could_not_deliver_goes_out_again_with_the_next_message(house: CountedHouse) -> None:
    await house.says("hello")
    await house.bot_and_system_say("one", "two")
    worker = house.worker()
    await worker.send_due()
    failed = Fated(channel_message_id="m2", status=Status.KEPT, detail="msg_send_fail 6 (out of count)", why="out_of_count")
    await house.handle(house.event(failed))
    await house.handle(house.event(failed))
    assert [status for _, status in await house.said()] == [Status.SENT, Status.KEPT, Status.KEPT]
    assert (await house.allowance()).why == "out_of_count"
    assert await worker.send_due() == 0
    await house.says("hello?")
    await worker.send_due()
    assert texts(house.channel)[2:] == ["one\n\ntwo", "answer to hello?"]
    assert {status for _, status in await house.said()} == {Status.SENT}


async def test_only_the_part_that_failed_and_those_behind_it_go_out_again(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    await house.agent_says(f"{'a' * 180}\n\n{'b' * 180}")
    worker = house.worker()
    await worker.send_due()
    await house.handle(house.event(Fated(channel_message_id="m2", status=Status.KEPT, place=1)))
    await house.says("go on")
    await worker.send_due()
    assert texts(house.channel) == ["a" * 180, "b" * 180, "b" * 180]


async def test_a_bots_message_that_failed_is_not_sent_over_an_agents_head(house: CountedHouse) -> None:
    await house.says("hello")
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(60)
    await house.agent_takes_it()
    await house.handle(house.event(Fated(channel_message_id="m1", status=Status.KEPT, why="out_of_window")))
    await house.says("hello?")
    await worker.send_due()
    assert texts(house.channel) == ["answer to hello"]
    assert await house.said(Author.BOT) == [("answer to hello", Status.REFUSED)]


async def test_words_of_the_past_do_not_empty_what_the_customer_has_allowed_since(house: CountedHouse) -> None:
    await house.says("hello")
    await house.worker().send_due()
    house.clock.advance(60)
    await house.says("hello?")
    await house.handle(house.event(Fated(channel_message_id="m1", status=Status.KEPT, why="out_of_count")))
    assert (await house.allowance()).said_count == 5


async def test_what_failed_is_sent_at_once_where_the_customer_has_written_since(house: CountedHouse) -> None:
    await house.says("hello")
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(60)
    await house.says("hello?")
    await worker.send_due()
    await house.handle(house.event(Fated(channel_message_id="m1", status=Status.KEPT, why="out_of_count")))
    await worker.send_due()
    assert texts(house.channel) == ["answer to hello", "answer to hello?", "answer to hello"]
    assert {status for _, status in await house.said()} == {Status.SENT}


# ---- files that arrive


async def test_a_file_that_has_arrived_is_shown_in_its_place_once(house: CountedHouse) -> None:
    await house.handle(house.event(Said((Text("look"), Arriving("image", "media-1", caption="here")))))
    await house.moves(Move.HAND_OFF)
    session = await standing(house)
    desk, thread = await house.bus.subscribe(DESK), await house.bus.subscribe(f"thread/{WE}/o1")
    fetched = Fetched(session=session.id, seq=1, place=1, file=PICTURE)
    for event in (house.event(fetched), house.event(Fetched(session=session.id, seq=1, place=1, failure="expired")), house.event(fetched)):
        await house.handle(event)
    (message, *_) = await house.messages()
    assert message.parts == (Text("look"), File(PICTURE, "here"))
    told = unpack_desk((await anext(aiter(desk)))[1])
    assert (told.kind, told.messages) == ("message", (message,))
    heard = unpack_thread((await anext(aiter(thread)))[1])
    assert getattr(heard, "messages", None) == (message,)
    assert await house.store.late_fetches(house.clock.advance(60), 10) == []


async def test_a_file_that_can_not_be_had_stays_named_and_may_still_come(house: CountedHouse) -> None:
    await house.handle(house.event(Said((Arriving("voice", "media-1"),))))
    session = await standing(house)
    await house.handle(house.event(Fetched(session=session.id, seq=1, place=0, failure="expired")))
    assert (await house.messages())[0].parts == (Arriving("voice", "media-1", failure="expired"),)
    await house.handle(house.event(Fetched(session=session.id, seq=1, place=0, failure="gone")))
    await house.handle(house.event(Fetched(session=session.id, seq=1, place=7, file=PICTURE)))
    assert (await house.messages())[0].parts == (Arriving("voice", "media-1", failure="expired"),)
    await house.handle(house.event(Fetched(session=session.id, seq=1, place=0, file=PICTURE)))
    assert (await house.messages())[0].parts == (File(PICTURE),)
