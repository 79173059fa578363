"""A question, made ready to be decided."""

from msgspec import Struct, field, structs

from bot.language import reply_language
from bot.ranking import Ranked
from bot.reading import Reader, Reading
from gateway.core.decision import Ask
from gateway.core.session import BotMemory

QUESTION_MAX_CHARS = 500
"""What is remembered of a question, for the follow-up to it."""


class Turn(Struct, frozen=True):
    """A question: as it was asked, what it says (see `Reading`), and the tag of the reply's language."""

    ask: Ask
    said: Reading
    language: str
    beside: str = ""
    """Of a mail what is not looked up, plain: its subject, a story. What warns of danger may stand there."""
    about: str = ""
    """What a mail's subject says that it is about, comparable; "" where that tells nothing."""
    looked_up: dict[str, list[Ranked]] = field(default_factory=dict)
    """What the steps of this turn have looked up so far, by its core: each look costs a millisecond or more."""

    @property
    def plain(self) -> str:
        return self.said.plain

    @property
    def core(self) -> str:
        return self.said.core

    @property
    def whole(self) -> str:
        """All of it in plain text, a mail's subject too."""
        return f"{self.beside} {self.plain}" if self.beside else self.plain

    @property
    def raw(self) -> str:
        """All of it as it was written."""
        return f"{self.ask.subject}\n{self.ask.text}" if self.ask.subject else self.ask.text

    @property
    def memory(self) -> BotMemory:
        """What is remembered from before this turn."""
        return self.ask.memory

    @property
    def follows_answer(self) -> bool:
        """Whether the last thing that the bot did was to answer; small talk in between doesn't count."""
        return bool(self.memory.entries) and self.memory.misses == 0

    def saying(self, text: str, reader: Reader) -> "Turn":
        """This part of what was said, as if it had been all."""
        return structs.replace(self, ask=structs.replace(self.ask, text=text), said=reader.read(text))

    def in_chinese(self) -> "Turn":
        """The same, answered in the session's Chinese, or the first that is offered: for what was typed by its sound."""
        return structs.replace(self, language=reply_language("zh", self.ask.language, self.ask.languages))

    def anew(self, memory: BotMemory) -> "Turn":
        """The same question with another memory."""
        return structs.replace(self, ask=structs.replace(self.ask, memory=memory))
