"""What needs no knowledge base: a wish for a person, anger, small talk. All of them read plain text (see `normalize`)."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from bot import smalltalk, wishes
from bot.anger import ANGER
from gateway.core.expressions import expression


class Topic(StrEnum):
    """What a rule recognised."""

    PERSON = "person"
    ANGER = "anger"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    BOT = "bot"
    SMALLTALK = "smalltalk"


class Hit(Struct, frozen=True):
    """A rule that holds: its topic, and the words that set it off."""

    topic: Topic
    words: str


class Rules(Protocol):
    """Recognises what must not be left to similarity."""

    def person(self, plain: str) -> Hit | None:
        """An explicit wish to talk to a person."""
        ...

    def anger(self, plain: str) -> Hit | None:
        """Abuse, a threat, a complaint about us: a person should see it."""
        ...

    def smalltalk(self, plain: str) -> Hit | None:
        """A greeting, thanks, a goodbye, talk about the bot: only when that is the whole message."""
        ...


class WordRules:
    """The rules for Chinese and English: tight, because a wrong hit takes a question away from the knowledge base."""

    def person(self, plain: str) -> Hit | None:
        text = _REPEATED.sub(r"\1", plain)
        if len(text) > PERSON_MAX_CHARS:
            return None
        if whole := wishes.WHOLE.match(text):
            return Hit(Topic.PERSON, whole[0])
        for pattern in wishes.SAID:
            if (said := pattern.search(text)) and not wishes.REFUSED.search(text[: said.start()]) and not wishes.SOMEONE_ELSE.search(text):
                return Hit(Topic.PERSON, said[0])
        return None

    def anger(self, plain: str) -> Hit | None:
        hit = ANGER.search(plain)
        return Hit(Topic.ANGER, hit[0]) if hit else None

    def smalltalk(self, plain: str) -> Hit | None:
        if len(plain) > SMALLTALK_MAX_CHARS:
            return None
        for topic, pattern in _SMALLTALK:
            if pattern.match(plain):
                return Hit(topic, plain)
        return None


PERSON_MAX_CHARS = 120
"""Longer messages hold a story; whoever wants a person in one says it again, shorter, or is found by the answer's low confidence."""
SMALLTALK_MAX_CHARS = 40

_REPEATED = expression(r"^(.{2,8}?) ?(?:\1 ?)+$")
_SMALLTALK = (
    (Topic.GREETING, smalltalk.GREETING), (Topic.GOODBYE, smalltalk.GOODBYE), (Topic.THANKS, smalltalk.THANKS),
    (Topic.BOT, smalltalk.ABOUT_BOT), (Topic.SMALLTALK, smalltalk.SMALL),
)  # fmt: skip
