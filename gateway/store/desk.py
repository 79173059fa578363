"""Reading what the desk works with: handoffs, agents, cases, contacts; and logins."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.core.changes import LinkCode
from gateway.core.contact import Address, Contact, Identity, Proof
from gateway.core.desk import CannedReply, FilledForm, Setting
from gateway.core.handoff import Agent, Case, CaseStatus, Handoff
from gateway.core.ids import AgentId, CaseId, ChannelName, ContactId, HandoffId, QueueName, SessionId
from gateway.core.ports import Page
from gateway.store.paging import cursor, page, place
from gateway.store.rows import (
    address_key,
    agent_of,
    canned_reply_of,
    case_of,
    channel_of,
    contact_of,
    form_of,
    handoff_of,
    identity_of,
    link_code_of,
    micros,
    name_key,
    setting_of,
)
from gateway.store.steps import Fetch, Steps, Write

_HANDOFF = "SELECT body FROM handoff WHERE id = ?"
_OPEN = "SELECT body FROM handoff WHERE stage IN ('queued', 'offered') ORDER BY requested_at, id"
_HELD = "SELECT agent_id, sum(units) FROM handoff WHERE stage IN ('offered', 'accepted') AND agent_id IS NOT NULL GROUP BY agent_id"
_WAITS = (
    "SELECT accepted_at - requested_at FROM handoff WHERE queue = ? AND accepted_at IS NOT NULL ORDER BY accepted_at DESC, id DESC LIMIT ?"
)
_WAITS_BY_CHANNEL = (
    "SELECT handoff.accepted_at - handoff.requested_at, session.thread_key FROM handoff JOIN session ON session.id = handoff.session_id "
    "WHERE handoff.queue = ? AND handoff.accepted_at IS NOT NULL ORDER BY handoff.accepted_at DESC, handoff.id DESC LIMIT ?"
)
WAITS_EFFORT = 8
"""How many times as many waits are looked through for those of some channels."""
_AGENT = "SELECT body FROM agent WHERE id = ?"
_AGENT_BY_NAME = "SELECT body FROM agent WHERE name_key = ?"
_AGENTS = "SELECT body FROM agent ORDER BY name_key"
_CASE = "SELECT body FROM service_case WHERE id = ?"
_CASE_OF_SESSION = "SELECT body FROM service_case WHERE session_id = ? ORDER BY opened_at DESC, id DESC LIMIT 1"
_CASES = "SELECT opened_at, id, body FROM service_case WHERE status = ANY(?) AND (opened_at, id) > (?, ?) ORDER BY opened_at, id LIMIT ?"
_CONTACT = "SELECT body FROM contact WHERE id = ?"
_IDENTITIES = "SELECT address, body FROM identity WHERE address = ANY(?) ORDER BY id"
_LINKS_OF_CONTACT = (
    "SELECT body FROM identity WHERE address IN (SELECT named.address FROM identity AS named WHERE named.contact_id = ?) ORDER BY id"
)
_LINK_CODE = "SELECT body FROM link_code WHERE id = ?"
_FORMS = "SELECT body FROM filled_form WHERE address = ? ORDER BY at DESC, id DESC LIMIT ?"
_CANNED_REPLIES = "SELECT body FROM canned_reply"
_CANNED_REPLY = "SELECT body FROM canned_reply WHERE id = ?"
_SETTING = "SELECT body FROM setting WHERE id = ?"
_SETTINGS = "SELECT body FROM setting WHERE substr(id, 1, ?) = ? ORDER BY id"
_PUT_LOGIN = (
    "INSERT INTO login (token_hash, agent_id, expires_at) VALUES (?, ?, ?) "
    "ON CONFLICT (token_hash) DO UPDATE SET agent_id = excluded.agent_id, expires_at = excluded.expires_at"
)
_LOGIN = "SELECT agent_id FROM login WHERE token_hash = ? AND expires_at > ?"
_DROP_EXPIRED = "DELETE FROM login WHERE expires_at <= ?"
_DROP_LOGIN = "DELETE FROM login WHERE token_hash = ?"
_DROP_LOGINS = "DELETE FROM login WHERE agent_id = ? AND token_hash <> ?"


def handoff(handoff_id: HandoffId) -> Steps[Handoff | None]:
    rows = yield Fetch(_HANDOFF, (handoff_id,))
    return handoff_of(rows[0][0]) if rows else None


def open_handoffs(known: Mapping[str, Handoff]) -> Steps[dict[str, Handoff]]:
    """By their text, so that the next call reads only what has changed: a line of mails may be long, and is looked at each second."""
    return {text: known.get(text) or handoff_of(text) for (text,) in (yield Fetch(_OPEN))}


def held_units() -> Steps[dict[AgentId, int]]:
    return {AgentId(agent_id): int(units) for agent_id, units in (yield Fetch(_HELD))}


def recent_waits(queue: QueueName, limit: int, channels: Sequence[ChannelName] | None) -> Steps[list[float]]:
    if channels is None:
        return [waited_us / 1_000_000 for (waited_us,) in (yield Fetch(_WAITS, (queue, limit)))]
    rows = yield Fetch(_WAITS_BY_CHANNEL, (queue, limit * WAITS_EFFORT))
    return [waited_us / 1_000_000 for waited_us, thread in rows if channel_of(thread) in channels][:limit]


def agent(agent_id: AgentId) -> Steps[Agent | None]:
    rows = yield Fetch(_AGENT, (agent_id,))
    return agent_of(rows[0][0]) if rows else None


def agent_by_name(name: str) -> Steps[Agent | None]:
    rows = yield Fetch(_AGENT_BY_NAME, (name_key(name),))
    return agent_of(rows[0][0]) if rows else None


def agents() -> Steps[list[Agent]]:
    return [agent_of(text) for (text,) in (yield Fetch(_AGENTS))]


def case(case_id: CaseId) -> Steps[Case | None]:
    rows = yield Fetch(_CASE, (case_id,))
    return case_of(rows[0][0]) if rows else None


def case_of_session(session_id: SessionId) -> Steps[Case | None]:
    rows = yield Fetch(_CASE_OF_SESSION, (session_id,))
    return case_of(rows[0][0]) if rows else None


def cases(statuses: Sequence[CaseStatus], limit: int, after: str) -> Steps[Page]:
    rows = yield Fetch(_CASES, ([status.value for status in statuses], *place(after), limit + 1))
    return page(rows, limit, lambda row: case_of(row[2]), cursor)


def contact(contact_id: ContactId) -> Steps[Contact | None]:
    rows = yield Fetch(_CONTACT, (contact_id,))
    return contact_of(rows[0][0]) if rows else None


def identities(address_keys: Sequence[str]) -> Steps[dict[str, Identity]]:
    """Of each address the newest checked row, else the newest."""
    newest: dict[str, Identity] = {}
    for key, text in (yield Fetch(_IDENTITIES, (list(address_keys),))):
        link = identity_of(text)
        if link.verified_by is not Proof.NONE or key not in newest or newest[key].verified_by is Proof.NONE:
            newest[key] = link
    return newest


def identities_of(contact_id: ContactId) -> Steps[list[Identity]]:
    newest: dict[Address, Identity] = {}
    for (text,) in (yield Fetch(_LINKS_OF_CONTACT, (contact_id,))):
        link = identity_of(text)
        if link.verified_by is not Proof.NONE:
            newest.pop(link.address, None)  # the oldest of those that hold comes first
            newest[link.address] = link
    return [link for link in newest.values() if link.contact_id == contact_id]


def link_code(code_id: str) -> Steps[LinkCode | None]:
    rows = yield Fetch(_LINK_CODE, (code_id,))
    return link_code_of(rows[0][0]) if rows else None


def forms(address: Address, limit: int) -> Steps[list[FilledForm]]:
    return [form_of(text) for (text,) in (yield Fetch(_FORMS, (address_key(address), limit)))]


def canned_replies() -> Steps[list[CannedReply]]:
    replies = [canned_reply_of(text) for (text,) in (yield Fetch(_CANNED_REPLIES))]
    return sorted(replies, key=lambda reply: (name_key(reply.shortcut), reply.id))


def canned_reply(reply_id: str) -> Steps[CannedReply | None]:
    rows = yield Fetch(_CANNED_REPLY, (reply_id,))
    return canned_reply_of(rows[0][0]) if rows else None


def setting(name: str) -> Steps[Setting | None]:
    rows = yield Fetch(_SETTING, (name,))
    return setting_of(rows[0][0]) if rows else None


def settings(prefix: str) -> Steps[list[Setting]]:
    return [setting_of(text) for (text,) in (yield Fetch(_SETTINGS, (len(prefix), prefix)))]


def put_login(token_hash: str, agent_id: AgentId, expires_at: datetime, now: datetime) -> Steps[None]:
    yield Write(_DROP_EXPIRED, [(micros(now),)])
    yield Write(_PUT_LOGIN, [(token_hash, agent_id, micros(expires_at))])


def login(token_hash: str, now: datetime) -> Steps[AgentId | None]:
    rows = yield Fetch(_LOGIN, (token_hash, micros(now)))
    return AgentId(rows[0][0]) if rows else None


def drop_login(token_hash: str) -> Steps[None]:
    yield Write(_DROP_LOGIN, [(token_hash,)])


def drop_logins(agent_id: AgentId, but: str) -> Steps[None]:
    yield Write(_DROP_LOGINS, [(agent_id, but)])
