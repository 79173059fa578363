"""One small bot for all tests: it is never changed by deciding."""

import pytest

from bot import Bot, load_encoder
from bot.normalize import TextNormalizer
from bot.scripts import ScriptTables
from gateway.knowledge import load_knowledge
from tests.unit.bot.shop import TEXTS, shop_bot


@pytest.fixture(scope="session")
def bot() -> Bot:
    return shop_bot()


@pytest.fixture(scope="session")
def sample() -> Bot:
    """A bot that knows the sample knowledge base."""
    return Bot(load_knowledge(""), texts=TEXTS)


@pytest.fixture(scope="session")
def knowing() -> Bot:
    """The same as customers meet it: with the encoder."""
    return Bot(load_knowledge(""), texts=TEXTS, encoder=load_encoder())


@pytest.fixture(scope="session")
def normalizer() -> TextNormalizer:
    return TextNormalizer(ScriptTables())
