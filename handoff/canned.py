"""Canned replies: words that agents have ready. Supervisors keep everybody's, each agent their own besides.

A shortcut is unique among everybody's, and among what one agent keeps: an agent gives no reply of theirs a shortcut that everybody's has.
Should one be given to everybody later, an agent's own goes before it for them (`shadowed`): nobody's private words stand in a
supervisor's way. Whoever writes moves a counter of that shelf in the same transaction, so of two who write at once the second looks again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from gateway.core.changes import Changes
from gateway.core.desk import CannedReply, Setting
from gateway.core.errors import Conflict, Faulty, Forbidden, NotFound, StaleSession
from gateway.core.handoff import Agent
from gateway.core.ids import AgentId
from gateway.core.parts import MAX_TEXT_BYTES
from handoff.acting import TRIES, Acting, is_supervisor

SHARED_MAX_COUNT = 1_000
OWN_MAX_COUNT = 200
"""Of each agent."""
TITLE_MAX_CHARS = 100
FOLDER_MAX_CHARS = 64
LANGUAGES_MAX_COUNT = 12

_SHORTCUT = re.compile(r"[\w-]{1,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class ReplyText(Struct, frozen=True, kw_only=True):
    """What somebody writes into a canned reply."""

    shortcut: str
    title: str
    texts: dict[str, str]
    folder: str = ""
    is_shared: bool | None = None
    """None: as it was; a new one is the agent's own."""


class CannedReplies(Acting):
    """List, add, change, drop."""

    async def replies(self, agent: Agent) -> list[CannedReply]:
        """Everybody's and the agent's own, by shortcut."""
        return [reply for reply in await self._store.canned_replies() if reply.owner in (None, agent.id)]

    async def add_reply(self, agent: Agent, given: ReplyText) -> CannedReply:
        """Keep a new one. Raises Faulty, Forbidden (only supervisors write everybody's), Conflict (`shortcut_taken`, `replies_full`)."""
        owner = None if given.is_shared else agent.id
        _check_may_write(agent, owner)
        new = CannedReply(
            id=self._ids.new(), shortcut="", title="", texts={}, owner=owner, updated_at=self._clock.now(), updated_by=agent.id
        )
        return await self._keep(agent, new, _checked(given), "canned_reply_added")

    async def change_reply(self, agent: Agent, reply_id: str, version: int, given: ReplyText) -> CannedReply:
        """Write one anew; `version` is the one that was seen. Raises like `add_reply`, NotFound, and StaleSession where it has changed."""
        before = await self._own_or_shared(agent, reply_id)
        owner = before.owner if given.is_shared is None else (None if given.is_shared else agent.id)
        _check_may_write(agent, owner)
        if before.version != version:
            raise StaleSession("somebody has changed this reply: reload")
        return await self._keep(agent, structs.replace(before, owner=owner), _checked(given), "canned_reply_changed")

    async def drop_reply(self, agent: Agent, reply_id: str, version: int) -> None:
        """Forget one. Raises NotFound, Forbidden, and StaleSession where it has changed."""
        reply = await self._own_or_shared(agent, reply_id)
        audit = self._audit(agent.id, "canned_reply_dropped", reply.id, shortcut=reply.shortcut, is_shared=reply.owner is None)
        changes = Changes(dropped_canned_replies=((reply.id, version),), audits=(audit,))
        (outcome,) = await self._store.commit([changes])
        if outcome is not None:
            raise outcome
        await self._tell(None, changes)

    async def _own_or_shared(self, agent: Agent, reply_id: str) -> CannedReply:
        """Raises NotFound, also for a colleague's own: that it exists is not told."""
        reply = await self._store.canned_reply(reply_id)
        if reply is None or reply.owner not in (None, agent.id):
            raise NotFound("no such reply")
        _check_may_write(agent, reply.owner)
        return reply

    async def _keep(self, agent: Agent, reply: CannedReply, fields: Mapping[str, Any], action: str) -> CannedReply:
        """Write a reply's next version, with its shelf's counter: what is checked here still holds when it is written."""
        now = self._clock.now()
        following = structs.replace(reply, version=reply.version + 1, updated_at=now, updated_by=agent.id, **fields)
        audit = self._audit(agent.id, action, reply.id, shortcut=following.shortcut, is_shared=following.owner is None)
        for _ in range(TRIES):
            shelf = await self._shelf(agent, following.owner)
            _check_room(await self._store.canned_replies(), following, agent.id)
            changes = Changes(canned_replies=(following,), settings=(shelf,), audits=(audit,))
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(None, changes)
                return following
            stored = await self._store.canned_reply(reply.id)
            if (stored.version if stored else 0) != reply.version:
                raise outcome
        raise StaleSession("the replies keep changing: try again")

    async def _shelf(self, agent: Agent, owner: AgentId | None) -> Setting:
        """The next version of the counter that everybody moves who writes on this shelf."""
        name = f"replies/{owner or ''}"
        known = await self._store.setting(name)
        return Setting(name=name, value=None, at=self._clock.now(), by=agent.id, version=known.version + 1 if known else 1)


