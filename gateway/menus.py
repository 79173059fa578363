"""What the knowledge base in force offers to whoever can't type: its categories and their questions."""

from collections import defaultdict

from bot.entries import Entry
from gateway.core.calls import Topic, TopQuestion
from gateway.core.texts import nearest
from gateway.library import Library


class KnowledgeMenus:
    """The menus of the knowledge base in force, kept by revision."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._made: dict[tuple[str, str], tuple[Topic, ...]] = {}

    async def menu(self, language: str) -> tuple[Topic, ...]:
        contents = (await self._library.standing()).contents
        key = (contents.digest, language)
        if key not in self._made:
            self._made = {known: topics for known, topics in self._made.items() if known[0] == contents.digest}
            self._made[key] = topics_of(contents.entries, language)
        return self._made[key]


class NoMenus:
    """For whoever only looks whether a channel works."""

    async def menu(self, language: str) -> tuple[Topic, ...]:  # noqa: ARG002 - the protocol's
        return ()


NO_MENUS = NoMenus()


def topics_of(entries: tuple[Entry, ...], language: str) -> tuple[Topic, ...]:
    """The entries by category, the largest category first."""
    by_category: dict[str, list[TopQuestion]] = defaultdict(list)
    for entry in entries:
        if entry.category and entry.answer and nearest(language, tuple(entry.answer)):
            by_category[entry.category].append(TopQuestion(entry=entry.id, text=entry.title))
    ranked = sorted(by_category.items(), key=lambda item: -len(item[1]))
    return tuple(Topic(id=category, title="", questions=tuple(questions)) for category, questions in ranked)
