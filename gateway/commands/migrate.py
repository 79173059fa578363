"""`frontdesk migrate`: bring the database forward. The gateway does it at its start too; this is for doing it before."""

import argparse
import asyncio

from gateway.commands.record import opened_store
from gateway.commands.settings import load_settings, tell


def arguments(parser: argparse.ArgumentParser) -> None: ...


def run(args: argparse.Namespace) -> int:
    from gateway.store.migrations import latest

    settings = load_settings(args)

    async def migrate() -> None:
        async with opened_store(settings):
            """Opening it is what brings it forward."""

    asyncio.run(migrate())
    tell(args, {"ok": True, "version": latest()}, [f"the database is at version {latest()}, the newest"])
    return 0
