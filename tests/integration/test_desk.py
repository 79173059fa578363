"""What agents do, over the real embedded store and bus: who may, who was first, and what the customer sees of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.channel import Capabilities, Parsed, Raw, Reach
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge
from gateway.core.handoff import Agent, AgentStatus, Reason, Role, Stage
from gateway.core.ids import AgentId, QueueName
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Part, plain_text
from gateway.core.session import BotMemory, CloseReason, Move, State
from gateway.core.signals import SurveyNow, TypingNow, thread_topic, unpack_thread
from gateway.episode import Episodes
from gateway.metrics import Metrics
from tests.events import said
from tests.fakes import FrozenClock
from tests.integration.floor import SITE, TEXTS, Floor, open_floor, sid


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    async with open_floor(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def amy(floor: Floor) -> Agent:
    """An agent who has accepted the customer v1."""
    agent = await floor.hire("amy")
    await floor.ask_for_a_person("v1", wish="I was charged twice")
    await floor.engine.round()
    await floor.desk.accept(agent, sid("v1"))
    return agent


class HandsOff:
    """A brain that gives everything to people."""

    is_quick = True

    async def decide(self, ask: Ask) -> Decision:
        return Decision(kind=Kind.HANDOFF, language="en", reason=Reason.LOW_CONFIDENCE, memory=ask.memory)


class Site:
    """The chat on a website, as far as a turn sees it."""

    name = SITE
    type = "webchat"
    capabilities = Capabilities(reach=Reach.PULLED, text_max_bytes=4096)

    def parse(self, raw: Raw) -> Parsed:
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        return Receipt()


# ---- taking a session -----------------------------------------------------------------------------------------------------------


async def test_of_two_agents_who_accept_at_once_one_gets_it_and_the_other_reads_who(floor: Floor) -> None:
    agents = [await floor.hire("amy"), await floor.hire("bob")]
    await floor.ask_for_a_person("v1")
    outcomes = await asyncio.gather(*(floor.desk.accept(agent, sid("v1")) for agent in agents), return_exceptions=True)
    (lost,) = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    winner = (await floor.session("v1")).agent_name
    assert isinstance(lost, Conflict)
    assert str(lost) == f"taken by {winner}: reload the queue"
    assert (await floor.words("v1")).count(f"system: {winner} has joined.") == 1


async def test_accepting_twice_is_accepting_once(floor: Floor, amy: Agent) -> None:
    again = await floor.desk.accept(amy, sid("v1"))
    assert again.version == (await floor.session("v1")).version
    assert (await floor.words("v1")).count("system: Amy has joined.") == 1


async def test_an_agent_with_full_hands_picks_nothing_from_the_queue(floor: Floor, amy: Agent) -> None:
    await floor.ask_for_a_person("v2")
    with pytest.raises(Conflict, match="your hands are full"):
        await floor.desk.accept(amy, sid("v2"))


async def test_an_agent_picks_nothing_from_a_queue_of_others(floor: Floor) -> None:
    await floor.hire("amy")
    bob = await floor.hire("bob", queues=(QueueName("refunds"),))
    await floor.ask_for_a_person("v1")
    with pytest.raises(Forbidden, match="not one of yours"):
        await floor.desk.accept(bob, sid("v1"))


async def test_a_session_with_the_bot_can_not_be_accepted(floor: Floor) -> None:
    await floor.ask_for_a_person("v1")  # nobody is there: it stays with the bot
    amy = await floor.hire("amy")
    with pytest.raises(Conflict, match="nobody waits in it any more"):
        await floor.desk.accept(amy, sid("v1"))


# ---- speaking -------------------------------------------------------------------------------------------------------------------


async def test_the_customer_reads_the_reply_under_the_shown_name(floor: Floor, amy: Agent) -> None:
    message = await floor.desk.reply(amy, sid("v1"), "  Hello, I am looking into it.  ")
    assert (message.name, message.agent_id, plain_text(message.parts)) == ("Amy", "amy", "Hello, I am looking into it.")
    assert (await floor.session("v1")).state is State.WAITING_CUSTOMER
    await floor.say("v1", "thank you")
    assert (await floor.session("v1")).state is State.ACTIVE


async def test_a_reply_by_somebody_else_is_refused_with_the_owners_name(floor: Floor, amy: Agent) -> None:
    bob, eve = await floor.hire("bob"), await floor.hire("eve", role=Role.SUPERVISOR)
    with pytest.raises(Conflict, match="Amy has this session: reload"):
        await floor.desk.reply(bob, sid("v1"), "hi")
    with pytest.raises(Conflict, match="Amy has this session: take it over first"):
        await floor.desk.reply(eve, sid("v1"), "hi")
    assert (await floor.words("v1"))[-1] == "system: Amy has joined."


async def test_the_same_cid_says_it_once(floor: Floor, amy: Agent) -> None:
    first, second = await asyncio.gather(*(floor.desk.reply(amy, sid("v1"), "hello", "c1") for _ in range(2)))
    third = await floor.desk.reply(amy, sid("v1"), "hello", "c1")
    assert first.id == second.id == third.id
    assert (await floor.words("v1")).count("agent: hello") == 1


async def test_replies_and_customers_words_at_once_are_all_recorded_in_one_order(floor: Floor, amy: Agent) -> None:
    await asyncio.gather(*(floor.desk.reply(amy, sid("v1"), f"reply {number}") for number in range(4)))
    messages = await floor.store.session_messages(sid("v1"))
    assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
    assert sorted(plain_text(m.parts) for m in messages if m.agent_id) == ["reply 0", "reply 1", "reply 2", "reply 3"]


@pytest.mark.parametrize(("text", "error"), [("", BadInput), ("  \n ", BadInput), ("长" * 1366, TooLarge)])
async def test_an_empty_or_endless_reply_is_refused(floor: Floor, amy: Agent, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await floor.desk.reply(amy, sid("v1"), text)


async def test_a_note_is_for_colleagues_only(floor: Floor, amy: Agent) -> None:
    await floor.desk.note(amy, sid("v1"), "an angry one")
    view = await floor.desk.view(amy, sid("v1"))
    assert [(note.agent_name, note.text, note.after_seq) for note in view.notes] == [("Amy", "an angry one", 3)]
    assert "an angry one" not in "".join(await floor.words("v1"))


async def test_typing_is_shown_to_the_customer(floor: Floor, amy: Agent) -> None:
    session = await floor.session("v1")
    subscription = await floor.bus.subscribe(thread_topic(session.channel, session.thread))
    await floor.desk.typing(amy, sid("v1"), is_on=True)
    _, payload = await anext(aiter(subscription))
    signal = unpack_thread(payload)
    assert isinstance(signal, TypingNow)
    assert (signal.author.value, signal.is_on) == ("agent", True)


async def test_a_read_mark_never_goes_back_nor_beyond_the_end(floor: Floor, amy: Agent) -> None:
    await floor.desk.read(amy, sid("v1"), 99)
    assert (await floor.session("v1")).agent_read_seq == 3
    version = (await floor.session("v1")).version
    await floor.desk.read(amy, sid("v1"), 1)
    assert (await floor.session("v1")).version == version


# ---- letting go -----------------------------------------------------------------------------------------------------------------


async def test_a_transfer_to_a_queue_takes_the_context_and_the_comment_along(floor: Floor, amy: Agent) -> None:
    bob = await floor.hire("bob")
    await floor.say("v1", "it was order 42")
    await floor.desk.transfer(amy, sid("v1"), queue=QueueName("default"), comment="needs a refund")
    handoff = await floor.handoff("v1")
    assert (handoff.stage, handoff.reason, handoff.packet.comment) == (Stage.QUEUED, Reason.TRANSFER, "needs a refund")
    assert (handoff.packet.wish, handoff.packet.trigger) == ("it was order 42", "transfer")
    assert (await floor.words("v1"))[-1] == "system: You are being passed to another colleague. One moment, please."
    await floor.engine.round()
    assert await floor.offered_to("v1") == "bob"
    session = await floor.desk.accept(bob, sid("v1"))
    assert session.agent_name == "Bob"


async def test_a_transfer_to_a_colleague_is_offered_to_them_first(floor: Floor, amy: Agent) -> None:
    await floor.hire("bob")
    await floor.hire("zoe")
    await floor.desk.transfer(amy, sid("v1"), to_agent=AgentId("zoe"))
    await floor.engine.round()
    assert await floor.offered_to("v1") == "zoe"


async def test_a_transfer_to_somebody_who_is_gone_is_refused(floor: Floor, amy: Agent) -> None:
    await floor.hire("bob", status=AgentStatus.AWAY)
    with pytest.raises(Conflict, match="Bob is not there: choose somebody else, or the queue default"):
        await floor.desk.transfer(amy, sid("v1"), to_agent=AgentId("bob"))
    with pytest.raises(NotFound):
        await floor.desk.transfer(amy, sid("v1"), queue=QueueName("nowhere"))
    with pytest.raises(BadInput):
        await floor.desk.transfer(amy, sid("v1"))
    assert (await floor.session("v1")).agent_id == "amy"


async def test_only_a_supervisor_takes_a_session_over(floor: Floor, amy: Agent) -> None:
    bob, eve = await floor.hire("bob"), await floor.hire("eve", role=Role.SUPERVISOR)
    with pytest.raises(Conflict, match="Amy has this session"):
        await floor.desk.transfer(bob, sid("v1"), to_agent=bob.id)
    session = await floor.desk.transfer(eve, sid("v1"), to_agent=eve.id)
    assert (session.state, session.agent_name) == (State.ACTIVE, "Eve")
    assert await floor.store.held_units() == {"eve": 1}
    with pytest.raises(Conflict, match="Eve has this session"):
        await floor.desk.reply(amy, sid("v1"), "hello?")


async def test_taking_over_does_not_count_as_a_short_wait(floor: Floor, amy: Agent) -> None:
    eve = await floor.hire("eve", role=Role.SUPERVISOR)
    await floor.desk.transfer(eve, sid("v1"), to_agent=eve.id)
    assert len(await floor.store.recent_waits(QueueName("default"), 10)) == 1


async def test_back_with_the_bot_it_starts_afresh(floor: Floor, amy: Agent) -> None:
    session = await floor.desk.return_to_bot(amy, sid("v1"))
    assert (session.state, session.agent_id, session.memory) == (State.BOT, None, BotMemory())
    assert (await floor.handoff("v1")).stage is Stage.COMPLETED
    assert (await floor.words("v1"))[-1] == "system: Amy has left; the assistant is back to help you."
    assert await floor.store.held_units() == {}


async def test_what_the_bot_missed_before_does_not_hand_off_again_after_the_return(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1", memory=BotMemory(misses=2, last_text="x", slots={"order": "42"}))
    await floor.desk.accept(amy, sid("v1"))
    assert (await floor.desk.return_to_bot(amy, sid("v1"))).memory == BotMemory(slots={"order": "42"})


async def test_hold_and_resume_are_told_apart_in_the_ledger(floor: Floor, amy: Agent) -> None:
    await floor.desk.hold(amy, sid("v1"))
    assert (await floor.words("v1"))[-1] == "system: Amy is looking into it. One moment, please."
    floor.clock.advance(30)
    assert (await floor.desk.resume(amy, sid("v1"))).state is State.ACTIVE
    last = (await floor.store.intervals(sid("v1")))[-1]
    assert (last.state, last.agent_id, last.ended_at - last.started_at) == (State.ON_HOLD, "amy", timedelta(seconds=30))


async def test_closing_tells_the_customer_asks_how_it_was_and_frees_the_agent(floor: Floor, amy: Agent) -> None:
    before = await floor.session("v1")
    subscription = await floor.bus.subscribe(thread_topic(before.channel, before.thread))
    session = await floor.desk.close(amy, sid("v1"), "resolved")
    assert (session.state, session.close_reason, session.disposition) == (State.CLOSED, CloseReason.RESOLVED, "resolved")
    assert (await floor.words("v1"))[-1] == "system: This conversation has ended. Thank you for writing to us."
    assert (await floor.handoff("v1")).stage is Stage.COMPLETED
    told = [unpack_thread((await anext(aiter(subscription)))[1]) for _ in range(3)]
    assert isinstance(told[-1], SurveyNow)
    assert session.agent_id == "amy"  # whom the survey is about
    with pytest.raises(Conflict, match="closed"):
        await floor.desk.close(amy, sid("v1"), "resolved")


async def test_a_customer_who_comes_back_during_the_wrap_up_frees_the_agent(floor: Floor, amy: Agent) -> None:
    before = await floor.session("v1")
    draft = floor.desk._draft(before)
    draft.move(Move.END)  # the customer has ended the conversation
    await floor.commit(draft.changes(), before)
    assert await floor.store.held_units() == {"amy": 1}
    episodes = Episodes(
        store=floor.store, brain=HandsOff(), door=floor.entrance, channels={SITE: Site()}, texts=TEXTS, clock=floor.clock, ids=floor.ids,
        settings=floor.settings, metrics=Metrics(),
    )  # fmt: skip
    for changes in await episodes.handle(await floor.session("v1"), said("v1", "one more thing")):
        await floor.commit(changes)
    assert (await floor.session("v1")).state is State.CLOSED
    assert await floor.store.held_units() == {}


async def test_spam_is_closed_as_spam(floor: Floor, amy: Agent) -> None:
    assert (await floor.desk.close(amy, sid("v1"), "spam")).close_reason is CloseReason.SPAM


async def test_a_disposition_without_words_is_refused(floor: Floor, amy: Agent) -> None:
    with pytest.raises(BadInput, match="disposition"):
        await floor.desk.close(amy, sid("v1"), " ")
