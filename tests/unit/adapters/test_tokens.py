"""Visitors' tokens: what is ours, whose it is, and for how long."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.webchat.tokens import Tokens, Visitor
from gateway.core.contact import AddressKind
from gateway.core.errors import Forged
from gateway.core.ids import ChannelName, Thread

SITE = ChannelName("site")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
TOKENS = Tokens(b"an installation's signing key, 32+")
ANYBODY = Visitor(site=SITE, id=Thread("v1"), issued_at=NOW)
USER = Visitor(site=SITE, id=Thread("v1"), issued_at=NOW, user="user-7", name="A name")


@pytest.mark.parametrize("visitor", [ANYBODY, USER])
def test_a_token_names_the_visitor_it_was_made_for(visitor: Visitor) -> None:
    assert TOKENS.read(TOKENS.issue(visitor), SITE, NOW) == visitor


def test_a_token_of_another_installation_is_refused() -> None:
    other = Tokens(b"another installation's signing key").issue(ANYBODY)
    with pytest.raises(Forged, match="token_invalid"):
        TOKENS.read(other, SITE, NOW)


def test_a_token_of_another_site_is_refused() -> None:
    with pytest.raises(Forged):
        TOKENS.read(TOKENS.issue(ANYBODY), ChannelName("other"), NOW)


def test_a_visitor_cannot_make_himself_a_user() -> None:
    version, _, signature = TOKENS.issue(ANYBODY).split(".")
    forged = base64.urlsafe_b64encode(b'{"s":"site","v":"v1","t":1793611800,"u":"user-7"}').rstrip(b"=").decode()
    with pytest.raises(Forged):
        TOKENS.read(f"{version}.{forged}.{signature}", SITE, NOW)


@pytest.mark.parametrize(("visitor", "days", "is_good"), [(ANYBODY, 364, True), (ANYBODY, 366, False), (USER, 29, True), (USER, 31, False)])
def test_a_token_ends_some_day(visitor: Visitor, days: int, *, is_good: bool) -> None:
    token, then = TOKENS.issue(visitor), NOW + timedelta(days=days)
    if is_good:
        assert TOKENS.read(token, SITE, then) == visitor
    else:
        with pytest.raises(Forged):
            TOKENS.read(token, SITE, then)


def test_a_token_from_the_future_is_refused() -> None:
    with pytest.raises(Forged):
        TOKENS.read(TOKENS.issue(ANYBODY), SITE, NOW - timedelta(minutes=6))


@given(st.text(max_size=200))
def test_nonsense_is_refused_and_nothing_else_happens(token: str) -> None:
    with pytest.raises(Forged):
        TOKENS.read(token, SITE, NOW)


@given(place=st.integers(0, 200), character=st.characters())
def test_a_changed_token_is_refused(place: int, character: str) -> None:
    token = TOKENS.issue(USER)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        with pytest.raises(Forged):
            TOKENS.read(changed, SITE, NOW)


def test_a_user_and_a_visitor_are_different_addresses() -> None:
    assert (ANYBODY.address.kind, ANYBODY.address.value) == (AddressKind.VISITOR, "v1")
    assert (USER.address.kind, USER.address.value) == (AddressKind.SITE_USER, "user-7")


def test_the_key_is_not_shown() -> None:
    assert repr(TOKENS) == "Tokens()"


def test_a_token_says_under_which_link_it_was_made() -> None:
    linked = Visitor(site=ANYBODY.site, id=ANYBODY.id, issued_at=NOW, link=1_793_611_800_000)
    assert TOKENS.read(TOKENS.issue(linked), ANYBODY.site, NOW) == linked
    assert TOKENS.read(TOKENS.issue(ANYBODY), ANYBODY.site, NOW).link == 0


def test_a_claim_names_its_code_and_nobody_makes_one_of_a_code_that_they_see() -> None:
    claim = TOKENS.claim("K7")
    assert TOKENS.claimed(claim) == "K7"
    assert TOKENS.claimed(claim.replace("K7", "K8")) is None
    assert TOKENS.claimed(Tokens(b"another installation's signing key").claim("K7")) is None
    assert TOKENS.claimed(TOKENS.issue(ANYBODY)) is None


@given(st.text(max_size=60))
def test_a_nonsensical_claim_names_nothing(claim: str) -> None:
    assert TOKENS.claimed(claim) is None
