"""Files that are still to be fetched when their message is on record."""

from msgspec import structs

from gateway.core.changes import Changes, Fate
from gateway.core.draft import Draft
from gateway.core.ids import FileId, Ids
from gateway.core.message import Message, Status
from gateway.core.parts import Arriving, File, FileRef, Part, Text
from gateway.core.session import Session
from gateway.store import Record
from tests.contract.counted import ANN, written
from tests.contract.records import handoff, later, new_session
from tests.events import SITE, said
from tests.fakes import CountedIds

PICTURE = Arriving("image", media="media-1", name="微信图片.jpg")
VOICE = Arriving("voice", media="media-2")
FETCHED = File(FileRef(id=FileId("f-1"), name="微信图片.jpg", mime="image/jpeg", size_bytes=3, sha256="00"))


async def heard(store: Record, ids: Ids, session: Session, *parts: Part, at_s: float = 0) -> Message:
    draft = Draft(session, now=later(at_s), ids=ids, is_pushed=True)
    message = draft.hear(said(session.thread, "x"), parts)
    await written(store, draft.changes())
    return message


async def late(store: Record, at_s: float = 60, limit: int = 10) -> list[Message]:
    return await store.late_fetches(later(at_s), limit)


async def test_what_still_arrives_is_found_by_its_time(store: Record, ids: CountedIds) -> None:
    second = await heard(store, ids, new_session("bob"), VOICE, at_s=10)
    first = await heard(store, ids, new_session(), Text("look"), PICTURE, at_s=5)
    await heard(store, ids, new_session("cid"), Text("no file"))
    assert await late(store, 5) == []
    assert await late(store, 10) == [first]
    assert await late(store) == [first, second]
    assert await late(store, limit=1) == [first]


async def test_a_file_that_has_arrived_changes_the_message_and_nothing_else(store: Record, ids: CountedIds) -> None:
    message = await heard(store, ids, new_session(), Text("look"), PICTURE)
    await written(store, Changes(fates=(Fate(session_id=message.session_id, seq=1, status=Status.READ),)))
    amended = structs.replace(message, parts=(Text("look"), FETCHED))
    await written(store, Changes(amended=(amended,)))
    assert await store.last_messages(SITE, ANN, 5) == [structs.replace(amended, status=Status.READ)]
    assert await late(store) == []


async def test_a_message_arrives_until_its_last_file_is_there_or_given_up(store: Record, ids: CountedIds) -> None:
    message = await heard(store, ids, new_session(), PICTURE, VOICE)
    half = structs.replace(message, parts=(FETCHED, VOICE))
    await written(store, Changes(amended=(half,)))
    assert await late(store) == [half]
    given_up = structs.replace(message, parts=(FETCHED, structs.replace(VOICE, failure="expired")))
    await written(store, Changes(amended=(given_up,)))
    assert await late(store) == []


async def test_a_file_that_could_not_be_had_from_the_beginning_does_not_arrive(store: Record, ids: CountedIds) -> None:
    await heard(store, ids, new_session(), structs.replace(PICTURE, failure="too_large"))
    assert await late(store) == []


async def test_a_search_finds_what_is_known_of_a_file_and_not_its_name_at_the_peer(store: Record, ids: CountedIds) -> None:
    session = new_session()
    await heard(store, ids, session, PICTURE)
    await written(store, Changes(handoffs=(handoff(1, session_id=session.id),)))
    for word, is_found in (("微信图片", True), ("media-1", False)):
        assert bool((await store.search(word)).items) is is_found