def shadowed(replies: Sequence[CannedReply]) -> set[str]:
    """Ids of everybody's replies whose shortcut one of the agent's own has: that one is meant."""
    own = {reply.shortcut.casefold() for reply in replies if reply.owner is not None}
    return {reply.id for reply in replies if reply.owner is None and reply.shortcut.casefold() in own}


def _check_may_write(agent: Agent, owner: AgentId | None) -> None:
    if owner is None and not is_supervisor(agent):
        raise Forbidden("only a supervisor writes everybody's replies")


def _check_room(replies: Sequence[CannedReply], new: CannedReply, writer: AgentId) -> None:
    """Raises Conflict where the shortcut is taken among what the writer sees, or the shelf is full."""
    others = [reply for reply in replies if reply.id != new.id]
    seen = (None,) if new.owner is None else (None, writer)
    if any(reply.owner in seen and reply.shortcut.casefold() == new.shortcut.casefold() for reply in others):
        raise Conflict(f"the shortcut {new.shortcut} is taken", code="shortcut_taken", shortcut=new.shortcut)
    most = SHARED_MAX_COUNT if new.owner is None else OWN_MAX_COUNT
    if sum(reply.owner == new.owner for reply in others) >= most:
        raise Conflict(f"{most} replies at most: drop some first", code="replies_full")


def _checked(given: ReplyText) -> dict[str, Any]:
    """The fields to be kept. Raises Faulty with everything that is wrong."""
    title, folder = given.title.strip(), given.folder.strip()
    texts = {language: text.strip() for language, text in given.texts.items() if text.strip()}
    faults = [
        ("shortcut", "1 to 32 letters, digits, _ or -", _SHORTCUT.fullmatch(given.shortcut) is not None),
        ("title", f"1 to {TITLE_MAX_CHARS} characters in one line", 0 < len(title) <= TITLE_MAX_CHARS and not _CONTROLS.search(title)),
        ("folder", f"{FOLDER_MAX_CHARS} characters in one line at most", len(folder) <= FOLDER_MAX_CHARS and not _CONTROLS.search(folder)),
        ("texts", f"words in 1 to {LANGUAGES_MAX_COUNT} languages, by tag", 0 < len(texts) <= LANGUAGES_MAX_COUNT),
        *((f"texts.{tag[:35]}", "a language's tag, as in zh-CN", _LANGUAGE.fullmatch(tag) is not None) for tag in texts),
        *((f"texts.{tag[:35]}", f"{MAX_TEXT_BYTES} bytes of UTF-8 at most", _fits(text)) for tag, text in texts.items()),
    ]
    if problems := [(key, expected) for key, expected, is_right in faults if not is_right]:
        raise Faulty("bad_reply", "a reply that can be kept", problems)
    return {"shortcut": given.shortcut, "title": title, "folder": folder, "texts": texts}


def _fits(text: str) -> bool:
    return len(text.encode("utf-8", "surrogatepass")) <= MAX_TEXT_BYTES
