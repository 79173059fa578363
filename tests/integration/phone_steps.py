"""What tests of calls say and wait for, in the words of whoever calls and answers."""

from gateway.core.calls import Topic, TopQuestion
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, Handoff
from gateway.core.ids import EntryId
from gateway.core.message import Author, Message
from gateway.core.session import State
from tests.integration.phone_house import PhoneHouse, until
from tests.peers.phone_line import Caller

PHONE = "sip:107@10.0.0.2"


class SmallMenus:
    """Two categories."""

    async def menu(self, language: str) -> tuple[Topic, ...]:
        titles = {"refund-time": "How long does a refund take?", "refund-way": "How do I get a refund?"}
        questions = tuple(TopQuestion(entry=EntryId(f"entry:{name}"), text=title) for name, title in titles.items())
        return (Topic(id="returns", title="Returns", questions=questions),) if language == "en" else ()


async def stage_of(world: PhoneHouse) -> CallStage | None:
    call = (await world.session()).call
    return call.stage if call else None


async def comes_to(world: PhoneHouse, *states: State) -> None:
    """Until the caller's session is in one of these."""
    for _ in range(4_000):
        if (await world.session()).state in states:
            return
        await until(lambda: True)
        await world.later(0.01)
    raise AssertionError(f"expected {states}, got {(await world.session()).state}")


async def reaches(world: PhoneHouse, stage: CallStage) -> None:
    for _ in range(4_000):
        if await stage_of(world) is stage:
            return
        await world.later(0.01)
    raise AssertionError(f"expected {stage}, got {await stage_of(world)}")


async def waiting(world: PhoneHouse, keys: str = "20") -> Caller:
    """A caller in the queue."""
    caller = world.line.rings()
    await world.hears(caller, "For English, press two")
    caller.presses(keys)
    await world.hears(caller, "To be called back")
    return caller


async def offered(world: PhoneHouse, agent: Agent) -> None:
    await world.house.desk.heartbeat(agent.id)
    await world.house.engine.round()


async def accepted(world: PhoneHouse, agent: Agent) -> None:
    await offered(world, agent)
    await world.house.desk.accept(agent, (await world.session()).id)


async def handoff_of(world: PhoneHouse) -> Handoff:
    handoff_id = (await world.session()).handoff_id
    assert handoff_id is not None
    handoff = await world.house.store.handoff(handoff_id)
    assert handoff is not None
    return handoff


async def is_told(world: PhoneHouse, part: object) -> None:
    for _ in range(4_000):
        if by_customer(await world.messages())[-1:] == [part]:
            return
        await world.later(0.01)
    raise AssertionError(f"expected {part}, got {by_customer(await world.messages())}")


def by_customer(messages: list[Message]) -> list[object]:
    return [part for message in messages if message.author is Author.CUSTOMER for part in message.parts]
