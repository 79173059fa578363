"""Every benchmark still runs, at a size that measures nothing: a broken one is noticed before somebody needs it."""

import subprocess
from typing import Any

import pytest

from bench.__main__ import BENCHMARKS
from bench.peers import installed
from bench.result import NotHere
from tests.peers.gateway import QUICK

TINY: dict[str, dict[str, Any]] = {
    "webchat_turns": {"connections": 5, "seconds": 0.3},
    "webchat_latency": {"connections": 5, "seconds": 0.3},
    "http_turns": {"connections": 5, "seconds": 0.3},
    "wechat_push": {"connections": 5, "seconds": 0.3, "with_werobot": False},
    "email_in": {"count": 60},
    "email_out": {"count": 40},
    "email_reply": {"count": 3},
    "phone_calls": {"counts": (2,), "seconds": 0.3, "gap_ms": 10_000.0, "share": 0.1},
    "phone_waits": {"tries": 1},
    "phone_keys": {"presses": 4},
    "turns_redis": {"connections": 5, "seconds": 0.3, "backlog": 50},
    "idle_sockets": {"connections": 100},
    "cold_start": {"runs": 1},
    "recovery": {"runs": 1},
    "recovery_backlog": {"count": 50},
    "bot_decide": {"sizes": (60,), "judged": 60, "asked": 4},
    "queue_pick": {"waiting": 100, "agents": 10, "queues": 5, "runs": 1},
    "desk_paint": {"runs": 1, "cases": 1},
    "desk_scroll": {"messages": 230, "sessions": 3, "step": 900},
    "desk_shift": {"rounds": 16, "each": 2},
}
NEEDS_THE_PACKAGE_INDEX = {"webchat_turns_peer"}


def test_every_benchmark_is_tried() -> None:
    assert BENCHMARKS.keys() == TINY.keys() | NEEDS_THE_PACKAGE_INDEX


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured starts quickly here, and is not waited for until it rests."""
    for module in ("servers", "starting", "backlog", "desk", "mail", "phone"):
        monkeypatch.setattr(f"bench.{module}.AS_INSTALLED", QUICK)
    monkeypatch.setattr("bench.starting.REST_S", 0.1)
    monkeypatch.setattr("bench.scaling.SHARING_S", 0.1)


LONG = {"turns_redis", "email_reply", "desk_scroll", "desk_shift", "phone_waits"}
"""Whole processes and browsers that wait for one another: tried with the other long runs."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.soak] * (name in LONG)) for name in TINY])
def test_benchmark_runs(name: str) -> None:
    result = BENCHMARKS[name](**TINY[name])
    assert result.name == name
    assert result.ratio > 0


def test_peers_that_cannot_be_installed_are_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = subprocess.run

    def without_pip(command: list[str], **named: Any) -> Any:
        """As where the index has nothing that fits; to bring pip into the folder would cost more than the rest of this file."""
        return run([*command, "--without-pip"] if "venv" in command else command, **named)

    monkeypatch.setattr("bench.peers.subprocess.run", without_pip)
    with pytest.raises(NotHere, match=r"can't be installed: .*pip"), installed(("./no-such-folder",)):
        pytest.fail("nothing was installed")
