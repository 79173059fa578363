"""Who a session's customer is: their addresses with how each was verified, and undoing or confirming a link."""

from typing import Any

from aiohttp import web
from msgspec import Struct

from gateway.core.contact import CUSTOMER, Address, AddressKind, Identity
from gateway.core.handoff import Agent
from gateway.core.ids import SessionId
from gateway.web.auth import route
from gateway.web.bodies import answer, read_json
from gateway.web.deps import DEPS
from handoff.identities import Suggestion, Who, key_of, may_part

View = dict[str, Any]

_TAIL_CHARS = 6
_OPAQUE = frozenset({AddressKind.OPENID, AddressKind.UNIONID, AddressKind.WECOM_USER, AddressKind.VISITOR})
"""Ids that say nothing to people: their end tells two apart."""


class Named(Struct, frozen=True):
    """Which one: the `key` of an identity or of a suggestion."""

    key: str


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/sessions/{id}/identities", who),
        route("POST", "/desk/api/sessions/{id}/identities/link", link),
        route("POST", "/desk/api/sessions/{id}/identities/unlink", unlink),
    ]


async def who(request: web.Request, agent: Agent) -> web.Response:
    """The customer's addresses, and who else they may be."""
    return answer(_who(await request.app[DEPS].desk.who(agent, _session(request))))


async def unlink(request: web.Request, agent: Agent) -> web.Response:
    """Undo a link: the address is somebody of its own again."""
    desk, given = request.app[DEPS].desk, await read_json(request, Named)
    await desk.unlink(agent, _session(request), given.key)
    return answer(_who(await desk.who(agent, _session(request))))


async def link(request: web.Request, agent: Agent) -> web.Response:
    """Confirm a suggestion: both are one customer."""
    desk, given = request.app[DEPS].desk, await read_json(request, Named)
    await desk.link(agent, _session(request), given.key)
    return answer(_who(await desk.who(agent, _session(request))))


def _session(request: web.Request) -> SessionId:
    return SessionId(request.match_info["id"])


def _who(one: Who) -> View:
    return {
        "contact_id": one.contact.id if one.contact else None,
        "identities": [_identity(identity, one) for identity in one.identities],
        "suggestions": [_suggestion(suggestion) for suggestion in one.suggestions],
        "may_change": one.may_change,
    }


def _identity(identity: Identity, one: Who) -> View:
    place = one.places.get(identity.address)
    return {
        "key": key_of(identity.address),
        "kind": identity.address.kind,
        "value": shortened(identity.address),
        "channel": place.channel if place else None,
        "session_id": place.id if place and place.id in one.readable else None,
        "verified_by": identity.verified_by,
        "at": identity.at,
        "linked_by": one.names.get(identity.linked_by) or (identity.linked_by if identity.linked_by != CUSTOMER else None) or None,
        "may_unlink": one.may_change and may_part(identity, one.identities),
    }


def _suggestion(one: Suggestion) -> View:
    """Little of it: nobody has said yet that the reader may know more of them."""
    contact = one.contact
    return {
        "key": one.key,
        "why": one.why,
        "name": contact.name if contact else "",
        "email": masked(contact.email) if contact and "email" in one.why else None,
        "phone": masked(contact.phone) if contact and "phone" in one.why else None,
        "identities": [{"kind": identity.address.kind, "value": masked(identity.address.value)} for identity in one.identities],
    }


def shortened(address: Address) -> str:
    """An address as people can tell it from others."""
    if address.kind not in _OPAQUE or len(address.value) <= _TAIL_CHARS:
        return address.value
    return f"…{address.value[-_TAIL_CHARS:]}"


def masked(value: str | None) -> str:
    """Enough of it to see whether it is the same: the ends, and where a mail goes."""
    if not value:
        return ""
    local, sign, domain = value.partition("@")
    if sign:
        return f"{local[:1]}***@{domain}"
    return f"{value[:3]}***{value[-2:]}" if len(value) > 7 else f"***{value[-2:]}"
