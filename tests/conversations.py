"""Past conversations in a few words, for whatever learns from them."""

from datetime import timedelta
from typing import Any

from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, EntryId, Thread, session_id
from gateway.core.knowledge import Label, LabelSource
from gateway.core.message import Author
from gateway.core.parts import Choice, Choices, Pick, Text
from gateway.core.past import PastSession
from gateway.core.session import Rating, Session
from tests.events import AT, SITE, said
from tests.fakes import CountedIds


class Talk:
    """One session, as it goes on."""

    def __init__(self, thread: str = "ann", *, days: int = 0, channel: ChannelName = SITE) -> None:
        self.at = AT + timedelta(days=days)
        session = Session(
            id=session_id(channel, Thread(thread), 1), channel=channel, thread=Thread(thread), episode=1,
            address=Address(AddressKind.VISITOR, "site", thread), opened_at=self.at, state_since=self.at, language="zh-CN",
        )  # fmt: skip
        self._draft = Draft(session, now=self.at, ids=CountedIds(), is_pushed=False)
        self._rating: Rating | None = None
        self._labels: list[Label] = []

    def asks(self, text: str, *, picks: str = "") -> "Talk":
        """The customer says something, or picks a choice by its id."""
        part = Pick(picks, text) if picks else Text(text)
        event = said(self._draft.session.thread, text, f"c{self._draft.session.seq}")
        self._heard = self._draft.hear(Inbound(**structs.asdict(event) | {"event": Said((part,))}), (part,))
        return self

    def bot(self, decision: str, entry: str | None = None, *, offers: tuple[str, ...] = (), **why: Any) -> "Talk":
        """The bot's decision about what was said last."""
        self._draft.answering(self._heard.seq, {"decision": decision, "entry": entry, "confidence": 0.9, **why})
        part = Choices("?", tuple(Choice(offer, offer) for offer in offers)) if offers else Text(f"about {entry}")
        self._draft.say(Author.SYSTEM if decision == "handoff" else Author.BOT, (part,))
        return self

    def agent(self, text: str) -> "Talk":
        """A person's words."""
        self._draft.say(Author.AGENT, (Text(text),), name="坐席 07")
        return self

    def rated(self, score: int) -> "Talk":
        """The customer's score for the bot."""
        self._rating = Rating(session_id=self._draft.session.id, score=score, comment="", at=self.at, key=f"{self._draft.session.id}/rate")
        return self

    def labelled(self, text: str, entry: str | None) -> "Talk":
        """An agent says what a question means."""
        number = f"{self._draft.session.thread}{len(self._labels)}"
        self._labels.append(
            Label(
                id=number, text=text, entry=EntryId(entry) if entry else None, source=LabelSource.AGENT,
                session_id=self._draft.session.id, at=self.at, by="agent-1",
            )
        )  # fmt: skip
        return self

    def past(self) -> PastSession:
        """The session as it stands."""
        return PastSession(
            session=self._draft.session, messages=tuple(self._draft.messages), rating=self._rating, labels=tuple(self._labels)
        )

    def changes(self) -> Changes:
        """What writes it into a record."""
        ratings = (self._rating,) if self._rating else ()
        return structs.replace(self._draft.changes(), ratings=ratings, labels=tuple(self._labels))
