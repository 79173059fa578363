"""A cloud's webhook, verified and read: which call and turn it is about, and the fields that matter."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from adapters.phone.driver import Incoming
from adapters.phone.twiml.dialects import Cloud, number_of
from adapters.phone.twiml.line import PLACES, VOICE
from adapters.phone.twiml.signatures import check
from adapters.phone.twiml.tickets import MINE, Ticket, Tickets, Why, is_leg
from gateway.core.channel import Raw
from gateway.core.errors import BadInput, Forged, NotFound

FIELD_MAX_CHARS = 4_096
HEADERS_MAX_COUNT = 16
NOT_UP = frozenset({"", "queued", "initiated", "ringing"})
_SIP_HEADER = "SipHeader_"
_FIELDS = frozenset(
    (
        "CallSid", "CallStatus", "CallDuration", "AccountSid", "From", "To", "CallerName", "Digits", "FinishedOnKey", "SpeechResult",
        "Confidence", "DialCallStatus", "RecordingSid", "StirVerstat", "DialSipResponseCode", "SipResponseCode",
    )
)  # fmt: skip


class Hook(Struct, frozen=True, kw_only=True):
    """One webhook."""

    ticket: Ticket
    fields: dict[str, str]

    @property
    def is_voice(self) -> bool:
        """The cloud waits for what to do next; else it only tells."""
        return self.ticket.why not in PLACES


def read_hook(cloud: Cloud, key: str, tickets: Tickets, raw: Raw, public_url: str) -> Hook:
    """A webhook. Raises Forged, BadInput, NotFound (there is no such place)."""
    url = public_address(public_url, str(raw.context.get("target") or raw.path))
    found = check(cloud, key, url=url, body=raw.body, headers=raw.headers, now_s=raw.received_at_ms / 1_000)
    fields = {name: value[:FIELD_MAX_CHARS] for name, value in reversed(found) if name in _FIELDS}
    headers = [(name, value[:256]) for name, value in found if name.startswith(_SIP_HEADER)][:HEADERS_MAX_COUNT]
    place = raw.path.rpartition("/")[2]
    if place != VOICE and place not in PLACES.values():
        raise NotFound("there is no such webhook")
    return Hook(ticket=_ticket(tickets, raw.query.get("t", ""), place, fields.get("CallSid", "")), fields={**fields, **dict(headers)})


def public_address(public_url: str, target: str) -> str:
    """What the cloud has called, and signed. A proxy may have taken the path of our public address away."""
    base = urlsplit(public_url)
    prefix = base.path.rstrip("/")
    path = target if target.startswith(f"{prefix}/") else prefix + target
    return f"{base.scheme}://{base.netloc}{path}"


def incoming(hook: Hook, now_s: int) -> Incoming:
    """The call of a webhook. One that another process of ours had before goes on under another id, so that its events are new ones."""
    fields = hook.fields
    sid = fields.get("CallSid", "")
    return Incoming(
        call=sid if is_new(hook) else f"{sid}~{hook.ticket.turn}-{now_s}",
        number=number_of(fields.get("From", "")),
        dialled=fields.get("To", ""),
        name=fields.get("CallerName", ""),
        headers=_headers(fields),
    )


def is_new(hook: Hook) -> bool:
    """It rings. (Where we did not answer, a cloud may begin a call again from its first address.)"""
    return hook.ticket.why is Why.FIRST and hook.fields.get("CallStatus", "") in NOT_UP


def _headers(fields: Mapping[str, str]) -> dict[str, str]:
    """What came with a call by SIP, and what the network vouches for."""
    found = {name.removeprefix(_SIP_HEADER): value for name, value in fields.items() if name.startswith(_SIP_HEADER)}
    return found | ({"stir": fields["StirVerstat"]} if "StirVerstat" in fields else {})


def _ticket(tickets: Tickets, text: str, place: str, sid: str) -> Ticket:
    """What it answers. Without one it is a call that comes in, or news of such a call: as they are set up at the cloud."""
    if text:
        ticket = tickets.read(text)
        if PLACES.get(ticket.why, VOICE) != place:
            raise Forged("forged", "a ticket for this address")
        return ticket
    if place not in (VOICE, PLACES[Why.STATUS]):
        raise Forged("forged", "a ticket that we have written")
    if not is_leg(sid) or sid.startswith(MINE):
        raise BadInput("bad_call", "CallSid, an id of a call")
    return Ticket(why=Why.FIRST if place == VOICE else Why.STATUS, leg=sid)
