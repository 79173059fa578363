"""Every key of the desk stands in the agents' guide, in both languages, and none does two things at one place."""

import re
from pathlib import Path

import pytest

from tests.unit.pages.test_desk_texts import SOURCES

DOCS = Path(__file__).parents[3] / "docs"
NAMES = {"mod": "Ctrl", "shift": "Shift", "alt": "Alt", "arrowdown": "↓", "arrowup": "↑", "escape": "Esc"}
TOGETHER = {"h", "r"}
"""Hold and resume; reply, and reply as soon as the conversation is here: never both at once."""


def keys() -> list[str]:
    """What the page's modules register."""
    given = re.findall(r'\bkeys: (?:"([^"]+)"|\[([^\]]+)\])', SOURCES)
    listed = [one for single, several in given for one in ([single] if single else re.findall(r'"([^"]+)"', several))]
    pages = re.search(r"const keys = \{([^}]+)\}", SOURCES)
    assert pages is not None
    lists = re.findall(r'\bto\("\w+", "([^"]+)"\)', SOURCES)
    return [*listed, *lists, *re.findall(r'"([^"]+)"', pages[1])]


def in_words(press: str) -> str:
    """`g q` as the guide writes it: `G` `Q`."""
    names = [NAMES.get(name, name.upper()) for part in press.split(" ") for name in part.split("+")]
    return " ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize("guide", ["agents.md", "agents.zh-CN.md"])
def test_every_key_is_in_the_guide(guide: str) -> None:
    text = (DOCS / guide).read_text(encoding="utf-8").replace("`Ctrl` + `K`", "`Ctrl` `K`")
    assert len(keys()) > 30
    assert [press for press in keys() if in_words(press) not in text] == []


def test_no_key_does_two_things() -> None:
    known = keys()
    assert {press for press in known if known.count(press) > 1} == TOGETHER
    first_of_two = {press.split(" ")[0] for press in known if " " in press}
    assert first_of_two & set(known) == set()  # a key that begins a pair waits for the second
