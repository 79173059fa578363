"""One small bot for all tests: it is never changed by deciding."""

import pytest

from bot import Bot
from bot.normalize import TextNormalizer
from bot.scripts import ScriptTables
from tests.unit.bot.shop import shop_bot


@pytest.fixture(scope="session")
def bot() -> Bot:
    return shop_bot()


@pytest.fixture(scope="session")
def normalizer() -> TextNormalizer:
    return TextNormalizer(ScriptTables())
