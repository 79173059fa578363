"""What the tests of the commands share: what a command says, and what stands in the record before it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main
from gateway.core.changes import Changes, DeadLetter
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, EventKey, Lane, Thread
from gateway.core.parts import Text
from gateway.store import SqliteStore
from tests.fakes import START, FrozenClock

DATABASE = Path("data/frontdesk.db")
LETTER = DeadLetter(
    id="01DEADLETTER", lane=Lane(0), error="ValueError at gateway/turns.py:88", at=START, attempts=1,
    event=Inbound(
        channel=ChannelName("site"), thread=Thread("v1"), key=EventKey("site/m1"), cid="m1", at=START,
        sender=Address(AddressKind.VISITOR, "site", "v1"), event=Said((Text("my secret wish"),)),
    ),
)  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and complaints of one command."""
    code = main(words)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Exit code and JSON of one command."""
    code, out, _ = said(capsys, *words, "--json")
    return code, json.loads(out)


def configured(text: str) -> None:
    Path("frontdesk.toml").write_text(text, encoding="utf-8")


async def written(*changes: Changes) -> None:
    store = SqliteStore(DATABASE, clock=FrozenClock())
    await store.open()
    await store.commit(changes)
    await store.close()
