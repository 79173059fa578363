"""`frontdesk migrate`: bring the database forward. The gateway does it at its start too; this is for doing it before."""

import argparse
import asyncio
from pathlib import Path

from gateway.clock import SystemClock
from gateway.commands.settings import load_settings, tell


def arguments(parser: argparse.ArgumentParser) -> None: ...


def run(args: argparse.Namespace) -> int:
    from gateway.store import open_store
    from gateway.store.migrations import latest

    settings = load_settings(args)

    async def migrate() -> None:
        store = open_store(settings.store, data_dir=Path(settings.gateway.data_dir), clock=SystemClock())
        await store.open()
        await store.close()

    asyncio.run(migrate())
    tell(args, {"ok": True, "version": latest()}, [f"the database is at version {latest()}, the newest"])
    return 0
