"""A mail becomes words that the bot and people can use, and says where its answer goes."""

import msgspec
import pytest
from msgspec import structs

from adapters.email import letters
from adapters.email.found import Found
from adapters.email.quoting.splitting import split
from adapters.email.words import Addressing, Mail, Mailbox
from gateway.core.channel import Enclosed
from gateway.core.contact import Proof
from gateway.core.events import Inbound, Said
from gateway.core.ids import FileId, Thread
from gateway.core.parts import Arriving, FileRef, Letter, Text
from tests.unit.adapters.mail_means import AT, NAME, SUPPORT

OURS = (SUPPORT, "hello@example.com")
CUSTOMER = Mailbox("Customer", "customer@example.net")
FILE = FileRef(id=FileId("f" * 32), name="1.eml", mime="message/rfc822", size_bytes=10, sha256="0" * 64)
MAIL = Mail(
    message_id="one@example.net", subject="Re[2]: 回复：Where is my parcel?", sender=CUSTOMER, to=(Mailbox("", SUPPORT),),
    text="It has not come yet.", date=AT,
)  # fmt: skip
FOUND = Found(key="key", at=AT, sender=CUSTOMER.address, thread=Thread("thread"), word="dmarc", file=FILE)


def event_of(mail: Mail = MAIL, found: Found = FOUND) -> Inbound:
    return letters.events(NAME, mail, split(mail.text), found, OURS, attachments_max_count=3)[0]


def words_of(mail: Mail = MAIL, found: Found = FOUND) -> str:
    event = event_of(mail, found).event
    assert isinstance(event, Said)
    return "|".join(part.text for part in event.parts if isinstance(part, Text))


def addressing_of(mail: Mail = MAIL, found: Found = FOUND) -> Addressing:
    return msgspec.json.decode(event_of(mail, found).addressing, type=Addressing)


@pytest.mark.parametrize(
    ("text", "is_first", "words"),
    [
        ("It has not come yet.", True, "Where is my parcel?\n\nIt has not come yet."),
        ("It has not come yet.", False, "It has not come yet."),
        ("", False, "Where is my parcel?"),
        ("???", False, "Where is my parcel?\n\n???"),
        ("Where is my parcel? It has not come.", True, "Where is my parcel? It has not come."),
        ("Thanks\n\n> All that was said\n> before", False, "Thanks"),
        ("> only what was said", False, "> only what was said"),
    ],
)
def test_the_words_are_the_reply_with_the_subject_where_it_is_needed(text: str, is_first: bool, words: str) -> None:
    mail = structs.replace(MAIL, text=text, subject="Where is my parcel?")
    assert words_of(mail, structs.replace(FOUND, is_first=is_first)) == words


def test_the_subject_of_an_earlier_mail_is_not_what_is_said_below_it() -> None:
    assert words_of() == "It has not come yet."
    assert words_of(structs.replace(MAIL, text="")) == "Where is my parcel?"


def test_long_words_come_in_pieces_that_a_message_may_have_and_end_somewhere() -> None:
    text = "\n".join(f"第{number}行 says something of its own 😀" for number in range(2_000))
    event = event_of(structs.replace(MAIL, text=text, subject="Where is my parcel?")).event
    assert isinstance(event, Said)
    pieces = [part.text for part in event.parts if isinstance(part, Text)]
    assert max(len(piece.encode()) for piece in pieces) <= 4096
    whole = f"Where is my parcel?\n\n{text}"[:20_000]
    assert "\n".join(pieces) == whole
    unbroken = structs.replace(MAIL, text="好" * 19_000, subject="")
    assert words_of(unbroken).replace("|", "") == "好" * 19_000


def test_nothing_at_all_is_still_a_letter() -> None:
    event = event_of(Mail(), structs.replace(FOUND, sender="")).event
    assert isinstance(event, Said)
    (letter,) = event.parts
    assert isinstance(letter, Letter)
    assert event_of(Mail(), structs.replace(FOUND, sender="")).sender.value == "nobody@sender.invalid"
    assert addressing_of(Mail(), structs.replace(FOUND, sender="")).to == ()


def test_what_lies_in_it_is_fetched_later_programs_stay_and_ornaments_are_left_out() -> None:
    def enclosed(place: int, mime: str, **more: bool) -> Enclosed:
        return Enclosed(place=place, name=f"{place}.bin", mime=mime, size_bytes=4_000 if more.get("is_inline") else 90_000, **more)

    mail = structs.replace(
        MAIL,
        enclosed=(
            enclosed(1, "image/png"), enclosed(2, "image/gif", is_inline=True), enclosed(3, "application/pdf"),
            enclosed(4, "application/x-msdownload", is_held_back=True), enclosed(5, "application/pdf"),
        ),
    )  # fmt: skip
    event = event_of(mail).event
    assert isinstance(event, Said)
    assert [part for part in event.parts if isinstance(part, Arriving)] == [
        Arriving(kind="image", media=f"{'f' * 32}/1", name="1.bin"),
        Arriving(kind="file", media=f"{'f' * 32}/3", name="3.bin"),
        Arriving(kind="file", media=f"{'f' * 32}/4", name="4.bin", failure="held_back"),
        Arriving(kind="file", media=f"{'f' * 32}/5", name="5.bin", failure="too_many"),
    ]


