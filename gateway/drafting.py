"""What the knowledge base would be with its drafts, and how each entry stands: live, changed, new, to be dropped. Pure."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from bot import Entry
from bot.knowledge import Fault, read_entry
from gateway.contents import Contents, Record, contents_of, digest_of
from gateway.core.errors import Faulty
from gateway.core.ids import EntryId
from gateway.core.knowledge import DraftEntry

ID_MAX_CHARS = 200
QUERY_WORDS_MAX_COUNT = 8


class EntryState(StrEnum):
    """How an entry stands."""

    LIVE = "live"
    CHANGED = "changed"
    NEW = "new"
    DROPPED = "dropped"


class Item(Struct, frozen=True):
    """An entry with what people want of it. `entry` is what it would be; of one that is to be dropped, what it is."""

    id: EntryId
    entry: Record
    state: EntryState
    version: int
    """Stands for what there is: as long as neither the draft nor what is in force changes, it is the same."""
    draft: DraftEntry | None = None
    live: Record | None = None

    @property
    def title(self) -> str:
        """The question that stands for it."""
        return str(self.entry["questions"][0])


class Shelf(Struct, frozen=True):
    """What is in force, and the drafts over it."""

    live: Contents
    drafts: Mapping[EntryId, DraftEntry]

    def item(self, entry_id: EntryId) -> Item | None:
        """One entry; None: there is no such thing."""
        draft, live = self.drafts.get(entry_id), self.live.records.get(entry_id)
        if draft is None and live is None:
            return None
        version = version_of(draft, self.live.digests.get(entry_id, ""))
        if draft is None:
            return Item(entry_id, live or {}, EntryState.LIVE, version, None, live)
        if draft.entry is None:
            return Item(entry_id, live or {}, EntryState.DROPPED, version, draft, live) if live is not None else None
        return Item(entry_id, draft.entry, EntryState.CHANGED if live is not None else EntryState.NEW, version, draft, live)

    def items(self) -> Iterator[Item]:
        """All: new ones first, the newest at the top, then the others in their owner's order."""
        fresh = [draft for draft in self.drafts.values() if draft.id not in self.live.records]
        for draft in sorted(fresh, key=lambda draft: draft.at, reverse=True):
            if (item := self.item(draft.id)) is not None:
                yield item
        for entry_id in self.live.records:
            if (item := self.item(entry_id)) is not None:
                yield item

    @property
    def outdated(self) -> tuple[EntryId, ...]:
        """Drafts of entries that are in force in other words than those that were changed."""
        standing = [draft for draft in self.drafts.values() if draft.entry is not None or draft.id in self.live.digests]
        return tuple(draft.id for draft in standing if draft.base_digest != self.live.digests.get(draft.id, ""))

    def merged(self) -> Contents:
        """The knowledge base as it would be published. Raises Faulty where a draft is not fit for use (any more)."""
        drafts = dict(self.drafts)
        entries = []
        for entry in self.live.entries:
            draft = drafts.pop(entry.id, None)
            if draft is None:
                entries.append(entry)
            elif draft.entry is not None:
                entries.append(read(draft.entry))
        new = [draft for draft in drafts.values() if draft.entry is not None]
        entries += [read(draft.entry or {}) for draft in sorted(new, key=lambda draft: (draft.at, draft.id))]
        return contents_of(entries, self.live)


def version_of(draft: DraftEntry | None, live_digest: str) -> int:
    """The version of an entry: a number made from its content, so that one which comes again hides nothing."""
    drafted = "" if draft is None else "dropped" if draft.entry is None else digest_of(draft.entry)
    digest = hashlib.sha256(f"{drafted}/{live_digest}".encode()).digest()
    return int.from_bytes(digest[:6], "big") + 1


def read(entry: object) -> Entry:
    """An entry from JSON. Raises Faulty with everything that is wrong with it, in the words of `kb check`."""
    found, faults = read_entry(entry)
    faults = (*faults, *(() if found is None else _bad_id(found.id)))
    if found is None or faults:
        problems = [(fault.key, fault.message) for fault in faults]
        raise Faulty("bad_entry", "an entry that the bot can use", problems, [(fault.code, fault.params) for fault in faults])
    return found


def _bad_id(entry_id: EntryId) -> Iterable[Fault]:
    if not entry_id.isprintable():
        yield Fault("id", "id: expected printable characters", "bad_id")


# ---- looking for entries --------------------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """A text as it is looked for."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(query: str) -> Sequence[str]:
    """The words that must all be there."""
    return folded(query).split()[:QUERY_WORDS_MAX_COUNT]


def holds(item: Item, words: Sequence[str]) -> bool:
    """Whether all these words stand in the entry: its id, questions, answers, tags or category."""
    if not words:
        return True
    entry = item.entry
    answers = [*entry.get("answer", {}).values(), *(text for one in entry.get("answer_on", {}).values() for text in one.values())]
    parts = [item.id, *entry["questions"], *entry.get("not_questions", ()), *answers, *entry.get("tags", ()), entry.get("category") or ""]
    text = folded("\n".join(map(str, parts)))
    return all(word in text for word in words)
