"""Whose calls are taken: addresses that are looked up, and kept while the names can't be."""

import asyncio
import socket
from typing import Any

import pytest

from adapters.phone.sip.peers import Peers


async def test_a_host_keeps_its_addresses_while_its_name_can_not_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"sip.example.com": ["10.0.0.2", "2001:db8::2"], "trunk.example.com": ["10.0.0.9"]}

    async def look_up(name: str, *_: object, **__: object) -> list[Any]:
        if name not in known:
            raise socket.gaierror
        return [(socket.AF_INET, 0, 0, "", (address, 0)) for address in known[name]]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    peers = Peers(("sip.example.com:5060",), "trunk.example.com")
    assert peers.all == {"sip.example.com", "trunk.example.com"}, "never anybody's"
    await peers.find()
    addresses = {"10.0.0.2", "2001:db8::2", "10.0.0.9"}
    assert peers.all == {"sip.example.com", "trunk.example.com", *addresses}
    del known["sip.example.com"]
    known["trunk.example.com"] = ["10.0.0.10"]
    await peers.find()
    assert peers.all == {"sip.example.com", "trunk.example.com", "10.0.0.2", "2001:db8::2", "10.0.0.10"}


async def test_without_peers_anybody_may_call() -> None:
    peers = Peers((), "sip.example.com")
    await peers.find()
    await peers.keep()
    assert peers.all == frozenset()
