"""What the knowledge base in force offers to whoever can't type: its categories and their questions."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import structs

from bot.entries import Entry
from bot.language import base
from bot.normalize import HAN
from bot.picks import choice_id
from bot.replies import Replies
from bot.scripts import ScriptTables
from gateway.core.calls import Menus, Topic, TopQuestion
from gateway.core.ids import EntryId
from gateway.core.ports import Clock
from gateway.core.texts import Texts, nearest
from gateway.library import Library

CHANNEL_TYPE = "phone"
TOPICS_MAX_COUNT = 40
QUESTIONS_MAX_COUNT = 40
"""Of a topic. Nobody listens to more; whoever wants another question says it, or gets a person."""
OTHERS = ""
"""The topic of the entries that are of no category."""
_HAN = re.compile(f"[{HAN}]")
_NAME_MAX_WORDS = 2
"""So many foreign words in Chinese are a name: "VIP", "Apple Pay"."""


class KnowledgeMenus:
    """The menus of the knowledge base in force, kept by revision and day."""

    def __init__(self, library: Library, texts: Texts, clock: Clock) -> None:
        self._library = library
        self._texts = texts
        self._clock = clock
        self._replies = Replies(ScriptTables())
        self._made: dict[tuple[str, str, str], tuple[Topic, ...]] = {}

    async def menu(self, language: str) -> tuple[Topic, ...]:
        contents, today = (await self._library.standing()).contents, self._clock.now().date().isoformat()
        key = (contents.digest, today, language)
        if key not in self._made:
            others = self._texts.say("call.other_topics", language)
            made = await asyncio.to_thread(topics_of, contents.entries, language, today, self._replies, others)
            self._made = {known: topics for known, topics in self._made.items() if known[:2] == key[:2]} | {key: made}
        return self._made[key]


class NamedMenus:
    """The same as an operator names and orders it for one number: `[channels.NAME.menu]`."""

    def __init__(self, menus: Menus, names: Mapping[str, Mapping[str, str]]) -> None:
        self._menus = menus
        self._names = names

    async def menu(self, language: str) -> tuple[Topic, ...]:
        return named(await self._menus.menu(language), self._names, language)


class NoMenus:
    """For whoever only looks whether a channel works."""

    async def menu(self, language: str) -> tuple[Topic, ...]:  # noqa: ARG002 - the protocol's
        return ()


NO_MENUS = NoMenus()


def topics_of(entries: Sequence[Entry], language: str, today: str, replies: Replies, others: str) -> tuple[Topic, ...]:
    """The entries that can be answered in this tongue by category, the largest category first and those of none last; in a category as
    their owner ordered them. A category is called after its first question."""
    by_category: dict[str, list[TopQuestion]] = defaultdict(list)
    for entry in entries:
        text = replies.title(entry, language) if entry.is_valid_on(today) and speaks(entry, language) else ""
        if is_of(text, language) and len(by_category[entry.category or OTHERS]) < QUESTIONS_MAX_COUNT:
            by_category[entry.category or OTHERS].append(TopQuestion(entry=EntryId(choice_id(entry.id)), text=text))
    ranked = sorted(((category, found) for category, found in by_category.items() if found), key=lambda item: _rank(*item))
    return tuple(
        Topic(id=category, title=found[0].text if category else others, questions=tuple(found))
        for category, found in ranked[:TOPICS_MAX_COUNT]
    )


def speaks(entry: Entry, language: str) -> bool:
    """Whether the entry has an answer for the ear in this tongue, or looks one up: both ways to write Chinese are one."""
    looked_up = (entry.action or {}).get("answer")
    answers = [*entry.answer.items(), *entry.answer_on.get(CHANNEL_TYPE, {}).items(), *dict(looked_up or {}).items()]
    return any(_tongue(tag) == _tongue(language) for tag, words in answers if words)


def is_of(text: str, language: str) -> bool:
    """Whether a question can be read out to somebody who speaks this: nobody is asked in a language that they did not choose."""
    if _tongue(language) != "zh":
        return bool(text) and not _HAN.search(text)
    return bool(text) and (bool(_HAN.search(text)) or len(text.split()) <= _NAME_MAX_WORDS)


def named(topics: Sequence[Topic], names: Mapping[str, Mapping[str, str]], language: str) -> tuple[Topic, ...]:
    """The topics with these names; those that have one first, in the order of the names. A name in another tongue is none."""
    order = {category: place for place, category in enumerate(names)}
    renamed = [structs.replace(topic, title=_name(names.get(topic.id, {}), language) or topic.title) for topic in topics]
    return tuple(sorted(renamed, key=lambda topic: order.get(topic.id, len(order))))


def _name(by_tag: Mapping[str, str], language: str) -> str:
    tags = tuple(tag for tag in by_tag if _tongue(tag) == _tongue(language))
    return by_tag[nearest(language, tags)] if tags else ""


def _rank(category: str, questions: Sequence[TopQuestion]) -> tuple[bool, int]:
    return category == OTHERS, -len(questions)


def _tongue(tag: str) -> str:
    return base(tag).partition("-")[0]
