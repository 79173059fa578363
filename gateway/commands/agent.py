"""`frontdesk agent`: the desk's accounts. Passwords never stand on the command line, where every user of the machine could read them."""

import argparse
import asyncio
import getpass
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from config.schema import Settings
from gateway.commands.record import opened_bus, opened_store
from gateway.commands.settings import load_settings, table, tell
from gateway.core.errors import BadInput
from gateway.core.handoff import Agent, Role
from gateway.core.ids import QueueName

if TYPE_CHECKING:
    from handoff.administration import AgentChange
    from handoff.desk import Desk

ACTOR = "command"
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that look alike."""


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    password = argparse.ArgumentParser(add_help=False)
    password.add_argument("name", metavar="NAME", help="what the agent logs in with")
    password.add_argument(
        "--generate", action="store_true", help="make a password and print it (otherwise it is asked for, or read from standard input)"
    )
    add = words.add_parser("add", help="a new account", parents=[password])
    add.add_argument("--shown-name", default="", metavar="TEXT", help="what customers read (default: NAME)")
    add.add_argument("--role", default=Role.AGENT.value, choices=[role.value for role in Role])
    add.add_argument("--queue", action="append", default=[], metavar="QUEUE", help="only this queue; may be given more than once")
    add.add_argument("--language", action="append", default=[], metavar="TAG", help="only this language; may be given more than once")
    add.add_argument("--capacity", type=int, default=4, metavar="UNITS", help="sessions at the same time (default: 4)")
    words.add_parser("list", help="all accounts")
    words.add_parser("passwd", help="a new password; ends every login of the account", parents=[password])
    _change_arguments(words.add_parser("change", help="make an account different; what is not given stays"))
    words.add_parser("disable", help="shut an account; its sessions go back to the queue").add_argument("name", metavar="NAME")
    words.add_parser("enable", help="open it again, with the password that it had").add_argument("name", metavar="NAME")


def _change_arguments(change: argparse.ArgumentParser) -> None:
    change.add_argument("name", metavar="NAME", help="what the agent logs in with")
    change.add_argument("--shown-name", metavar="TEXT", help="what customers read")
    change.add_argument("--role", choices=[role.value for role in Role])
    queues, languages = change.add_mutually_exclusive_group(), change.add_mutually_exclusive_group()
    queues.add_argument("--queue", action="append", metavar="QUEUE", help="only this queue; may be given more than once")
    queues.add_argument("--all-queues", action="store_true", help="every queue")
    languages.add_argument("--language", action="append", metavar="TAG", help="only this language; may be given more than once")
    languages.add_argument("--all-languages", action="store_true", help="every language")
    change.add_argument("--capacity", type=int, metavar="UNITS", help="sessions at the same time")


def run(args: argparse.Namespace) -> int:
    doings = {"add": _add, "list": _list, "passwd": _passwd, "change": _change, "disable": _disable, "enable": _enable}
    return asyncio.run(doings[args.word](args))


async def _add(args: argparse.Namespace) -> int:
    settings, password = load_settings(args), _password(args)
    async with _opened_desk(settings) as desk:
        agent = await desk.add_agent(
            args.name, password, actor=ACTOR, shown_name=args.shown_name, role=Role(args.role), queues=tuple(map(QueueName, args.queue)),
            languages=tuple(args.language), capacity_units=args.capacity,
        )  # fmt: skip
    _tell_account(args, agent, "added", password)
    return 0


async def _list(args: argparse.Namespace) -> int:
    async with opened_store(load_settings(args)) as store:
        agents = await store.agents()
    rows = [("name", "shown", "role", "queues", "languages", "units", "status", "")]
    rows += [
        (a.name, a.shown_name, a.role.value, ", ".join(a.queues) or "all", ", ".join(a.languages) or "all", str(a.capacity_units),
         a.status.value, "disabled" if a.is_disabled else "")
        for a in agents
    ]  # fmt: skip
    tell(args, [_outline(agent) for agent in agents], table(rows) if agents else ["there are none: `frontdesk agent add NAME` makes one"])
    return 0


async def _passwd(args: argparse.Namespace) -> int:
    settings, password = load_settings(args), _password(args)
    async with _opened_desk(settings) as desk:
        agent = await desk.set_password(args.name, password, actor=ACTOR)
    _tell_account(args, agent, "has a new password", password)
    return 0


async def _disable(args: argparse.Namespace) -> int:
    async with _opened_desk(load_settings(args)) as desk:
        agent = await desk.disable(args.name, actor=ACTOR)
    tell(args, _outline(agent), [f"{agent.name} is disabled"])
    return 0


async def _enable(args: argparse.Namespace) -> int:
    async with _opened_desk(load_settings(args)) as desk:
        agent = await desk.enable(args.name, actor=ACTOR)
    tell(args, _outline(agent), [f"{agent.name} is enabled"])
    return 0


async def _change(args: argparse.Namespace) -> int:
    settings, wanted = load_settings(args), _wanted(args)
    async with _opened_desk(settings) as desk:
        agent = await desk.change_named(args.name, wanted, actor=ACTOR)
    tell(args, _outline(agent), [f"{agent.name} is changed"])
    return 0


def _wanted(args: argparse.Namespace) -> "AgentChange":
    """What `change` is asked for. Raises BadInput where that is nothing."""
    from handoff.administration import AgentChange

    queues = () if args.all_queues else args.queue and tuple(map(QueueName, args.queue))
    languages = () if args.all_languages else args.language and tuple(args.language)
    wanted = AgentChange(
        shown_name=args.shown_name, role=Role(args.role) if args.role else None, queues=queues, languages=languages,
        capacity_units=args.capacity,
    )  # fmt: skip
    if not wanted.fields():
        raise BadInput("agent_change", "something to change, such as --role or --queue")
    return wanted


@asynccontextmanager
async def _opened_desk(settings: Settings) -> AsyncIterator["Desk"]:
    """The desk's service over the record. A gateway that runs meanwhile sees the change within a second."""
    from config.texts import load_texts
    from gateway.clock import SystemClock
    from gateway.core.ids import RandomIds
    from gateway.core.texts import Texts
    from handoff.desk import Desk

    clock = SystemClock()
    async with opened_store(settings) as store, opened_bus(settings, store) as bus:
        yield Desk(store=store, bus=bus, clock=clock, ids=RandomIds(clock.now_ms), texts=Texts(load_texts()), settings=settings)


def _password(args: argparse.Namespace) -> str:
    """A made one; else what is typed twice at a terminal; else the first line of standard input."""
    if args.generate:
        return "".join(secrets.choice(_READABLE) for _ in range(16))
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass("password: ")
    if getpass.getpass("again: ") != typed:
        raise BadInput("password", "the same password twice")
    return typed


def _tell_account(args: argparse.Namespace, agent: Agent, what: str, password: str) -> None:
    made = {"password": password} if args.generate else {}
    tell(args, _outline(agent) | made, [f"{agent.name} {what}", *(f"password: {shown}" for shown in made.values())])


def _outline(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "name": agent.name,
        "shown_name": agent.shown_name,
        "role": agent.role.value,
        "queues": list(agent.queues),
        "languages": list(agent.languages),
        "capacity_units": agent.capacity_units,
        "status": agent.status.value,
        "is_disabled": agent.is_disabled,
    }
