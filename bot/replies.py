"""The words of an answer: the entry's own, in the customer's language and script, as the channel needs them."""

from collections.abc import Mapping

from bot.entries import Entry
from bot.language import base
from bot.scripts import ScriptTables
from gateway.core.ids import EntryId


class Replies:
    """Picks an entry's words; writes Traditional Chinese where the owner wrote only Simplified, and the reverse."""

    def __init__(self, scripts: ScriptTables) -> None:
        self._scripts = scripts
        self._converted: dict[tuple[str, str], str] = {}
        """Only the owner's texts get in here, so it can't grow beyond twice the knowledge base."""
        self._answers: dict[tuple[EntryId, str, str], str] = {}
        """By entry, language and channel type: the last two are the operator's, so this is bounded too."""

    def answer(self, entry: Entry, language: str, channel_type: str) -> str:
        """What to say: the channel's words where they exist in this language, else the general ones, else in any language."""
        place = (entry.id, language, channel_type)
        if place not in self._answers:
            self._answers[place] = self._chosen(entry, language, channel_type)
        return self._answers[place]

    def _chosen(self, entry: Entry, language: str, channel_type: str) -> str:
        on_channel = entry.answer_on.get(channel_type, {})
        return self._own(on_channel, language) or self._own(entry.answer, language) or _any(entry.answer) or _any(on_channel)

    def title(self, entry: Entry, language: str) -> str:
        """The question that stands for the entry, in this language where one is."""
        is_wanted_chinese = base(language) != "en"
        same = (question for question in entry.questions if _is_chinese(question) is is_wanted_chinese)
        title = next(same, entry.title)
        return self._in_script(title, base(language)) if _is_chinese(title) else title

    def _own(self, answers: Mapping[str, str], language: str) -> str:
        """The answer in the wanted language; "" where there is none."""
        by_base = {base(tag): text for tag, text in answers.items()}
        wanted = base(language)
        if wanted in by_base:
            return by_base[wanted]
        other = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}.get(wanted, "")
        return self._in_script(by_base[other], wanted) if other in by_base else ""

    def _in_script(self, text: str, script: str) -> str:
        key = (script, text)
        if key not in self._converted:
            self._converted[key] = self._scripts.traditional(text) if script == "zh-Hant" else text.translate(self._scripts.to_simplified)
        return self._converted[key]


def _any(answers: Mapping[str, str]) -> str:
    return next(iter(answers.values()), "")


def _is_chinese(text: str) -> bool:
    return any("\u3400" <= char <= "\u9fff" for char in text)
