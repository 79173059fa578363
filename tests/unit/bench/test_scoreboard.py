"""The scoreboard: what is printed, and the exit code."""

import json
from collections.abc import Callable

import pytest

import bench.__main__ as board
from bench.load import quantile
from bench.result import NotHere, Result


def result(name: str = "turns", *, is_met: bool = True) -> Result:
    return Result(
        name=name, against="an echo", ratio=0.25, must=">= 0.1", goal=">= 0.5", is_met=is_met, figures={"per_s": 12345.678, "p99_ms": 3.2}
    )


def run(monkeypatch: pytest.MonkeyPatch, *words: str, **benchmarks: Callable[[], Result]) -> int:
    monkeypatch.setattr(board, "BENCHMARKS", benchmarks)
    return board.main(words)


def test_a_line_says_ratio_bounds_and_peer_and_the_figures_stand_below() -> None:
    head, line, figures = board.table([result()]).splitlines()
    assert head.split() == ["benchmark", "ratio", "must", "goal", "met", "against"]
    assert line.split() == ["turns", "0.250", ">=", "0.1", ">=", "0.5", "yes", "an", "echo"]
    assert figures.strip() == "per_s 12,345.68, p99_ms 3.20"


def test_a_missed_bound_says_so_and_fails_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, good=result, bad=lambda: result("bad", is_met=False)) == 1
    assert [line.split()[6] for line in capsys.readouterr().out.splitlines()[1::2]] == ["yes", "NO"]


def test_all_bounds_kept_is_success(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, good=result) == 0


def test_only_what_is_named_runs_and_json_is_a_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--json", "one", one=lambda: result("one"), two=lambda: result("two", is_met=False)) == 0
    (only,) = json.loads(capsys.readouterr().out)
    assert (only["name"], only["ratio"], only["is_met"]) == ("one", 0.25, True)


def test_a_peer_that_is_not_here_is_left_out_with_its_reason(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> Result:
        raise NotHere("no package index")

    assert run(monkeypatch, "--json", gone=missing, good=result) == 0
    printed = capsys.readouterr()
    assert [each["name"] for each in json.loads(printed.out)] == ["turns"]
    assert "gone is left out: no package index" in printed.err


def test_an_unknown_name_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "nonsense", good=result)
    assert "no such benchmark: nonsense; there are good" in capsys.readouterr().err


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.99, 4.0), (1.0, 4.0)])
def test_a_quantile_is_one_of_the_values(share: float, expected: float) -> None:
    assert quantile([4.0, 2.0, 1.0, 3.0], share) == expected


def test_the_quantile_of_nothing_is_zero() -> None:
    assert quantile([], 0.99) == 0.0
