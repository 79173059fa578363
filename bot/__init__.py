"""The FAQ bot: a knowledge base and a question in, a decision out. Pure."""

from bot.decide import TEXT_KEYS, Bot
from bot.entries import Entry

__all__ = ["TEXT_KEYS", "Bot", "Entry"]