def test_copies_are_kept_but_for_ourselves() -> None:
    mail = structs.replace(
        MAIL,
        to=(Mailbox("", SUPPORT), Mailbox("Boss", "boss@example.net")),
        cc=(
            Mailbox("", "support+tabc@example.com"), Mailbox("", "hello@example.com"), CUSTOMER, Mailbox("", "boss@example.net"),
            Mailbox("", "clerk@example.net"),
        ),
    )  # fmt: skip
    assert addressing_of(mail).to == (CUSTOMER,)
    assert addressing_of(mail).cc == (Mailbox("Boss", "boss@example.net"), Mailbox("", "clerk@example.net"))


@pytest.mark.parametrize(
    ("found", "reply_to", "to"),
    [
        ({}, "elsewhere@example.org", "elsewhere@example.org"),
        ({"word": "none"}, "elsewhere@example.org", "elsewhere@example.org"),
        ({"word": "none", "is_first": False}, "elsewhere@example.org", CUSTOMER.address),
        ({"word": "none", "is_first": False}, "desk@mail.example.net", "desk@mail.example.net"),
        ({"is_first": False}, "elsewhere@example.org", "elsewhere@example.org"),
        ({"is_first": False, "word": "none", "is_doubted": True}, "desk@mail.example.net", CUSTOMER.address),
        ({}, SUPPORT, CUSTOMER.address),
    ],
    ids=["proven", "first", "later", "own_house", "later_proven", "doubted", "ourselves"],
)
def test_a_reply_goes_where_the_sender_may_say(found: dict[str, object], reply_to: str, to: str) -> None:
    """In a thread with a past, an unproven mail turns no answer to somewhere else."""
    mail = structs.replace(MAIL, reply_to=(Mailbox("", reply_to),))
    assert [one.address for one in addressing_of(mail, structs.replace(FOUND, **found)).to] == [to]


def test_who_wrote_is_the_sender_or_whom_a_proven_one_names_in_their_own_house() -> None:
    for reply_to, word, alone in (
        ("victim@example.org", "dmarc", CUSTOMER.address), ("victim@example.org", "none", CUSTOMER.address),
        ("desk@mail.example.net", "dmarc", "desk@mail.example.net"), ("desk@mail.example.net", "none", CUSTOMER.address),
    ):  # fmt: skip
        made = addressing_of(structs.replace(MAIL, reply_to=(Mailbox("", reply_to),)), structs.replace(FOUND, word=word))
        assert ([one.address for one in made.alone], made.is_vouched) == ([alone], word == "dmarc")
    assert addressing_of(MAIL, structs.replace(FOUND, word="none")).alone == (Mailbox("", CUSTOMER.address),)  # without their display name


def test_nobody_is_copied_in_by_a_mail_in_doubt() -> None:
    mail = structs.replace(MAIL, cc=(Mailbox("", "eve@attacker.example"),))
    assert addressing_of(mail, structs.replace(FOUND, word="none", is_first=False, is_doubted=True)).cc == ()


def test_what_is_kept_to_answer_by_stays_small() -> None:
    mail = structs.replace(
        MAIL, subject="题" * 5_000, references=tuple(f"{number}{'x' * 240}@example.net" for number in range(100)),
        text="引" * 50_000, cc=tuple(Mailbox("名" * 500, f"{'a' * 200}{number}@example.net") for number in range(100)),
    )  # fmt: skip
    event = event_of(mail)
    assert len(event.addressing.encode()) <= 16_384
    assert addressing_of(mail).to == (CUSTOMER,)
    assert addressing_of(structs.replace(MAIL, references=tuple(map(str, range(50))))).references == ("0", *map(str, range(31, 50)))


@pytest.mark.parametrize(("word", "proof"), [("dmarc", Proof.DMARC), ("dkim", Proof.DMARC), ("none", Proof.NONE), ("failed", Proof.NONE)])
def test_only_what_was_proven_is_proof(word: str, proof: Proof) -> None:
    assert event_of(MAIL, structs.replace(FOUND, word=word)).proof is proof


def test_the_language_and_the_name_are_told_as_far_as_they_can_be_believed() -> None:
    mail = structs.replace(MAIL, headers=(("content-language", "zh-CN, en"),))
    assert (event_of(mail).visit.locale, event_of(mail).visit.name) == ("zh-CN", "Customer")
    assert event_of(structs.replace(MAIL, headers=(("content-language", "<script>"),))).visit.locale is None


def test_the_letter_says_that_there_is_more() -> None:
    quoted = structs.replace(MAIL, text="Yes.\n\n> Is it so?\n")
    assert split(quoted.text).quoted
    event = event_of(quoted).event
    assert isinstance(event, Said)
    assert event.parts[0] == Letter(
        subject=MAIL.subject, sender="Customer <customer@example.net>", to=(SUPPORT,), date=AT, raw=FILE, proof="dmarc", has_more=True
    )
