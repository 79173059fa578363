"""What makes one customer of two addresses, what parts them again, and what that does to tokens."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.core.changes import LinkCode
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof, contact_of, filled
from gateway.core.ids import ChannelName, ContactId, Thread
from gateway.linking import (
    CODE_LASTS,
    Outcome,
    Side,
    clash,
    code_id,
    counting,
    doubted,
    generation,
    handed_back,
    joined,
    parted,
    refusal,
    scanned,
)
from tests.fakes import START

SITE, OA = ChannelName("site"), ChannelName("oa")
VISITOR = Address(AddressKind.VISITOR, "site", "v1")
USER = Address(AddressKind.SITE_USER, "site", "user-7")
OTHER_USER = Address(AddressKind.SITE_USER, "site", "user-8")
OPENID = Address(AddressKind.OPENID, "wx1", "o1")
OTHER_OPENID = Address(AddressKind.OPENID, "wx1", "o2")
MAIL = Address(AddressKind.EMAIL, "", "a@example.com")
CODE = LinkCode(
    id=code_id("c"), channel=SITE, thread=Thread("v1"), address=VISITOR, made_at=START, expires_at=START + CODE_LASTS, version=1
)  # fmt: skip


def identity(address: Address, contact: Address | None = None, proof: Proof = Proof.CHANNEL, minute: int = 0) -> Identity:
    return Identity(address=address, contact_id=contact_of(contact or address), verified_by=proof, at=START + timedelta(minutes=minute))


def side(address: Address, *, of: Address | None = None, minute: int | None = None, more: tuple[Identity, ...] = ()) -> Side:
    """An address, the contact that `of` has made, and since when that is on record."""
    since = None if minute is None else START + timedelta(minutes=minute)
    return Side(address=address, contact_id=contact_of(of or address), since=since, identities=more)


def whose(rows: tuple[Identity, ...]) -> dict[Address, ContactId]:
    return {row.address: row.contact_id for row in rows}


# ---- codes ----------------------------------------------------------------------------------------------------------------------


def test_a_code_is_kept_as_something_that_does_not_tell_it() -> None:
    assert "K7" not in code_id("K7")
    assert code_id("K7") != code_id("K8")


def test_a_fresh_code_of_another_channel_links() -> None:
    assert refusal(CODE, None, OA, OPENID, START) is None


def test_a_code_holds_for_ten_minutes() -> None:
    assert refusal(CODE, None, OA, OPENID, START + timedelta(minutes=9, seconds=59)) is None
    assert refusal(CODE, None, OA, OPENID, START + timedelta(minutes=10)) is Outcome.EXPIRED


def test_a_code_that_nobody_made_is_taken_for_one_that_has_expired() -> None:
    assert refusal(None, None, OA, OPENID, START) is Outcome.EXPIRED


def test_a_code_proves_nothing_on_the_channel_that_made_it() -> None:
    assert refusal(CODE, None, SITE, USER, START) is Outcome.EXPIRED


def test_a_code_is_used_once_and_its_user_is_told_that_it_was() -> None:
    used = structs.replace(CODE, used_by=OPENID)
    assert refusal(used, None, OA, OPENID, START) is Outcome.ALREADY
    assert refusal(used, None, OA, OTHER_OPENID, START) is Outcome.USED


def test_a_code_of_a_visitor_who_has_logged_in_since_is_worth_nothing() -> None:
    """It may have been made by whoever planted the token that the visitor came with."""
    assert refusal(CODE, identity(VISITOR, USER, Proof.JWT), OA, OPENID, START) is Outcome.EXPIRED


def test_a_code_from_before_the_last_link_is_worth_nothing() -> None:
    assert refusal(CODE, identity(VISITOR, OPENID, Proof.SCAN, minute=1), OA, OTHER_OPENID, START + timedelta(minutes=2)) is Outcome.EXPIRED
    assert refusal(CODE, identity(VISITOR, OPENID, Proof.SCAN, minute=-1), OA, OTHER_OPENID, START) is None


# ---- who wins -------------------------------------------------------------------------------------------------------------------


def test_an_anonymous_visitor_joins_the_contact_that_the_scanner_is() -> None:
    link = scanned(side(VISITOR), side(OPENID, minute=0), START)
    assert link.outcome is Outcome.LINKED
    assert link.contact_id == contact_of(OPENID)
    assert whose(link.identities) == {VISITOR: contact_of(OPENID), OPENID: contact_of(OPENID)}
    assert {row.verified_by for row in link.identities} == {Proof.SCAN}
    assert link.contacts == ()


def test_the_older_contact_wins() -> None:
    link = scanned(side(VISITOR, minute=-5), side(OPENID, minute=-1), START)
    assert link.contact_id == contact_of(VISITOR)


def test_a_user_whom_the_site_knows_wins_over_an_older_contact_and_is_made_where_there_is_none() -> None:
    link = scanned(side(USER), side(OPENID, minute=-999), START)
    assert link.contact_id == contact_of(USER)
    assert link.contacts == (Contact(id=contact_of(USER), created_at=START),)


def test_everything_that_is_checked_of_the_loser_follows_with_its_own_proof() -> None:
    mail = identity(MAIL, OPENID, Proof.DMARC)
    link = scanned(side(USER, minute=0), side(OPENID, minute=0, more=(identity(OPENID), mail)), START)
    assert whose(link.identities) == {USER: contact_of(USER), OPENID: contact_of(USER), MAIL: contact_of(USER)}
    assert [row.verified_by for row in link.identities if row.address == MAIL] == [Proof.DMARC]


def test_two_that_are_one_already_stay_as_they_are() -> None:
    link = scanned(side(VISITOR, of=OPENID, minute=0), side(OPENID, minute=0), START)
    assert (link.outcome, link.identities) == (Outcome.ALREADY, ())


def test_a_scanner_who_is_another_user_of_the_site_is_a_question_for_an_agent() -> None:
    held = (identity(OTHER_USER, proof=Proof.JWT), identity(OPENID, OTHER_USER, Proof.SCAN))
    link = scanned(side(USER, minute=0), side(OPENID, of=OTHER_USER, minute=0, more=held), START)
    assert link.outcome is Outcome.DOUBTFUL
    (suggestion,) = link.identities
    assert (suggestion.address, suggestion.contact_id, suggestion.verified_by) == (OPENID, contact_of(USER), Proof.NONE)
    assert counting([*held, suggestion])[OPENID].contact_id == contact_of(OTHER_USER)


def test_a_second_account_of_the_same_platform_is_no_silent_link_either() -> None:
    """A browser that two people share."""
    web = side(VISITOR, of=OPENID, minute=0, more=(identity(OPENID), identity(VISITOR, OPENID, Proof.SCAN)))
    assert scanned(web, side(OTHER_OPENID, minute=0), START).outcome is Outcome.DOUBTFUL


def test_accounts_of_two_platforms_are_one_person() -> None:
    elsewhere = Address(AddressKind.OPENID, "wx2", "o9")
    web = side(VISITOR, of=OPENID, minute=0, more=(identity(OPENID),))
    assert not clash(web, side(elsewhere))


def test_a_visitor_who_was_bound_to_a_user_stays_bound_when_an_agent_links_them() -> None:
    bound = identity(VISITOR, USER, Proof.JWT)
    link = joined(side(VISITOR, of=USER, minute=0, more=(bound,)), side(MAIL, minute=1), Proof.AGENT, START, "a7")
    assert [row.verified_by for row in link.identities if row.address == VISITOR] == [Proof.JWT]
    assert [(row.verified_by, row.linked_by) for row in link.identities if row.address == MAIL] == [(Proof.AGENT, "a7")]


def test_who_logs_in_comes_alone_and_whom_they_had_been_linked_with_is_asked_about_unless_there_would_be_two_of_a_kind() -> None:
    held = (identity(VISITOR, OPENID, Proof.SCAN), identity(OPENID, proof=Proof.SCAN))
    browser = side(VISITOR, of=OPENID, minute=0, more=held)
    (asked,) = doubted(browser, side(USER, minute=0), START)
    assert (asked.address, asked.contact_id, asked.verified_by) == (OPENID, contact_of(USER), Proof.NONE)
    assert doubted(browser, side(USER, minute=0, more=(identity(OTHER_OPENID, USER),)), START) == []


# ---- undoing --------------------------------------------------------------------------------------------------------------------


def test_what_is_parted_is_its_own_contact_again_and_the_tokens_of_both_are_replaced() -> None:
    of = (identity(OPENID), identity(VISITOR, OPENID, Proof.SCAN))
    link = parted(VISITOR, of, (), START, "a7")
    assert whose(link.identities) == {VISITOR: contact_of(VISITOR)}
    link = parted(OPENID, (identity(OPENID, VISITOR, Proof.SCAN), identity(VISITOR, proof=Proof.SCAN)), (), START, "a7")
    assert whose(link.identities) == {OPENID: contact_of(OPENID), VISITOR: contact_of(VISITOR)}
    assert {(row.verified_by, row.linked_by) for row in link.identities} == {(Proof.AGENT, "a7")}


def test_whoever_made_the_contact_that_others_joined_gets_a_new_one() -> None:
    link = parted(OPENID, (identity(OPENID), identity(VISITOR, OPENID, Proof.SCAN)), (), START, "a7")
    assert link.contact_id not in {contact_of(OPENID), contact_of(VISITOR)}
    assert whose(link.identities)[VISITOR] == contact_of(OPENID)


def test_whose_own_contact_others_have_now_gets_a_new_one() -> None:
    """They were parted before, and whoever had joined them stayed."""
    stayed = identity(MAIL, OPENID, Proof.CODE)
    link = parted(OPENID, (identity(OPENID, VISITOR, Proof.SCAN), identity(VISITOR)), (stayed,), START, "a7")
    assert link.contact_id not in {contact_of(OPENID), contact_of(VISITOR)}


def test_what_the_leaving_side_had_filled_in_goes_with_it_and_what_nobody_is_on_record_for_stays() -> None:
    there = filled(Contact(id=contact_of(OPENID), created_at=START, phone="+8613800138000"), {"name": "Lin"}, OPENID)
    shared = filled(there, {"email": "a@example.com"}, VISITOR)
    stays, goes = handed_back(shared, Contact(id=contact_of(VISITOR), created_at=START), {VISITOR})
    assert (stays.name, stays.email, stays.phone) == ("Lin", None, "+8613800138000")
    assert (goes.name, goes.email, goes.phone) == ("", "a@example.com", None)
    assert (stays.said_by, goes.said_by) == ((("name", OPENID),), (("email", VISITOR),))


def test_what_whoever_leaves_has_said_at_home_is_not_written_over() -> None:
    home = filled(Contact(id=contact_of(VISITOR), created_at=START), {"email": "own@example.com"}, VISITOR)
    stays, goes = handed_back(
        filled(Contact(id=contact_of(OPENID), created_at=START), {"email": "b@example.com"}, VISITOR), home, {VISITOR}
    )
    assert (stays.email, goes.email) == (None, "own@example.com")


# ---- tokens ---------------------------------------------------------------------------------------------------------------------


def test_a_link_and_its_undoing_each_replace_the_tokens_from_before() -> None:
    linked = generation(identity(VISITOR, OPENID, Proof.SCAN, minute=1))
    undone = generation(identity(VISITOR, VISITOR, Proof.AGENT, minute=2))
    assert 0 < linked < undone


def test_what_nobody_links_leaves_tokens_alone() -> None:
    assert generation(None) == 0
    assert generation(identity(VISITOR, proof=Proof.NONE)) == 0
    assert generation(identity(USER, proof=Proof.JWT)) == 0


# ---- any order ------------------------------------------------------------------------------------------------------------------

PEOPLE = (VISITOR, USER, OPENID, OTHER_OPENID, MAIL)
STEPS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans()), max_size=25)


@given(STEPS)
def test_any_order_of_links_and_undoings_leaves_each_address_with_the_newest_row(steps: list[tuple[Address, Address, bool]]) -> None:
    rows = [identity(address) for address in PEOPLE]
    since = {contact_of(address): START for address in PEOPLE}
    for minute, (one, other, is_link) in enumerate(steps, start=1):
        now, counted = START + timedelta(minutes=minute), counting(rows)

        def of(address: Address, counted: dict[Address, Identity] = counted) -> tuple[Identity, ...]:
            return tuple(row for row in counted.values() if row.contact_id == counted[address].contact_id)

        if is_link:
            web, scanner = (
                Side(address=a, contact_id=counted[a].contact_id, since=since.get(counted[a].contact_id), identities=of(a))
                for a in (one, other)
            )
            link = scanned(web, scanner, now)
            expected = dict.fromkeys(web.addresses | scanner.addresses, link.contact_id)
            if link.outcome is not Outcome.LINKED:
                expected = {address: row.contact_id for address, row in counted.items()}
        else:
            at_home = tuple(row for row in counted.values() if row.contact_id == contact_of(one))
            link = parted(one, of(one), at_home, now, "a7")
            assert link.contact_id not in {row.contact_id for row in counted.values()}
            assert link.contact_id != counted[one].contact_id
            expected = {one: link.contact_id, **{row.address: row.contact_id for row in of(one) if row.address != one}}
        rows += link.identities
        since |= {contact.id: now for contact in link.contacts}
        after = counting(rows)
        assert {address: after[address].contact_id for address in expected} == expected
        untouched = set(PEOPLE) - set(expected)
        assert {address: after[address] for address in untouched} == {address: counted[address] for address in untouched}
        assert after == {
            address: [row for row in rows if row.address == address and row.verified_by is not Proof.NONE][-1] for address in PEOPLE
        }
        for group in {row.contact_id for row in after.values()}:
            held = {address for address, row in after.items() if row.contact_id == group}
            assert not {OPENID, OTHER_OPENID} <= held
