"""Filling in a site's form: kept with its time together with whom it makes known, in one transaction, and told to the visitor's tabs."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from adapters.webchat.channel import WebChat
from adapters.webchat.frames import Filled, Form, HoursNow
from adapters.webchat.tokens import Visitor
from gateway.core.changes import Changes
from gateway.core.contact import Contact, Identity, Proof, contact_of
from gateway.core.desk import FilledForm, FormKind
from gateway.core.errors import BadInput, Forged, Repeat
from gateway.core.ids import derived
from gateway.core.session import Session, State
from gateway.core.signals import Filled as FilledSignal
from gateway.core.signals import pack, thread_topic
from gateway.web.chat_forms import Demand, demand, filled_in, made_known
from gateway.web.deps import Deps
from handoff.hours import Calendar
from handoff.telling import signal

STORE_S = 10.0
"""For the record to take a form."""
FORMS_COUNT = 20
"""A visitor's last forms: one of them is today's, or none is."""
_HOURS_LAST_S = 60.0
"""Hours that have no end in sight are looked at again after so long."""


class Forms:
    """What sites ask, and who has answered. One for a process; remembers only when each queue opens and closes next."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._hours: dict[str, tuple[Calendar, HoursNow, float]] = {}

    def asks(self, chat: WebChat) -> bool:
        """Whether the site asks anything at any hour."""
        settings = chat.settings
        return bool(settings.form or settings.consent.version or settings.offline_form)

    def hours(self, chat: WebChat) -> HoursNow | None:
        """Whether people are there for the site, and when that changes; None: always."""
        calendar, now = self._deps.opening.of_queue(chat.settings.queue), self._deps.clock.now()
        if calendar is None:
            return None
        known = self._hours.get(chat.settings.queue)
        if known is None or known[0] is not calendar or known[2] <= now.timestamp():
            known = self._hours[chat.settings.queue] = _looked_up(calendar, now)
        return known[1]

    def due(self, chat: WebChat, session: Session | None) -> Demand | None:
        """What the site asks of whoever comes now. Out of hours that is the offline form, where a conversation begins."""
        hours, is_beginning = self.hours(chat), session is None or session.state is State.CLOSED
        is_offline = chat.settings.offline_form and is_beginning and hours is not None and not hours.open
        return demand(chat.settings, FormKind.OFFLINE if is_offline else FormKind.PRECHAT)

    async def filled(self, visitor: Visitor) -> list[FilledForm]:
        """The visitor's forms, newest first. A user's are those of all their devices."""
        async with asyncio.timeout(STORE_S):
            return await self._deps.store.forms(visitor.address, FORMS_COUNT)

    async def fill(self, chat: WebChat, visitor: Visitor, form: Form, page: str | None) -> tuple[Filled, dict[str, str]]:
        """Keep a form, and say when that was; the same `cid` again gets the same answer. Raises BadInput for what is wrong with it."""
        wanted = demand(chat.settings, FormKind(form.kind)) if form.kind == "prechat" or chat.settings.offline_form else None
        if wanted is None:
            raise BadInput("no_form", f"no form of the kind {form.kind}: this site asks for none")
        fields = filled_in(wanted, form)
        kept = FilledForm(
            id=derived("form", chat.name, visitor.id, form.cid), address=visitor.address, channel=chat.name, kind=wanted.kind,
            consent=wanted.consent.version if wanted.consent else "", fields=fields, page=page, at=self._deps.clock.now(),
        )  # fmt: skip
        async with asyncio.timeout(STORE_S):
            kept = await self._keep(visitor, kept)
        await signal(self._deps.bus, thread_topic(chat.name, visitor.id), pack(FilledSignal(form.cid, kept.at)))
        return Filled(form.cid, kept.at), fields

    async def _keep(self, visitor: Visitor, form: FilledForm) -> FilledForm:
        """The form as it is on record: an earlier copy of it, where there is one."""
        contact, identities = await self._made_known(visitor, form)
        (refused,) = await self._deps.store.commit([Changes(forms=(form,), contacts=(contact,), identities=identities)])
        if isinstance(refused, Repeat):
            known = await self._deps.store.forms(visitor.address, FORMS_COUNT)
            return next((one for one in known if one.id == form.id), form)
        if refused is not None:
            raise refused
        return form

    async def _made_known(self, visitor: Visitor, form: FilledForm) -> tuple[Contact, tuple[Identity, ...]]:
        store, address = self._deps.store, visitor.address
        link = await store.identity(address)
        if visitor.user is None and link is not None and link.verified_by is Proof.JWT:
            raise token_replaced()  # identified at this moment: what comes by the token from before makes nobody known
        contact_id = link.contact_id if link else contact_of(address)
        is_vouched = visitor.user is not None or (link is not None and link.verified_by is not Proof.NONE)
        known = await store.contact(contact_id)
        contact = made_known(known, contact_id, form.fields, form.at, by=address, is_vouched=is_vouched, name=visitor.name)
        proof = Proof.JWT if visitor.user is not None else Proof.NONE
        new = () if link else (Identity(address=address, contact_id=contact_id, verified_by=proof, at=form.at),)
        return contact, new

    async def carry(self, known: Visitor, user: Visitor) -> None:
        """An anonymous visitor turns out to be a user: what was filled in is the user's, on every device, and is not asked again."""
        async with asyncio.timeout(STORE_S):
            forms = await self._deps.store.forms(known.address, FORMS_COUNT)
            there = {form.id for form in await self._deps.store.forms(user.address, FORMS_COUNT)} if forms else set()
            for form in reversed(forms):
                carried = structs.replace(form, id=derived("form", form.id, user.address.issuer, user.user or ""), address=user.address)
                if carried.id not in there:
                    await self._keep(user, carried)


def token_replaced() -> Forged:
    """What is said to a token that was good until its visitor was identified."""
    return Forged("token_invalid", "the token of the last welcome: this one has been replaced")


def name_in(forms: Sequence[FilledForm]) -> str | None:
    """What a visitor wrote as a name, if anything: the newest."""
    return next((form.fields["name"] for form in forms if "name" in form.fields), None)


def _looked_up(calendar: Calendar, now: datetime) -> tuple[Calendar, HoursNow, float]:
    is_open = calendar.is_open(now)
    opens_at, closes_at = (None, calendar.closes_at(now)) if is_open else (calendar.next_open(now), None)
    changes_at = closes_at if is_open else opens_at
    until_s = changes_at.timestamp() if changes_at else now.timestamp() + _HOURS_LAST_S
    return calendar, HoursNow(open=is_open, opens_at=opens_at, closes_at=closes_at), until_s
