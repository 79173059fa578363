"""`frontdesk doctor`: tries every configured part, each under a deadline, and says what to do where one fails."""

import argparse
import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from config.schema import Settings
from config.texts import load_texts
from gateway.checkup import Checkup, Finding, Sick, Words, words
from gateway.clock import SystemClock
from gateway.commands.record import opened_bus, opened_store
from gateway.commands.settings import config_file, load_settings, table, tell
from gateway.core.bus import Bus
from gateway.core.channel import Closable
from gateway.core.ids import WorkerId
from gateway.core.texts import Texts, nearest
from gateway.outside_checkup import examinations as outside
from gateway.store import Record
from gateway.store.files import LocalFiles

DEADLINE_S = 5.0


def arguments(parser: argparse.ArgumentParser) -> None: ...


def run(args: argparse.Namespace) -> int:
    settings = load_settings(args)
    file, texts, language = config_file(args), Texts(load_texts()), language_of(os.environ)
    why = Words(raw=str(file)) if file else words("configuration.built_in")
    findings = [Finding(part="configuration", ok=True, why=why), *asyncio.run(examine(settings, DEADLINE_S))]
    told = [_told(finding, texts, language) for finding in findings]
    heads = [texts.say(f"doctor.head.{head}", language) for head in ("part", "why", "todo")]
    rows = [(heads[0], "", heads[1], heads[2])]
    rows += [(one["part"], "ok" if one["ok"] else "FAILED", one["why"], one["todo"]) for one in told]
    tell(args, {"ok": all(f.ok for f in findings), "parts": told}, table(rows))
    return 0 if all(finding.ok for finding in findings) else 1


def language_of(environ: Mapping[str, str]) -> str:
    """What the terminal's user reads: Chinese where their locale says so, else English."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    tag = locale.split(".")[0].replace("_", "-")
    return nearest(tag, ("zh-CN", "zh-TW", "en")) if tag.lower().startswith("zh") else "en"


async def examine(settings: Settings, deadline_s: float) -> list[Finding]:
    """All parts: none may take longer than its deadline, and what needs another waits for it."""
    checkup = Checkup(settings, SystemClock(), deadline_s)
    async with AsyncExitStack() as parts:
        parts.callback(checkup.close)
        findings = await checkup.examine([checkup.knowledge(), checkup.data_dir(), checkup.listen(), *outside(settings)])
        return findings + await _stateful(checkup, settings, parts)


async def _stateful(checkup: Checkup, settings: Settings, parts: AsyncExitStack) -> list[Finding]:
    """The record, the bus over it, and what needs both."""
    from gateway.bus import open_shelf
    from gateway.channels import Leases, Means, open_channels
    from gateway.following import Following
    from gateway.menus import NO_MENUS
    from gateway.signing import signing_secret
    from gateway.standings import Standings

    opened: list[Record] = []
    buses: list[Bus] = []

    async def open_store() -> Record:
        opened.append(await parts.enter_async_context(opened_store(settings)))
        return opened[0]

    async def open_bus() -> Bus:
        if not opened:
            raise Sick(words("bus.not_tried"), words("bus.not_tried_todo"))
        buses.append(await parts.enter_async_context(opened_bus(settings, opened[0])))
        return buses[0]

    findings = [await checkup.look(checkup.store(open_store)), await checkup.look(checkup.bus(open_bus))]
    if not buses:
        return findings
    clock, leases = SystemClock(), Leases(buses[0], WorkerId("doctor"))
    standings = Standings(opened[0], clock, settings)
    means = Means(
        secret=await signing_secret(opened[0]), bus=buses[0], shelf=open_shelf(buses[0], clock=clock), store=opened[0], clock=clock,
        leases=leases, files=LocalFiles(Path(settings.gateway.data_dir) / "files"), texts=Texts(load_texts()),
        conversations=lambda channel: Following(channel, opened[0], buses[0], standings), menus=NO_MENUS,
        languages=settings.gateway.languages, data_dir=Path(settings.gateway.data_dir), public_url=settings.gateway.public_url,
    )  # fmt: skip
    channels = open_channels(settings, means).values()
    for channel in channels:
        if isinstance(channel, Closable):
            parts.push_async_callback(channel.close)
    return findings + await checkup.examine([checkup.hours(opened[0]), *map(checkup.channel, channels)])


def _told(finding: Finding, texts: Texts, language: str) -> dict[str, Any]:
    why, todo = finding.why.said(texts, language), finding.todo.said(texts, language)
    return {"part": finding.part, "ok": finding.ok, "why": why, "todo": todo, "ms": finding.ms}
