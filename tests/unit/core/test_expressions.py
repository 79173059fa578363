"""Regular expressions that are compiled when first used: as good as any, and none is wrong unnoticed."""

import importlib
import pkgutil
import re
from typing import Any, cast

import pytest

import bot
from gateway.core import expressions
from gateway.core.expressions import atomic, compile_all, expression


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been compiled since."""
    seen: list[str] = []
    really = re.compile

    def noting(written: str, flags: int = 0) -> re.Pattern[str]:
        seen.append(written)
        return really(written, flags)

    monkeypatch.setattr(re, "compile", noting)
    monkeypatch.setattr(expressions, "_ALL", [])
    return seen


def test_an_expression_is_compiled_at_its_first_use_and_not_again(compiled: list[str]) -> None:
    numbers = expression(r"\D(\d+)", re.IGNORECASE)
    assert compiled == []
    found = numbers.search("no 42 and 7")
    assert found is not None
    assert found[1] == "42"
    assert numbers.findall("no 42 and 7") == ["42", "7"]
    assert numbers.sub("", "no 42 and 7") == "no and"
    assert compiled == [r"\D(\d+)"]


def test_all_are_compiled_at_once_where_somebody_asks_for_it(compiled: list[str]) -> None:
    first, _ = expression("a"), expression("b")
    assert first.match("a")
    compile_all()
    compile_all()
    assert compiled == ["a", "b"]


def test_it_has_what_a_pattern_has() -> None:
    assert (expression("(a)(?P<b>b)").groups, dict(expression("(?P<b>b)").groupindex), expression("a", re.ASCII).pattern) == (
        2,
        {"b": 1},
        "a",
    )


def test_a_mistake_is_found_by_compiling_all(compiled: list[str]) -> None:
    expression("(")
    with pytest.raises(re.error):
        compile_all()
    assert compiled == ["("]


def test_every_expression_of_the_bot_compiles() -> None:
    for module in pkgutil.iter_modules(bot.__path__, "bot."):
        importlib.import_module(module.name)
    compile_all()
    late = cast("Any", importlib.import_module("bot.wishes").WHOLE)
    assert late.compiled().fullmatch("转人工")


def test_a_possessive_group_takes_nothing_of_a_try_that_failed() -> None:
    """As Python before 3.11.5 does, Debian 12's among them."""
    found = expression(r"(?:(?:it|its)(?: |$))++").match("its it itsx")
    assert found is not None
    assert found.span() == (0, 7)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        (r"a++[b)*+(]*+", r"a++[b)*+(]*+"),
        (r"x(a|b)*+y", r"x(?>(a|b)*)y"),
        (r"(?:a(?:b[^)]?)?+ )++$", r"(?>(?:a(?>(?:b[^)]?)?) )+)$"),
        (r"\((?:\)++)++\\(c){1,3}+", r"\((?>(?:\)++)+)\\(?>(c){1,3})"),
        (r"[]()]*+(?:d)++", r"[]()]*+(?>(?:d)+)"),
    ],
)
def test_possessive_groups_are_written_as_atomic_ones(written: str, same: str) -> None:
    assert atomic(written) == same
