"""A sender is proven by our own mail server, or by a signature of their own domain; what can't be known is never taken for good."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence

import pytest

from adapters.email.authenticity import Authenticity
from adapters.email.domains import are_one
from adapters.email.lookups import DnsFailed, Names
from tests.effort import at_most
from tests.unit.adapters.mail_signed import MAIL, Dns, record, signed

KEY, DMARC = "s1._domainkey.example.net", "_dmarc.example.net"
SENDER = "customer@example.net"


def published(**more: Sequence[bytes]) -> dict[str, Sequence[bytes]]:
    return {KEY: [record()], DMARC: [b"v=DMARC1; p=reject"], **more}


def of(dns: Dns, *, authserv_id: str = "", check_dkim: bool = True, deadline_s: float = 5.0) -> Authenticity:
    return Authenticity(
        Names(dns, time.monotonic), authserv_id=authserv_id, check_dkim=check_dkim, deadline_s=deadline_s
    )  # fmt: skip


def told(results: str, mail: bytes = MAIL) -> bytes:
    return b"Received: by mx.example.com\r\nAuthentication-Results: " + results.encode() + b"\r\n" + mail


@pytest.mark.parametrize(
    ("results", "word"),
    [
        ("mx.example.com; dmarc=pass header.from=example.net", "dmarc"),
        ("mx.example.com 1;\r\n\tspf=fail;\r\n dmarc=pass (p=REJECT)", "dmarc"),
        ("mx.example.com; dmarc=fail header.from=example.net; dkim=pass header.d=example.net", "failed"),
        ("mx.example.com; dmarc=pass header.from=other.example", "none"),
        ("mx.example.com; dmarc=none; dkim=pass header.d=example.net", "dkim"),
        ("mx.example.com; dkim=pass header.i=@mail.example.net", "dkim"),
        ("mx.example.com; dkim=pass header.d=sender.example", "none"),
        ("mx.example.com; dmarc=temperror", "none"),
        ("mx.example.com; dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=example.net", "none"),
        ("mx.example.com; dmarc=fail action=none header.from=example.net", "none"),
        ("mx.example.com; dmarc=fail (p=REJECT sp=NONE dis=QUARANTINE) header.from=example.net", "failed"),
        ("(x) mx.example.com; dmarc=pass", "none"),
        ('"mx.example.com"; dmarc=pass', "none"),
        ('mx.example.com; spf=pass smtp.mailfrom="a; dmarc=pass header.from=example.net"@evil.example', "none"),
    ],
)
async def test_our_mail_server_is_believed(results: str, word: str) -> None:
    dns = Dns({}, is_down=True)
    assert await of(dns, authserv_id="mx.example.com").of(told(results), SENDER) == word
    assert dns.asked == []


SIGNED: Mapping[str, tuple[Callable[[], tuple[Mapping[str, Sequence[bytes]], bytes]], str]] = {
    "aligned": (lambda: (published(), signed()), "dmarc"),
    "without_a_policy": (lambda: ({KEY: [record()]}, signed()), "dkim"),
    "simple": (lambda: (published(), signed(canonical=(b"simple", b"simple"))), "dmarc"),
    "altered": (lambda: (published(), signed().replace(b"not come", b"just come")), "failed"),
    "altered_and_nobody_minds": (
        lambda: ({KEY: [record()], DMARC: [b"v=DMARC1; p=none"]}, signed().replace(b"not come", b"just come")), "none",
    ),
    "unsigned": (lambda: (published(), MAIL), "none"),
    "no_key": (lambda: ({DMARC: [b"v=DMARC1; p=reject"]}, signed()), "none"),
    "only_the_beginning": (lambda: (published(), signed(length=True)), "none"),
    "from_not_signed": (lambda: (published(), re.sub(rb" h=[^;]*", lambda h: h[0].replace(b"from", b"form"), signed())), "none"),
    "somebody_elses": (lambda: ({"s1._domainkey.sender.example": [record()]}, signed(domain="sender.example")), "none"),
    "subdomain": (lambda: (published(**{"s1._domainkey.mail.example.net": [record()]}), signed(domain="mail.example.net")), "dmarc"),
    "strict": (
        lambda: ({"s1._domainkey.mail.example.net": [record()], DMARC: [b"v=DMARC1; adkim=s"]}, signed(domain="mail.example.net")), "none",
    ),
    "two_policies": (lambda: ({KEY: [record()], DMARC: [b"v=DMARC1; p=reject", b"v=DMARC1; p=none"]}, signed()), "dkim"),
    "two_senders": (lambda: (published(), signed(MAIL.replace(b".net>\r\nTo", b".net>, other@example.net\r\nTo"))), "none"),
    "two_froms": (lambda: (published(), b"From: customer@example.net\r\n" + signed()), "none"),
    "old_key": (lambda: ({KEY: [record(1024)], DMARC: [b"v=DMARC1; p=reject"]}, signed(bits=1024)), "dmarc"),
    "revoked": (lambda: ({KEY: [b"v=DKIM1; p="], DMARC: [b"v=DMARC1; p=none"]}, signed()), "none"),
    "no_key_at_all": (lambda: ({KEY: [b"nonsense \xff"]}, signed()), "none"),
}  # fmt: skip


@pytest.mark.parametrize("case", SIGNED)
async def test_a_signature_counts_only_for_its_own_domain(case: str) -> None:
    made, word = SIGNED[case]
    records, mail = made()
    assert await of(Dns(records)).of(mail, SENDER) == word


async def test_the_policy_of_the_owner_holds_for_what_lies_under_it() -> None:
    mail = signed(MAIL.replace(b"customer@example.net", b"customer@shop.example.net"))
    dns = Dns({KEY: [record()], DMARC: [b"v=DMARC1; p=reject"]})
    assert await of(dns).of(mail, "customer@shop.example.net") == "dmarc"
    assert sorted(dns.asked) == ["_dmarc.example.net", "_dmarc.shop.example.net", KEY]


async def test_a_server_that_says_only_how_it_came_leaves_the_signature_to_us() -> None:
    mail = told("mx.example.com; spf=pass smtp.mailfrom=example.net", signed())
    assert await of(Dns(published()), authserv_id="mx.example.com").of(mail, SENDER) == "dmarc"


async def test_of_two_senders_none_is_proven_whatever_our_server_says() -> None:
    server = of(Dns({}, is_down=True), authserv_id="mx.example.com")
    said = "mx.example.com; dmarc=pass header.from=example.net"
    for second in (b"From: Other <other@example.org>\r\n", b"From: Customer <customer@example.net>\r\n", b"from : x@example.org\r\n"):
        assert await server.of(told(said, second + MAIL), SENDER) == "none"
        assert await server.of(told(said, MAIL.replace(b"\r\nTo", b"\r\n" + second.rstrip() + b"\r\nTo", 1)), SENDER) == "none"
    assert await server.of(told(said, MAIL.replace(b".net>\r\nTo", b".net>, other@example.org\r\nTo")), SENDER) == "none"


async def test_what_the_sender_pastes_in_is_not_believed() -> None:
    pasted = b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.net\r\n"
    mail = told("mx.example.com; dmarc=fail header.from=example.net", pasted + MAIL)
    assert await of(Dns({}), authserv_id="mx.example.com").of(mail, SENDER) == "failed"
    assert await of(Dns({}), authserv_id="").of(pasted + MAIL, SENDER) == "none"
    overlooked = pasted.replace(b"Results:", b"Results :")  # as of old: a server may not have taken it for one of its own
    assert await of(Dns({}), authserv_id="mx.example.com").of(b"Received: by mx.example.com\r\n" + overlooked + MAIL, SENDER) == "none"


async def test_a_from_that_breaks_its_reader_proves_nothing() -> None:
    for broken in (b"(" * 5_000, b":" * 5_000):
        mail = told("mx.example.com; dmarc=pass header.from=example.net", MAIL.replace(b"Customer", broken, 1))
        assert await of(Dns({}), authserv_id="mx.example.com").of(mail, SENDER) == "none"


async def test_letters_that_older_rules_take_for_others_are_another_domains() -> None:
    mail = signed(MAIL.replace(b"example.net>", "straße.example>".encode()), domain="strasse.example")
    dns = Dns({"s1._domainkey.strasse.example": [record()], "_dmarc.strasse.example": [b"v=DMARC1; p=reject"]})
    assert await of(dns).of(mail, "customer@straße.example") == "none"


async def test_a_dns_that_does_not_answer_proves_nothing_and_is_not_asked_again_at_once() -> None:
    down = Dns(published(), is_down=True)
    judge = of(down)
    assert [await judge.of(signed(), SENDER) for _ in range(3)] == ["none", "none", "none"]
    assert sorted(down.asked) == [DMARC, KEY]
    silent = of(Dns(published(), is_silent=True), deadline_s=0.02)
    assert await silent.of(signed(), SENDER) == "none"
    await silent.close()


async def test_a_backlog_asks_for_each_name_once() -> None:
    dns = Dns(published())
    judge = of(dns)
    words = await asyncio.gather(*(judge.of(signed(), SENDER) for _ in range(20)))
    assert set(words) == {"dmarc"}
    assert sorted(dns.asked) == [DMARC, KEY]


async def test_names_are_asked_again_when_their_time_is_over() -> None:
    dns, now_s = Dns({KEY: [b"one"]}), 0.0
    names = Names(dns, lambda: now_s)
    assert await names.txt(KEY) == (b"one",)
    dns.records, now_s = {KEY: [b"two"]}, 3_599.0
    assert await names.txt(KEY) == (b"one",)
    now_s = 3_600.0
    assert await names.txt(KEY) == (b"two",)
    dns.is_down, now_s = True, 7_200.0
    with pytest.raises(DnsFailed):
        await names.txt(KEY)


async def test_without_leave_or_the_whole_mail_no_signature_is_checked() -> None:
    dns = Dns(published())
    assert await of(dns, check_dkim=False).of(signed(), SENDER) == "none"
    assert await of(dns).of(signed(), SENDER, is_whole=False) == "none"
    assert await of(dns).of(signed(), "somebody@else.example") == "none"
    assert dns.asked == []


@pytest.mark.parametrize(
    "body", [b" " * 400_000, b"\t \t" * 200_000, b"\r\n" * 200_000, b" \r\n" * 150_000], ids=["blanks", "tabs", "lines", "both"]
)
def test_a_hostile_body_takes_no_time(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def here(work: Callable[..., object], *given: object) -> object:
        return work(*given)

    mail = signed().replace(b"It has", body + b"It has")
    monkeypatch.setattr("asyncio.to_thread", here)  # this thread's work is what is measured
    assert at_most(300, lambda: asyncio.run(of(Dns(published())).of(mail, SENDER))) == "failed"


@pytest.mark.parametrize(
    ("one", "other", "is_strict", "expected"),
    [
        ("example.net", "mail.example.net", False, True),
        ("example.net", "mail.example.net", True, False),
        ("example.com.cn", "mail.example.com.cn", False, True),
        ("one.com.cn", "two.com.cn", False, False),
        ("com.cn", "example.com.cn", False, False),
        ("", "", False, False),
    ],
)
def test_domains_are_one_where_one_owner_has_them(one: str, other: str, is_strict: bool, expected: bool) -> None:
    assert are_one(one, other, is_strict=is_strict) is expected


def test_what_it_judges_by_is_loaded_before_there_is_a_mail_and_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("adapters.email.authenticity.import_module", loaded.append)
    of(Dns({}), check_dkim=False).load()
    assert loaded == []
    of(Dns({})).load()
    assert loaded == ["dns.asyncresolver", "dkim"]
