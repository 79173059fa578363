"""Finding a session again. Both engines."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.contact import Contact, Identity, Proof
from gateway.core.desk import FilledForm, FormKind, Found
from gateway.core.errors import BadInput, Busy
from gateway.core.handoff import Stage
from gateway.core.ids import AgentId, ContactId, FileId, MessageId
from gateway.core.message import Author, Message, Status
from gateway.core.parts import File, FileRef, Letter, Text
from gateway.core.session import Session
from gateway.store import Record, hits, search
from tests.contract.records import AT, address, case, handoff, later, new_session, packet, turn
from tests.events import SITE
from tests.fakes import CountedIds

ANN, BOB = AgentId("agent-ann"), AgentId("agent-bob")


async def written(store: Record, *changes: Changes) -> None:
    assert await store.commit(changes) == [None] * len(changes)


async def said(store: Record, ids: CountedIds, thread: str, *texts: str) -> Session:
    """A session in which a customer said these."""
    session = new_session(thread, customer_name=f"Visitor of {thread}")
    for text in texts or ("hello",):
        changes = turn(session, text, ids)
        await written(store, changes)
        assert changes.session is not None
        session = changes.session
    return session


async def had(store: Record, ids: CountedIds, number: int, *texts: str, **fields: Any) -> Session:
    """Session `v{number}`, handed off `number` seconds later."""
    session = await said(store, ids, f"v{number}", *texts)
    await written(store, Changes(handoffs=(handoff(number, session_id=session.id, **fields),)))
    return session


async def found(store: Record, text: str, **asked: Any) -> list[str]:
    """The threads of all that is found, in order, through all the pages."""
    threads: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await store.search(text, after=after, **asked)
        threads += [str(one.session.thread) for one in page.items]
        after = page.next
    return threads


async def test_a_mail_is_found_by_its_subject_and_by_who_is_on_it(store: Record, ids: CountedIds) -> None:
    session = await had(store, ids, 1, "hello")
    raw = FileRef(id=FileId("kept-file"), name="mail.eml", mime="message/rfc822", size_bytes=9, sha256="00")
    letter = Letter(subject="Rechnung 订单", sender="An <ann@example.net>", to=("help@example.com",), cc=("B@example.org",), raw=raw)
    mail = Message(
        id=MessageId("mail"), session_id=session.id, seq=session.seq + 1, author=Author.CUSTOMER, at=AT, parts=(letter, Text("see above"))
    )
    await written(store, Changes(session=structs.replace(session, version=session.version + 1, seq=mail.seq), messages=(mail,)))
    for asked in ("rechnung", "订单", "ann@example.net", "help@", "b@example.org above"):
        assert await found(store, asked) == ["v1"], asked
    for asked in ("kept-file", "subject", "rfc822"):
        assert await found(store, asked) == [], asked


async def test_a_session_is_found_by_what_was_said_in_it_with_the_message(store: Record, ids: CountedIds) -> None:
    session = await had(store, ids, 1, "my parcel", "where is it?")
    await had(store, ids, 2, "refund")
    page = await store.search("PARCEL")
    messages = await store.session_messages(session.id)
    assert (page.items, page.next) == ((Found(session, messages[1]),), None)


async def test_what_the_bot_handled_alone_is_not_found(store: Record, ids: CountedIds) -> None:
    await said(store, ids, "bot", "parcel")
    assert await found(store, "parcel") == []


async def test_a_session_with_a_case_but_no_handoff_is_found(store: Record, ids: CountedIds) -> None:
    session = await said(store, ids, "night", "parcel")
    await written(store, Changes(cases=(case(1, session_id=session.id), case(2, session_id=session.id))))
    assert await found(store, "parcel") == ["night"]


async def test_whoever_was_handed_off_last_comes_first_page_by_page(store: Record, ids: CountedIds) -> None:
    for number in (3, 1, 5, 2, 4):
        await had(store, ids, number, "parcel")
    night = await said(store, ids, "night", "parcel")
    await written(store, Changes(cases=(case(1, session_id=night.id, opened_at=later(3.5)),)))
    assert await found(store, "parcel", limit=2) == ["v5", "v4", "night", "v3", "v2", "v1"]
    page = await store.search("parcel", limit=4)
    assert len(page.items) == 4
    assert [str(one.session.thread) for one in (await store.search("parcel", limit=4, after=page.next or "")).items] == ["v2", "v1"]


async def test_a_transfer_neither_moves_nor_repeats_a_session(store: Record, ids: CountedIds) -> None:
    first = await had(store, ids, 1, "parcel")
    await had(store, ids, 2, "parcel")
    await written(store, Changes(handoffs=(handoff(9, session_id=first.id),), cases=(case(1, session_id=first.id),)))
    assert await found(store, "parcel", limit=1) == ["v2", "v1"]


async def test_all_words_must_be_there_wherever_they_stand(store: Record, ids: CountedIds) -> None:
    both = await had(store, ids, 1, "the parcel is late", "refund please", "a refund for the parcel", "bye")
    await had(store, ids, 2, "the parcel is late")
    (hit,) = (await store.search("refund parcel")).items
    assert hit.session == both
    assert hit.message.parts == (Text("about a refund for the parcel"),)
    assert await found(store, "refund visitor parcel") == ["v1"]
    assert await found(store, "refund parcel nobody") == []


async def test_chinese_is_found_by_one_character_or_two(store: Record, ids: CountedIds) -> None:
    await had(store, ids, 1, "我的订单什么时候退款？訂單")
    await had(store, ids, 2, "发货")
    for words in ("退", "退款", "订单 款", "　退款　", "訂單"):
        assert (words, await found(store, words)) == (words, ["v1"])


async def test_whatever_was_written_is_found_as_it_was_written(store: Record, ids: CountedIds) -> None:
    pairs = [
        ("Straße École", "éCOLE"), ("ПрИвет", "привЕТ"), ("100% sure", "100%"), ("a_b", "A_B"), ("back\\slash", "\\"), ('say "hi"', '"HI"'),
        ("tab\there", "tab"), ("<b>&amp;", "<b>&"), ("👋🏽 wave", "👋"), ("line\nbreak", "line break"), ("Ｆｕｌｌ", "ｆＵ"), ("x'y", "'"),
    ]  # fmt: skip
    for number, (said_so, _) in enumerate(pairs):
        await had(store, ids, number, said_so)
    await had(store, ids, 99, "something else, 100, ab, backslash, ecole")
    for number, (_, asked) in enumerate(pairs):
        assert (asked, await found(store, asked)) == (asked, [f"v{number}"])


async def test_neither_keys_nor_escapes_nor_the_bots_reasons_match(store: Record, ids: CountedIds) -> None:
    await had(store, ids, 1, "parcel\n\x01\0")
    for asked in ("parts", "session_id", "text", "u000", "\\n", "refund-time", "entry", "%", "_", "%parcel%", "null", "author", '"'):
        assert (asked, await found(store, asked)) == (asked, [])


async def test_no_words_find_nothing(store: Record, ids: CountedIds) -> None:
    await had(store, ids, 1)
    for asked in ("", "   ", "\0", "　", "\n\t"):
        assert (await store.search(asked)).items == ()


async def test_a_hostile_question_is_cut_and_answered(store: Record, ids: CountedIds) -> None:
    await had(store, ids, 1, "parcel a b c d e f g h")
    assert await found(store, "parcel\0a") == ["v1"]
    assert await found(store, "a b c d e f g h missing") == ["v1"]
    assert await found(store, "parcel" + " " * 200 + "missing") == ["v1"]
    assert await found(store, "x" * 1_000_000) == []
    assert await found(store, "\ud800") == []
    assert await found(store, "'; DROP TABLE message; --") == []


async def test_a_cursor_that_no_page_gave_is_refused(store: Record) -> None:
    with pytest.raises(BadInput):
        await store.search("x", after="here")


async def test_the_customer_is_found_by_name_email_and_phone_wherever_they_are_kept(store: Record, ids: CountedIds) -> None:
    card = structs.replace(packet(), customer={"name": "陈小明", "email": "ming@example.com", "phone": None, "identities": []})
    first = await said(store, ids, "v1")
    await written(store, Changes(handoffs=(structs.replace(handoff(1, session_id=first.id), packet=card),)))
    second = await had(store, ids, 2)
    contact = Contact(id=ContactId("c"), created_at=AT, name="Old Name", email="old@example.com", phone="13800138000")
    linked = Identity(address=second.address, contact_id=contact.id, verified_by=Proof.JWT, at=AT)
    await written(store, Changes(contacts=(contact,), identities=(linked,)))
    await had(store, ids, 3)
    fields = {"name": "表单", "email": "form@example.com", "order": "A-1"}
    form = FilledForm(id="f", address=address("v3"), channel=SITE, kind=FormKind.PRECHAT, fields=fields, at=AT)
    await written(store, Changes(forms=(form,)))
    fourth = await had(store, ids, 4)
    await written(store, Changes(cases=(case(1, session_id=fourth.id, email="case@example.com", phone="020-123"),)))
    for words, thread in (
        ("小明", "v1"), ("MING@example", "v1"), ("138001", "v2"), ("old name", "v2"), ("表单", "v3"), ("form@", "v3"),
        ("case@example.com", "v4"), ("020-123", "v4"), ("visitor v4", "v4"),
    ):  # fmt: skip
        assert (words, await found(store, words)) == (words, [thread])
    assert (await store.search("小明")).items[0].message is None
    assert await found(store, "A-1") == []
    assert await found(store, "identities") == []


async def test_a_link_that_was_undone_finds_nothing(store: Record, ids: CountedIds) -> None:
    session = await had(store, ids, 1)
    for name in ("wrong", "right"):
        contact = Contact(id=ContactId(name), created_at=AT, name=name)
        link = Identity(address=session.address, contact_id=contact.id, verified_by=Proof.AGENT, at=AT)
        await written(store, Changes(contacts=(contact,), identities=(link,)))
    assert (await found(store, "right"), await found(store, "wrong")) == (["v1"], [])


async def test_a_case_is_found_by_its_number_however_it_is_typed(store: Record, ids: CountedIds) -> None:
    session = await had(store, ids, 1)
    hostile = structs.replace(packet(), wish='a\0b "number":"forged" \\')
    await written(store, Changes(cases=(structs.replace(case(1, session_id=session.id), number="7F3K-9Q2M", packet=hostile),)))
    mention = await had(store, ids, 2, "about my case 7F3K-9Q2M")
    assert mention.thread == "v2"
    assert await found(store, "7f3k-9q2m") == ["v1"]
    assert await found(store, "7F3K9Q2M") == ["v1"]
    assert await found(store, "7F3K-9Q") == ["v2", "v1"]
    assert await found(store, "7F3") == ["v2"]


async def test_a_session_is_found_by_its_id(store: Record, ids: CountedIds) -> None:
    session = await had(store, ids, 1)
    bots = await said(store, ids, "bot")
    for words in (session.id, session.id.lower(), session.id[3:12]):
        assert await found(store, words) == ["v1"]
    assert await found(store, session.id[:3]) == []
    assert await found(store, bots.id) == []


async def test_an_agent_finds_what_they_have_or_had_and_nothing_else(store: Record, ids: CountedIds) -> None:
    accepted = {"stage": Stage.ACCEPTED, "accepted_at": later(60)}
    mine = await had(store, ids, 1, "parcel", agent_id=ANN, **accepted)
    await had(store, ids, 2, "parcel", agent_id=BOB, **accepted)
    offered = await had(store, ids, 3, "parcel", agent_id=ANN, stage=Stage.OFFERED)
    given_away = await had(store, ids, 4, "parcel", agent_id=ANN, stage=Stage.COMPLETED, accepted_at=later(60))
    await written(store, Changes(handoffs=(handoff(9, session_id=given_away.id, agent_id=BOB, **accepted),)))
    await written(store, Changes(handoffs=(handoff(10, session_id=given_away.id, agent_id=ANN, **accepted),)))
    assert await found(store, "parcel", agent_id=ANN, limit=1) == ["v4", "v1"]
    assert await found(store, "parcel", agent_id=BOB) == ["v4", "v2"]
    assert await found(store, mine.id, agent_id=ANN) == ["v1"]
    assert await found(store, mine.id, agent_id=BOB) == []
    assert await found(store, offered.id, agent_id=ANN) == []
    assert await found(store, "parcel", agent_id=AgentId("nobody")) == []


async def test_a_files_name_and_a_message_that_has_not_arrived_are_found_too(store: Record, ids: CountedIds) -> None:
    session = await had(store, ids, 1)
    picture = FileRef(id=FileId("f"), name="Invoice 7.pdf", mime="application/pdf", size_bytes=1, sha256="")
    message = Message(
        id=MessageId("m"),
        session_id=session.id,
        seq=session.seq + 1,
        author=Author.AGENT,
        at=AT,
        parts=(File(picture),),
        status=Status.PENDING,
    )
    await written(store, Changes(messages=(message,)))
    assert await found(store, "invoice 7.pdf") == ["v1"]
    assert await found(store, "application") == []


async def test_a_search_does_a_bounded_piece_of_work_and_says_where_it_goes_on(
    store: Record, ids: CountedIds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "EFFORT", 10)
    monkeypatch.setattr(search, "_SESSIONS", (2, 3))
    for number in range(12):
        await had(store, ids, number, "parcel" if number in (0, 5) else "hello")
    page = await store.search("parcel")
    assert (page.items, page.next is not None) == ((), True)
    assert await found(store, "parcel") == ["v5", "v0"]
    assert await found(store, "nothing") == []


async def test_only_the_newest_of_very_many_messages_are_looked_at(store: Record, ids: CountedIds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "_MESSAGES", hits._MESSAGES.replace(f"- {hits.SESSION_MAX_COUNT}", "- 2"))
    await had(store, ids, 1, "first", "second")
    assert (await found(store, "second"), await found(store, "first")) == (["v1"], [])


async def test_a_handoff_or_case_whose_session_is_gone_is_passed_over(store: Record, ids: CountedIds) -> None:
    await written(store, Changes(handoffs=(handoff(5),), cases=(case(7),)))
    await had(store, ids, 1, "agent please")
    assert await found(store, "agent please", limit=1) == ["v1"]


async def test_searches_wait_for_one_another_and_too_many_are_told_so(store: Record, ids: CountedIds) -> None:
    await had(store, ids, 1, "parcel")
    results = await asyncio.gather(*(store.search("parcel") for _ in range(80)), return_exceptions=True)
    answered = [result for result in results if not isinstance(result, BaseException)]
    assert all(len(page.items) == 1 for page in answered)
    assert len(answered) == 50
    assert all(isinstance(result, Busy) for result in results if isinstance(result, BaseException))
    assert await found(store, "parcel") == ["v1"]
