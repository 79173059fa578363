"""Whom a customer who undoes a link leaves behind, and who stays together."""

from datetime import timedelta
from typing import cast

from config.texts import load_texts
from gateway.core.contact import CUSTOMER, Address, AddressKind, Identity, Proof, contact_of
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, ContactId, EventKey, Thread
from gateway.core.parts import Part, Pick, Text
from gateway.core.ports import Store
from gateway.core.texts import Texts
from gateway.linking import generation
from gateway.unlinking import Unlinking, alone, apart, staying
from tests.fakes import START

BROWSER = Address(AddressKind.VISITOR, "site", "v1")
OTHER_BROWSER = Address(AddressKind.VISITOR, "site", "v2")
USER = Address(AddressKind.SITE_USER, "site", "user-7")
OPENID = Address(AddressKind.OPENID, "wx1", "o1")
ELSEWHERE = Address(AddressKind.OPENID, "wx2", "o9")
UNIONID = Address(AddressKind.UNIONID, "wechat", "u1")
C = ContactId("c")
WORDS = Unlinking(cast("Store", None), Texts(load_texts()), "Rosewood")


def row(address: Address, proof: Proof = Proof.SCAN) -> Identity:
    return Identity(address=address, contact_id=C, verified_by=proof, at=START)


def groups(*of: Identity) -> list[list[Address]]:
    return [[one.address for one in group] for group in apart(OPENID, of)]


def is_asked(*parts: Part, sender: Address = OPENID) -> bool:
    event = Inbound(channel=ChannelName("oa"), thread=Thread("o1"), key=EventKey("k"), sender=sender, at=START, event=Said(parts))
    return WORDS.is_asked(event, parts)


def test_the_words_are_known_in_three_languages_in_any_case_and_width_with_the_quotes_that_people_copy() -> None:
    for words in ("解除关联", "解除關聯", "unlink", "UNLINK", "Ｕｎｌｉｎｋ", " “解除关联”。", "「解除關聯」\n"):
        assert is_asked(Text(words)), words


def test_whoever_says_more_or_taps_or_writes_on_the_website_means_something_else() -> None:
    for words in ("怎么解除关联", "解除关联吗", "unlink me", "解除", "", "unlink" + " " * 100):
        assert not is_asked(Text(words)), words
    assert not is_asked(Text("unlink"), Text("now"))
    assert not is_asked(Pick("x", "unlink"))
    assert not is_asked(Text("unlink"), sender=BROWSER)
    assert not is_asked(Text("unlink"), sender=USER)


def test_a_user_and_their_logged_in_browsers_stay_together_and_a_strangers_browser_does_not_stay_with_them() -> None:
    """The stranger's code was scanned by a customer who had an account of their own on the site."""
    of = (row(OPENID), row(OTHER_BROWSER), row(USER), row(BROWSER, Proof.JWT))
    assert groups(*of) == [[OPENID], [USER, BROWSER], [OTHER_BROWSER]]


def test_what_the_platform_says_is_one_account_goes_as_one_and_another_account_that_was_scanned_in_does_not() -> None:
    assert groups(row(OPENID), row(UNIONID, Proof.CHANNEL), row(ELSEWHERE, Proof.CHANNEL), row(BROWSER)) == [
        [OPENID, UNIONID, ELSEWHERE], [BROWSER],
    ]  # fmt: skip
    assert groups(row(OPENID), row(ELSEWHERE), row(BROWSER)) == [[OPENID], [ELSEWHERE], [BROWSER]]
    assert groups(row(OPENID), row(ELSEWHERE, Proof.CHANNEL), row(BROWSER)) == [[OPENID], [ELSEWHERE], [BROWSER]]


def test_whoever_made_the_contact_keeps_it_then_the_sites_user_then_the_sender() -> None:
    parted = apart(OPENID, (row(OPENID), row(USER), row(BROWSER)))
    assert staying(parted, contact_of(BROWSER)) is parted[2]
    assert staying(parted, contact_of(OPENID)) is parted[0]
    assert staying(parted, C) is parted[1]
    assert staying(apart(OPENID, (row(OPENID), row(BROWSER))), C)[0].address == OPENID


def test_each_is_known_by_its_own_proof_again_and_web_chats_need_new_tokens() -> None:
    now = START + timedelta(minutes=1)
    rows = alone((row(USER), row(BROWSER, Proof.JWT)), C, now, OPENID) + alone((row(OTHER_BROWSER),), ContactId("d"), now, OPENID)
    rows += alone((row(OPENID), row(UNIONID, Proof.CHANNEL)), C, now, OPENID)
    assert [(one.address, one.contact_id, one.verified_by) for one in rows] == [
        (USER, C, Proof.JWT), (BROWSER, C, Proof.JWT), (OTHER_BROWSER, "d", Proof.TOKEN), (OPENID, C, Proof.CHANNEL),
    ]  # fmt: skip
    assert {one.linked_by for one in rows} == {CUSTOMER}
    assert min(generation(one) for one in rows) > generation(row(USER))
