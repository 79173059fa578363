"""A knowledge base to test against: a few entries in a file, and what reads and changes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.schema import Bot as Settings
from config.texts import load_texts
from gateway.brains import Brains
from gateway.core.bus import Bus
from gateway.core.ids import Ids
from gateway.core.ports import Clock, Store
from gateway.core.texts import Texts
from gateway.knowledge import KnowledgeFiles
from gateway.library import Library
from gateway.making import Maker


def library_over(store: Store, bus: Bus, clock: Clock, ids: Ids, *, knowledge: str | Path = "") -> Library:
    """A library over files; "" is the sample knowledge base."""
    return Library(store=store, bus=bus, clock=clock, ids=ids, files=KnowledgeFiles(knowledge))


def brains_over(library: Library, store: Store, clock: Clock, folder: Path, *, is_answering: bool = False) -> Brains:
    """The bots of one process."""
    maker = Maker(texts=Texts(load_texts()), folder=folder / "cache" / "knowledge")
    return Brains(library=library, store=store, maker=maker, clock=clock, settings=Settings(), is_answering=is_answering)


def without_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bots of this test are made without an encoder, here and aside: it costs a second for each process, and the test is not about it."""
    for place in ("gateway.recipe.load_encoder", "gateway.brains.load_encoder"):
        monkeypatch.setattr(place, lambda: None)
    monkeypatch.setattr("gateway.making.MODULE", "tests.peers.quick_preparing")


def entry(name: str, *questions: str, answer: str = "", **more: Any) -> dict[str, Any]:
    """An entry in the contract's keys."""
    return {"id": name, "questions": list(questions) or [f"what about {name}"], "answer": {"en": answer or f"about {name}"}, **more}


def knowledge_file(folder: Path, *entries: dict[str, Any]) -> Path:
    """A file of these entries."""
    path = folder / "knowledge.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in entries), encoding="utf-8")
    return path
