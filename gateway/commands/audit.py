"""`frontdesk audit verify`: has anybody changed the audit log behind our back?"""

import argparse
import asyncio

from gateway.commands.record import opened_store
from gateway.commands.settings import load_settings, tell


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    words.add_parser("verify", help="check the chain of hashes from the first event to the last")


def run(args: argparse.Namespace) -> int:
    settings = load_settings(args)

    async def verify() -> tuple[int, str | None]:
        async with opened_store(settings) as store:
            return await store.verify_audit()

    count, wrong = asyncio.run(verify())
    line = f"{count} events: the chain holds" if wrong is None else f"broken: {wrong}"
    tell(args, {"ok": wrong is None, "events": count, "wrong": wrong}, [line])
    return 0 if wrong is None else 1
