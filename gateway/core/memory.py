"""What the bot remembers of a session: a value that travels with it."""

from msgspec import Struct, field


class BotMemory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the bot remembers of this session between turns."""

    misses: int = 0
    """Turns in a row that it could not answer."""
    clarifications: int = 0
    """Times in a row that it asked back."""
    offered: tuple[str, ...] = ()
    """Ids of the choices it gave last, in their order: what "the second one" means."""
    last_text: str = ""
    """The last question, normalized: the same again hands off."""
    last_entry: str | None = None
    awaits_contact: bool = False
    """It asked for an email address or a phone number, for the open case."""
    slots: dict[str, str] = field(default_factory=dict)
    """What the customer has told for an action: an order number, for example. Read by the bot and by a handoff's packet."""
    last_question: str = ""
    """The last question as it was said, at most 500 characters: what a follow-up follows."""
    entries: tuple[str, ...] = ()
    """Ids of the entries answered in this session, the newest last, at most eight."""
    rejected: tuple[str, ...] = ()
    """Ids of the entries whose answers did not help, at most eight."""
    helped: tuple[str, ...] = ()
    """Ids of the entries that the customer gave thanks for, at most eight."""
    smalltalk_count: int = 0
    """Turns of small talk in a row."""
    asking: str = ""
    """The slot that the bot has asked for."""
    asks_secret: bool = False
    """It is a secret (a PIN), which nobody is to read."""
    asked_count: int = 0
    """How often in a row it has asked for it."""
    action: str = ""
    """The entry whose action waits for slots."""
