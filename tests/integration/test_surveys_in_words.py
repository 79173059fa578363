"""How it was, over a channel without a form: asked with the last words, answered by a tap or a number, never under the next question."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.events import Said
from gateway.core.message import Author, Status
from gateway.core.parts import Pick
from gateway.core.session import State
from tests.fakes import FrozenClock
from tests.integration.quota_house import CountedHouse, open_house
from tests.peers.push_channel import texts


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[CountedHouse]:
    async with open_house(tmp_path, clock) as opened:
        yield opened


async def ended(house: CountedHouse) -> str:
    """A conversation that an agent has ended; its session."""
    await house.says("hello")
    await house.agent_takes_it()
    await house.agent_ends_it()
    session = await house.session()
    assert session is not None
    return session.id


async def scores(house: CountedHouse, session: str) -> list[int]:
    found = await house.store.ratings([session])  # type: ignore[list-item]  # as it came from there
    return [rating.score for rating in found.values()]


async def test_a_number_is_the_answer_and_no_conversation_begins_with_it(house: CountedHouse) -> None:
    session = await ended(house)
    worker = house.worker()
    await worker.send_due()
    assert texts(house.channel) == [
        "Goodbye.\nHow was this conversation?\n1. Very bad\n2. Bad\n3. So-so\n4. Good\n5. Very good\nReply with a number from 1 to 5."
    ]
    await house.says("4")
    await worker.send_due()
    assert await scores(house, session) == [4]
    newest = await house.session()
    assert newest is not None
    assert (newest.id, newest.state) == (session, State.CLOSED)
    assert texts(house.channel)[1:] == ["Thank you for telling us."]


async def test_a_question_after_the_end_begins_the_next_conversation_and_a_late_tap_still_counts(house: CountedHouse) -> None:
    session = await ended(house)
    await house.says("one more thing")
    newest = await house.session()
    assert newest is not None
    assert newest.episode == 2
    await house.does(Said((Pick(f"rate/{session}/5", "Very good"),)))
    assert await scores(house, session) == [5]
    assert (await house.said())[-1] == ("Thank you for telling us.", Status.PENDING)


async def test_nobodys_session_is_rated_from_another_conversation(house: CountedHouse) -> None:
    await house.says("hello")
    await house.does(Said((Pick("rate/01ABC/5", "Very good"),)))
    assert (await house.said(Author.BOT))[-1][0] == "answer to Very good"


async def test_last_words_take_what_was_left_to_people(house: CountedHouse) -> None:
    await house.says("long")
    worker = house.worker()
    await worker.send_due()
    await house.agent_takes_it()
    await house.agent_ends_it()
    await worker.send_due()
    assert texts(house.channel)[-1].startswith("Goodbye.")
    assert house.channel.refused == []


async def test_last_words_that_may_not_go_out_are_not_said_under_the_next_question(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(48 * 3600)
    await house.agent_ends_it()
    await worker.send_due()
    await house.says("a new question")
    await worker.send_due()
    assert texts(house.channel) == ["answer to a new question"]
    assert [status for _, status in await house.said(Author.SYSTEM)] == [Status.REFUSED]
