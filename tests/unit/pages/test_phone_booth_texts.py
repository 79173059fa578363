"""The simulators of the phone and of mail say the same things in every language, and have a word for all that they can be told."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.core.events import CallStage
from gateway.core.session import State
from tests.peers.mailroom import office, program
from tests.peers.phonebooth.booth import PAGE
from tests.peers.phonebooth.telephone import Says, Stage, Ways


def catalogues(page: Path = PAGE) -> dict[str, dict[str, str]]:
    source = (page / "texts.js").read_text(encoding="utf-8")
    blocks = re.findall(r'^  (?:"(zh-\w\w)"|(en)): \{\n(.*?)^  \},', source, re.MULTILINE | re.DOTALL)
    return {chinese or english: dict(re.findall(r'^    (\w+): "(.*)",$', block, re.MULTILINE)) for chinese, english, block in blocks}


@pytest.mark.parametrize(("page", "least_count"), [(PAGE, 70), (program.PAGE, 30)], ids=["phone", "mail"])
def test_every_text_is_there_in_every_language_with_the_same_places_to_fill_in(page: Path, least_count: int) -> None:
    found = catalogues(page)
    assert sorted(found) == ["en", "zh-CN", "zh-TW"]
    assert len(found["en"]) > least_count
    for other in ("zh-CN", "zh-TW"):
        assert list(found[other]) == list(found["en"])
        assert [set(re.findall(r"\{\w+\}", text)) for text in found[other].values()] == [
            set(re.findall(r"\{\w+\}", text)) for text in found["en"].values()
        ]


def test_every_stage_state_and_fault_has_a_name() -> None:
    names = {f"stage_{stage}" for stage in CallStage} | {f"state_{state}" for state in State} | {f"says_{says}" for says in Says}
    names |= {str(stage) for stage in Stage} | {f"way_{way.name}" for way in fields(Ways)}
    assert names <= set(catalogues()["en"])
    assert {f"way_{way.name}" for way in fields(office.Ways)} <= set(catalogues(program.PAGE)["en"])
