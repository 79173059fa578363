"""`frontdesk run`: serve."""

import argparse
import errno
import gc
import importlib.util
import json
import logging
import secrets
import socket
import sys
from typing import TYPE_CHECKING

from msgspec import structs

from config.demo import demo_phone
from config.loader import secrets_of
from config.problems import ConfigError, Problem
from config.rules import split_listen
from config.schema import Phone, Settings
from gateway.commands.settings import config_file, load_settings
from gateway.core.handoff import Role as Rank
from gateway.lifecycle import run_main
from gateway.logs import configure

if TYPE_CHECKING:
    from gateway.app import House, Role

log = logging.getLogger("gateway")

DEMO_AGENT = "demo"
DEMO_NUMBER = "hotline"
SIP_PORTS = (5060, 5062, 5064, 5066, 5068, 5080)
"""The first that is free; softphones take 5060 for granted."""
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that look alike: the password is read from one screen and typed into another."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on, instead of the configured one")
    parser.add_argument("--port", type=int, help="the port, instead of the configured one; 0: any free one")
    parser.add_argument("--roles", help="what this process does, with commas: web, turns, delivery, listen, timers (default: all)")
    parser.add_argument("--demo", action="store_true", help="print the pages' addresses and a desk login made for this run")


def run(args: argparse.Namespace) -> int:
    gc.disable()  # until the modules are imported, which stay: looking through them again and again took a tenth of the start
    try:
        return _run(args)
    finally:
        gc.enable()


def _run(args: argparse.Namespace) -> int:
    settings = listening(load_settings(args), args.host, args.port)
    if args.demo and config_file(args) is None:
        settings = with_phone(settings)
    configure(settings.gateway.log_level, settings.gateway.log_format, secrets=secrets_of(settings))
    try:
        return run_main(lambda: _serve(settings, args))
    except OSError as error:
        if not isinstance(error, socket.gaierror) and error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        message = f"expected an address that is free to listen on, got {settings.gateway.listen}: choose another with --port or --host"
        raise ConfigError([Problem("[gateway] listen", message)]) from None


def listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    """The settings with the address that the command line asks for."""
    known_host, known_port = split_listen(settings.gateway.listen)
    host, port = host or known_host, known_port if port is None else port
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        split_listen(listen)
    except ValueError as error:
        raise ConfigError([Problem("--host, --port", str(error))]) from None
    return structs.replace(settings, gateway=structs.replace(settings.gateway, listen=listen))


def with_phone(settings: Settings) -> Settings:
    """The settings with a number to ring, where the packages for that are installed and a port is free."""
    if importlib.util.find_spec("baresip") is None:
        return settings
    port = next(filter(_is_free, SIP_PORTS), None)
    return settings if port is None else structs.replace(settings, channels={**settings.channels, DEMO_NUMBER: demo_phone(port)})


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def number_to_ring(settings: Settings) -> str:
    """What to type into a softphone on this machine; "" where nobody would answer."""
    phone = settings.channels.get(DEMO_NUMBER)
    if not isinstance(phone, Phone):
        return ""
    port = phone.sip.listen.rpartition(":")[2]
    return f"sip:{phone.sip.number}@127.0.0.1" + ("" if port == str(SIP_PORTS[0]) else f":{port}")


async def _serve(settings: Settings, args: argparse.Namespace) -> int:
    from gateway.app import serve

    async def announce(house: "House", port: int) -> None:
        log.info("frontdesk runs", extra={"port": port, "roles": args.roles or "all"})
        if args.demo:
            await _tell_demo(house, port, as_json=args.json)
        elif not await house.store.agents():
            log.warning("there are no agents yet: `frontdesk agent add` makes one")

    return await serve(settings, roles=roles(args.roles), announce=announce)


def roles(words: str | None) -> "frozenset[Role]":
    """The roles of `--roles`. Raises ConfigError for an unknown one."""
    from gateway.app import ALL_ROLES, Role

    if words is None:
        return ALL_ROLES
    wanted = [word.strip() for word in words.split(",") if word.strip()]
    unknown = [word for word in wanted if word not in list(Role)]
    if unknown or not wanted:
        known = ", ".join(Role)
        raise ConfigError([Problem("--roles", f"expected some of {known}, got {', '.join(unknown) or 'none'}")])
    return frozenset(map(Role, wanted))


async def _tell_demo(house: "House", port: int, *, as_json: bool) -> None:
    """Print where to look, and a login with a new password: the one of an earlier run is over."""
    password = "".join(secrets.choice(_READABLE) for _ in range(max(12, house.settings.security.password_min_length)))
    await give_login(house, password)
    url, number = page_url(house.settings, port), number_to_ring(house.settings)
    if as_json:
        said = {"demo": f"{url}/", "desk": f"{url}/desk/", "agent": {"name": DEMO_AGENT, "password": password}}
        print(json.dumps({**said, "phone": number} if number else said), flush=True)
        return
    print(
        f"""
Frontdesk is up. Ctrl-C stops it.

  demo page  {url}/
  desk       {url}/desk/
  agent      {DEMO_AGENT}
  password   {password}   (made for this run)
{_phone_line(number)}""",
        flush=True,
    )
    sys.stdout.flush()


def _phone_line(number: str) -> str:
    """How to ring, or why nobody can."""
    if number:
        return f"""  phone      {number}   (call it from a softphone on this machine, such as Linphone or baresip; no account needed)
"""
    if importlib.util.find_spec("baresip") is None:
        return "  phone      none here: its packages come for Linux on x86_64 and aarch64 (pip install 'frontdesk[phone]')\n"
    return ""


async def give_login(house: "House", password: str) -> None:
    """Make the demo's agent, or give it this password."""
    if await house.store.agent_by_name(DEMO_AGENT) is None:
        await house.desk.add_agent(DEMO_AGENT, password, actor="command", role=Rank.ADMIN)
    else:
        await house.desk.set_password(DEMO_AGENT, password, actor="command")


def page_url(settings: Settings, port: int) -> str:
    """What to type into a browser on this machine."""
    if settings.gateway.public_url:
        return settings.gateway.public_url
    host, _ = split_listen(settings.gateway.listen)
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - recognized, not bound
    return f"http://{shown}:{port}"
