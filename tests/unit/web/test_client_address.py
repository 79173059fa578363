"""Whose address a limit is counted by, and whose words about it are believed."""

import pytest

from gateway.web.address import believed, networks

PROXIES = networks(("10.0.0.0/8", "::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1, 10.2.3.4"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1, 10.2.3.4"], "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::1", ["10.0.0.9"], "10.0.0.9"),
        ("10.0.0.1", ["<script>"], "unknown"),
        ("", [], "unknown"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:50123"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.2.3.4:443"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8:1:2::9]:50123"], "2001:db8:1:2::"),
        ("10.0.0.1", ["198.51.100.1:99:99"], "unknown"),
    ],
)
def test_only_our_proxies_are_believed_and_only_their_last_word(peer: str, forwarded: list[str], expected: str) -> None:
    assert believed(peer, forwarded, PROXIES) == expected
