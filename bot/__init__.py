"""The FAQ bot: a knowledge base and a question in, a decision out. Pure."""

from bot.decide import TEXT_KEYS, Bot, prepare
from bot.encoder import Encoder, load_encoder
from bot.entries import Entry
from bot.prepared import Label, Prepared, digest
from bot.trying import Tried

__all__ = ["TEXT_KEYS", "Bot", "Encoder", "Entry", "Label", "Prepared", "Tried", "digest", "load_encoder", "prepare"]
