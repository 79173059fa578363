"""Links to files: made by us, for one file, for seven days."""

import pytest

from gateway.core.errors import Forged
from gateway.core.ids import FileId
from gateway.core.parts import FileRef
from gateway.links import FileLinks
from tests.fakes import FrozenClock

FILE = FileRef(id=FileId("f1"), name="a.txt", mime="text/plain", size_bytes=1, sha256="0")


def parts(link: str) -> tuple[str, str]:
    """(until, mac) of a link."""
    query = link.partition("?")[2]
    until, _, mac = query.removeprefix("until=").partition("&mac=")
    return until, mac


def test_a_link_opens_its_file_for_seven_days(clock: FrozenClock) -> None:
    links = FileLinks(b"secret", clock, "https://help.example.com")
    link = links.link(FILE)
    assert link.startswith("https://help.example.com/files/f1?until=")
    until, mac = parts(link)
    clock.advance(7 * 86_400 - 1)
    links.check("f1", until, mac)
    clock.advance(2)
    with pytest.raises(Forged):
        links.check("f1", until, mac)


def test_nothing_but_what_was_signed_opens(clock: FrozenClock) -> None:
    links = FileLinks(b"secret", clock, "")
    until, mac = parts(links.link(FILE))
    other = FileLinks(b"another", clock, "")
    for file_id, at, signed in (
        ("f2", until, mac),
        ("f1", str(int(until) + 1), mac),
        ("f1", until, mac[:-1]),
        ("f1", "", ""),
        ("f1", until, "ü"),
    ):
        with pytest.raises(Forged):
            links.check(file_id, at, signed)
    with pytest.raises(Forged):
        other.check("f1", until, mac)
