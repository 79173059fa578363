"""Who else takes part in a turn, as the turn sees them."""

from typing import Protocol

from gateway.core.decision import Decision, Lookup
from gateway.core.draft import Draft
from gateway.core.handoff import Case


class FrontDoor(Protocol):
    """How a session gets to people: the handoff's side of a turn."""

    async def enter(self, draft: Draft, wish: str, decision: Decision) -> None:
        """Put the session in a queue, or open a case where nobody is there; the customer is told either way. Reads, never writes."""
        ...

    async def heard(self, draft: Draft) -> None:
        """The customer has written to people who have the session, or in whose queue it is. Reads, never writes."""
        ...

    async def leave(self, draft: Draft) -> None:
        """The customer is gone: the session's entry leaves the queue, or its agent's hands, whose units are free. Reads, never writes."""
        ...

    async def back_in_line(self, draft: Draft, notice: str) -> None:
        """Its agent's phone failed the caller: back to their old place, which they are told (`call.NOTICE`). Reads, never writes."""
        ...

    def take_contact(self, draft: Draft, case: Case, text: str) -> bool:
        """Where `text` holds an email address or a phone number: note it in the case and confirm. False: it holds none."""
        ...


class Wording(Protocol):
    """Who may say an answer in better words."""

    def wanted(self, decision: Decision) -> Lookup | None:
        """What to ask for, where this decision may be worded by somebody else; None: it is said as it is. At once, without waiting."""
        ...
