"""Who owns the turn that an event starts. Pure."""

from enum import StrEnum
from typing import assert_never

from gateway.core.session import Controller, Session


class Owner(StrEnum):
    """Who has to do something about what the customer said."""

    BOT = "bot"
    PEOPLE = "people"
    """An agent, or the queue on the way to one: the words are recorded and shown, nobody else answers."""
    NEW_EPISODE = "new_episode"
    """The session is over, or there was none: a new one begins, with the bot."""


def owner(session: Session | None) -> Owner:
    """Who owns the next turn of a thread whose newest session is this one."""
    if session is None:
        return Owner.NEW_EPISODE
    match session.controller:
        case Controller.BOT:
            return Owner.BOT
        case Controller.QUEUE | Controller.AGENT:
            return Owner.PEOPLE
        case Controller.SURVEY | Controller.NOBODY:
            return Owner.NEW_EPISODE
        case unknown:
            assert_never(unknown)
