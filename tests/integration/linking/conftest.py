"""A visitor with a chat on the website, beside an account that makes codes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.chat_world import ChatWorld, Client, chat_world
from tests.integration.linking.scans import Account


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
async def world(tmp_path: Path, account: Account) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, channels={"oa": account}) as running:
        yield running


@pytest.fixture
async def visitor(world: ChatWorld) -> Client:
    client = await world.visitor()
    await client.say("where is my parcel", "c1")
    await client.messages(2)
    return client
