"""Chinese in its two scripts: which one a text is written in, and how one becomes the other. The tables are OpenCC's."""

from collections.abc import Mapping
from functools import cached_property
from importlib import resources

from opencc import OpenCC


class ScriptTables:
    """OpenCC's tables, each read when first needed: a shop that never sees Traditional Chinese never pays for the phrase tables."""

    @cached_property
    def to_simplified(self) -> Mapping[int, str]:
        """Each Traditional character's Simplified form, for `str.translate`. For matching only: a text for people needs phrases."""
        return {ord(old): new for old, new in _pairs("TSCharacters.txt") if old != new}

    @cached_property
    def only_traditional(self) -> frozenset[str]:
        """Characters that no Simplified text holds."""
        simplified = {new for _, new in _pairs("TSCharacters.txt")}
        return frozenset(old for old, new in _pairs("TSCharacters.txt") if old != new and old not in simplified)

    @cached_property
    def only_simplified(self) -> frozenset[str]:
        """Characters that no Traditional text holds."""
        traditional = {form for line in _lines("STCharacters.txt") for form in line.split("\t")[1].split(" ")}
        return frozenset(old for old, new in _pairs("STCharacters.txt") if old != new and old not in traditional)

    @cached_property
    def mainland_words(self) -> Mapping[str, str]:
        """Words of Taiwan and what the mainland says for them, both in Simplified characters."""
        pairs = (line.split("\t") for line in _lines("TWPhrasesRev.txt"))
        plain = ((self._simplified(word), self._simplified(said.split(" ")[0])) for word, said in pairs)
        return {word: said for word, said in plain if word != said and len(word) > 1}

    def _simplified(self, text: str) -> str:
        return text.translate(self.to_simplified)

    @cached_property
    def _writer(self) -> OpenCC:
        return OpenCC("s2tw")

    def traditional(self, text: str) -> str:
        """A Simplified text for readers of Traditional Chinese, with Taiwan's characters and quotation marks.

        Its words stay: putting Taiwan's in their place goes wrong too often ("审核通过后" became 稽核透過後).
        """
        return str(self._writer.convert(text)).translate(_TAIWANS)


_TAIWANS = str.maketrans("“”‘’賬", "「」『』帳")
"""Also an account's character, which OpenCC writes as Hong Kong does."""


def _lines(name: str) -> list[str]:
    table = resources.files("opencc").joinpath("dictionary", name)
    return [line for line in table.read_text(encoding="utf-8").splitlines() if "\t" in line]


def _pairs(name: str) -> list[tuple[str, str]]:
    split = (line.split("\t") for line in _lines(name))
    return [(old, new.split(" ")[0]) for old, new in split if len(old) == 1]
