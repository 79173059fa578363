"""The desk of a house with two entries, an agent's page and a supervisor's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from config.schema import Bot
from gateway.core.handoff import Role
from tests.integration.desk_house import SETTINGS, House, Page, open_house
from tests.integration.knowledge.shelf import DELIVERY, REFUND
from tests.knowledge import knowledge_file


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    file = knowledge_file(tmp_path, REFUND, DELIVERY)
    async with open_house(tmp_path, structs.replace(SETTINGS, bot=Bot(knowledge=str(file)))) as opened:
        yield opened


@pytest.fixture
async def lin(house: House) -> Page:
    """An agent's page."""
    return (await house.logged_in("lin"))[1]


@pytest.fixture
async def mei(house: House) -> Page:
    """A supervisor's page."""
    return (await house.logged_in("mei", Role.SUPERVISOR))[1]
