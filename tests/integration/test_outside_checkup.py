"""The doctor tries the systems that the bot may ask, and says what to do where one fails."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.schema import Action, Answerer, Bot, Settings
from config.texts import load_texts
from gateway.checkup import Checkup
from gateway.commands.check import KnowledgeCheck
from gateway.core.texts import Texts
from gateway.outside_checkup import examinations
from tests.fakes import FrozenClock
from tests.peers.outside import Outside, outside

TEXTS = Texts(load_texts())


@pytest.fixture
async def peer() -> AsyncIterator[Outside]:
    async with outside() as running:
        yield running


async def found(settings: Bot, clock: FrozenClock, language: str = "en") -> list[tuple[str, bool, str, str]]:
    checkup = Checkup(Settings(bot=settings), clock, 2.0)
    try:
        findings = await checkup.examine(examinations(Settings(bot=settings)))
    finally:
        checkup.close()
    return [(one.part, one.ok, one.why.said(TEXTS, language), one.todo.said(TEXTS, language)) for one in findings]


async def test_what_answers_is_well(peer: Outside, clock: FrozenClock) -> None:
    peer.says(status=404, raw=b"nothing here")
    action = Action(base_url=f"{peer.url}/api", probe="/health", headers={"Authorization": "Bearer k"}, customer={"X-Who": "contact"})
    model = Answerer(base_url=f"{peer.url}/v1", model="m", api_key="k3y")
    assert await found(Bot(actions={"orders": action}, answerer=model), clock) == [
        ("action orders", True, "it answers (404)", ""), ("answerer", True, "it answers (404)", ""),
    ]  # fmt: skip
    seen = {one.path: one.headers for one in peer.seen}
    assert (seen["/api/health"]["authorization"], seen["/v1/models"]["authorization"]) == ("Bearer k", "Bearer k3y")
    assert "x-who" not in seen["/api/health"]


@pytest.mark.parametrize(("status", "why"), [(401, "it refuses us (401)"), (502, "it answers with an error (502)")])
async def test_what_turns_us_away_is_told_with_what_to_do(peer: Outside, clock: FrozenClock, status: int, why: str) -> None:
    peer.says({}, status=status)
    ((part, is_ok, said, todo),) = await found(Bot(actions={"orders": Action(base_url=peer.url)}), clock)
    assert (part, is_ok, said) == ("action orders", False, why)
    assert "[bot.actions.orders]" in todo


async def test_nobody_there_is_said_in_the_readers_language(clock: FrozenClock) -> None:
    ((_, is_ok, why, _),) = await found(Bot(actions={"orders": Action(base_url="http://127.0.0.1:9")}), clock, "zh-CN")
    assert (is_ok, why) == (False, "无法建立连接")


def test_without_anything_configured_nothing_is_tried() -> None:
    assert examinations(Settings()) == []


def test_check_names_a_target_that_an_entry_asks_and_nobody_configured(tmp_path: Path) -> None:
    knowledge = tmp_path / "kb.yaml"
    knowledge.write_text("- id: where\n  questions: [where]\n  action: {http: {target: orders, path: /x}, answer: {en: ok}}\n")
    found = list(KnowledgeCheck()(Settings(bot=Bot(knowledge=str(knowledge)))))
    assert found == [(("bot", "actions", "orders"), "expected this table: the action of entry where asks it")]
    known = {"orders": Action(base_url="https://a.example")}
    assert list(KnowledgeCheck()(Settings(bot=Bot(knowledge=str(knowledge), actions=known)))) == []
