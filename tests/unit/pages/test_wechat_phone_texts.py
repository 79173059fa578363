"""The simulator's phone page says the same things in every language, and has a word for everything that it can be told."""

import re
from pathlib import Path

from tests.peers.wechat.phones import CALL_FAULTS, HERE, PUSH_FAULTS


def catalogues() -> dict[str, dict[str, str]]:
    source = (Path(HERE) / "texts.js").read_text(encoding="utf-8")
    blocks = re.findall(r'^  (?:"(zh-\w\w)"|(en)): \{\n(.*?)^  \},', source, re.MULTILINE | re.DOTALL)
    return {chinese or english: dict(re.findall(r'^    (\w+): "(.*)",$', block, re.MULTILINE)) for chinese, english, block in blocks}


def test_every_text_is_there_in_every_language_with_the_same_places_to_fill_in() -> None:
    found = catalogues()
    assert sorted(found) == ["en", "zh-CN", "zh-TW"]
    assert len(found["en"]) > 70
    for other in ("zh-CN", "zh-TW"):
        assert list(found[other]) == list(found["en"])
        assert [set(re.findall(r"\{\w+\}", text)) for text in found[other].values()] == [
            set(re.findall(r"\{\w+\}", text)) for text in found["en"].values()
        ]


def test_every_fault_has_a_name() -> None:
    names = {f"fault_{name}" for name in (*CALL_FAULTS, *PUSH_FAULTS)}
    assert names <= set(catalogues()["en"])
