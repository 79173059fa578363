"""The road of entries' actions: a configured system is asked over HTTP, and its answer becomes words.

An entry names its target; the address, the secrets and what is told of the customer stand in `[bot.actions.NAME]` alone. Whatever goes
wrong is a failure with a reason of ours: neither an address nor a word of the answer gets into it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from urllib.parse import quote

from bot import Bot
from bot.actions import Action, Outcome, Verdict, outcome, request
from bot.templates import Missing
from config.schema import Action as Target
from gateway.breaker import Breaker
from gateway.calling import Caller, Unfit, below
from gateway.core.contact import AddressKind
from gateway.core.decision import Looking, Lookup
from gateway.core.events import Found, LookedUp
from gateway.core.ports import Clock
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.secrecy import shown

log = logging.getLogger(__name__)

NOTHING_TEXT = "bot.action_nothing"
HEADER_MAX_CHARS = 500
_FOUND = {Verdict.ANSWER: Found.ANSWER, Verdict.NOTHING: Found.NOTHING, Verdict.PERSON: Found.PERSON, Verdict.FAILURE: Found.FAILURE}


class _Peer:
    """One target: how many calls of ours are on their way, and whether it is worth calling."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.places = asyncio.Semaphore(target.at_once)
        self.breaker = Breaker()


class HttpRoad:
    """Asks configured systems."""

    def __init__(
        self, targets: Mapping[str, Target], *, bot: Callable[[], Bot | None], caller: Caller, texts: Texts, clock: Clock, lookup_s: float
    ) -> None:  # fmt: skip
        """`bot` is the one that is live now."""
        self._peers = {name: _Peer(target) for name, target in targets.items()}
        self._bot = bot
        self._caller = caller
        self._texts = texts
        self._clock = clock
        self._lookup_s = lookup_s

    async def ask(self, session: Session, current: Looking) -> LookedUp:
        """What came of it. Raises TimeoutError when the peer's places stay taken for too long: the caller has the deadline."""
        lookup, bot = current.decision.lookup, self._bot()
        action = bot.action(lookup.entry) if lookup and bot else None
        peer = self._peers.get(action.http.target) if action else None
        if lookup is None or action is None or peer is None:
            return _failed(session, current, "no target" if action else "no action")
        started_s = self._clock.monotonic()
        if peer.breaker.rests(started_s):
            return _failed(session, current, "resting")
        async with peer.places:
            found, status = await self._asked(peer, action, lookup, session, current.decision.language)
        took_ms = round((self._clock.monotonic() - started_s) * 1000)
        slots = shown(lookup.slots, lookup.secret)
        why = {"target": action.http.target, "slots": slots, "ms": took_ms, **({"status": status} if status else {})}
        return self._told(session, current, action, found, why)

    async def _asked(self, peer: _Peer, action: Action, lookup: Lookup, session: Session, language: str) -> tuple[Outcome, int]:
        """The outcome, and the status (0: none came)."""
        try:
            asked = request(action, lookup.slots, language)
            if asked.method not in peer.target.methods:
                return Outcome(verdict=Verdict.FAILURE, reason="method not allowed"), 0
            address = below(peer.target.base_url, asked.path, asked.query)
        except (Missing, Unfit) as error:
            return Outcome(verdict=Verdict.FAILURE, reason=error.reason if isinstance(error, Unfit) else f"no {error}"), 0
        try:
            answer = await self._caller.call(
                asked.method, address, headers={**peer.target.headers, **told_of(session, peer.target, language)}, json=asked.json,
                timeout_s=asked.timeout_s or self._lookup_s,
            )  # fmt: skip
        except Unfit as error:
            self._note(peer, session, error.reason)
            return Outcome(verdict=Verdict.FAILURE, reason=error.reason), 0
        self._note(peer, session, f"status {answer.status}" if answer.status >= 500 else "")
        return outcome(action, answer.status, answer.body, shown(lookup.slots, lookup.secret), language), answer.status

    def _note(self, peer: _Peer, session: Session, failure: str) -> None:
        peer.breaker.went(self._clock.monotonic(), well=not failure)
        if failure:
            log.warning("a system that an action asks has failed", extra={"session": session.id, "reason": failure})

    def _told(self, session: Session, current: Looking, action: Action, found: Outcome, why: dict[str, object]) -> LookedUp:
        result = LookedUp(
            session=session.id, id=current.id, found=_FOUND[found.verdict], text=found.text, queue=found.queue, reason=found.reason, why=why
        )
        if found.verdict is not Verdict.NOTHING:
            return result
        slot = action.slots[-1] if action.slots else None
        if slot is not None and session.memory.asked_count >= slot.tries:
            return LookedUp(session=session.id, id=current.id, found=Found.PERSON, reason="not found", why=why)
        text = found.text or self._texts.say(NOTHING_TEXT, current.decision.language)
        return LookedUp(session=session.id, id=current.id, found=Found.NOTHING, text=text, asks=slot.name if slot else "", why=why)


def told_of(session: Session, target: Target, language: str) -> dict[str, str]:
    """The headers that tell who asks: only those that the operator has named."""
    address = session.address
    facts = {
        "contact": session.contact_id or "", "address": f"{address.kind.value}:{address.issuer}:{address.value}",
        "verified": "jwt" if address.kind is AddressKind.SITE_USER else "none", "session": session.id, "channel": session.channel,
        "language": language,
    }  # fmt: skip
    return {name: quote(facts[fact], safe=" :@/+,;=!~*'()")[:HEADER_MAX_CHARS] for name, fact in target.customer.items()}


def _failed(session: Session, current: Looking, reason: str) -> LookedUp:
    return LookedUp(session=session.id, id=current.id, found=Found.FAILURE, reason=reason)
