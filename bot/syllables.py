"""How Chinese characters sound: their pinyin without tones. The table is pypinyin's, read when first needed."""

import importlib.util
import json
import re
import unicodedata
from functools import cache
from pathlib import Path

_READINGS_MAX_COUNT = 2
"""A character's further readings are rare."""
LETTERS_MAX = 6
"""The longest syllable: "zhuang"."""
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxzcsryw", "")
_TONE = re.compile("[\u0300-\u036f]")
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"))
_ALIKE_ENDS = (("ing", "in"), ("eng", "en"), ("ang", "an"))


class Syllables:
    """The sounds of characters."""

    def __init__(self) -> None:
        self._readings = _table()
        self.known = frozenset(sound for sounds in self._readings.values() for sound in sounds)
        """Every syllable there is."""

    def of(self, char: str) -> tuple[str, ...]:
        """The character's readings, the commonest first; () for what isn't Chinese."""
        return self._readings.get(char, ())


@cache
def alike(sound: str) -> frozenset[str]:
    """Syllables that many speakers don't tell apart: zh and z, n and l, ing and in."""
    found = {sound}
    for one, other in _ALIKE_ENDS:
        found |= {heard[: -len(one)] + other for heard in found if heard.endswith(one)}
        found |= {heard + "g" for heard in found if heard.endswith(other) and not heard.endswith("g")}
    for one, other in _ALIKE:
        found |= {other + heard[len(one) :] for heard in found if heard.startswith(one)} | {
            one + heard[len(other) :] for heard in found if heard.startswith(other) and not heard.startswith(one)
        }
    return frozenset(found)


def toneless(text: str) -> str:
    """Pinyin without its tone marks; ü becomes v, as keyboards write it."""
    return _TONE.sub("", unicodedata.normalize("NFD", text.replace("ü", "v").replace("ǚ", "v").replace("ǜ", "v").replace("ǘ", "v")))


def _table() -> dict[str, tuple[str, ...]]:
    """The package itself is not imported: its phrases would take 50 MB, and only single characters are wanted."""
    package = importlib.util.find_spec("pypinyin")
    if package is None or not package.origin:
        return {}
    listed: dict[str, str] = json.loads(Path(package.origin).with_name("pinyin_dict.json").read_text(encoding="utf-8"))
    basic = ((chr(int(code)), readings) for code, readings in listed.items() if 0x4E00 <= int(code) <= 0x9FFF)
    return {char: tuple(dict.fromkeys(toneless(sound) for sound in readings.split(",")[:_READINGS_MAX_COUNT])) for char, readings in basic}
