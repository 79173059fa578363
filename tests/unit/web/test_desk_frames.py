"""What an agent's desk is told, and what it is not."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from gateway.core.handoff import Agent, Role
from gateway.core.ids import AgentId, CaseId, HandoffId, MessageId, QueueName, SessionId
from gateway.core.message import Author, Message, Status
from gateway.core.parts import Text
from gateway.core.session import State
from gateway.core.signals import DeskSignal
from gateway.web.desk_frames import Viewer

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ANN, BOB = AgentId("ann"), AgentId("bob")
S1, H1 = SessionId("s1"), HandoffId("h1")


def agent(agent_id: AgentId = ANN, role: Role = Role.AGENT, queues: tuple[str, ...] = ()) -> Agent:
    return Agent(
        id=agent_id, name=agent_id, shown_name="A", role=role, password_hash="x", created_at=AT, status_since=AT,
        queues=tuple(map(QueueName, queues)),
    )  # fmt: skip


def message() -> Message:
    return Message(id=MessageId("m1"), session_id=S1, seq=4, author=Author.CUSTOMER, at=AT, parts=(Text("hello"),))


def said(to: AgentId | None) -> DeskSignal:
    return DeskSignal(
        "message", session_id=S1, agent_id=to, version=7, state=State.ACTIVE, queue=QueueName("default"), messages=(message(),)
    )


def types(frames: list[dict[str, object]]) -> list[object]:
    return [frame["type"] for frame in frames]


def test_an_agent_hears_their_own_customer() -> None:
    (frame,) = Viewer(agent()).frames(said(ANN))
    assert frame["type"] == "message"
    assert (frame["session_id"], frame["version"], frame["state"]) == ("s1", 7, "active")
    assert [one["text"] for one in frame["messages"]] == ["hello"]


def test_an_agent_hears_nothing_of_a_colleagues_customer() -> None:
    assert Viewer(agent()).frames(said(BOB)) == []


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_a_supervisor_hears_every_customer(role: Role) -> None:
    assert types(Viewer(agent(role=role)).frames(said(BOB))) == ["message"]


def test_a_session_that_leaves_an_agent_is_told_once_more_without_its_words() -> None:
    viewer = Viewer(agent(), sessions=[S1])
    (frame,) = viewer.frames(said(BOB))
    assert (frame["type"], frame["agent_id"], "messages" in frame) == ("session", "bob", False)
    assert viewer.frames(said(BOB)) == []


def test_an_offer_goes_to_its_agent_with_what_was_read_for_it() -> None:
    offer = DeskSignal("offer", session_id=S1, handoff_id=H1, agent_id=ANN, queue=QueueName("default"))
    assert types(Viewer(agent()).frames(offer, {"handoff_id": "h1"})) == ["offer", "queue"]
    assert types(Viewer(agent(BOB)).frames(offer, {"handoff_id": "h1"})) == ["queue"]


def test_an_offer_that_lapsed_before_it_was_read_is_not_shown() -> None:
    offer = DeskSignal("offer", session_id=S1, handoff_id=H1, agent_id=ANN, queue=QueueName("default"))
    assert types(Viewer(agent()).frames(offer, None)) == ["queue"]


@pytest.mark.parametrize("kind", ["queue", "offer"])
def test_an_offer_is_over_when_the_queue_has_it_again_or_a_colleague(kind: str) -> None:
    viewer = Viewer(agent(), offers={S1: H1})
    gone = DeskSignal(kind, session_id=S1, handoff_id=H1, agent_id=BOB, queue=QueueName("default"))
    assert viewer.frames(gone)[0] == {"type": "offer_over", "handoff_id": "h1", "session_id": "s1"}
    assert types(viewer.frames(gone)) == ["queue"]


def test_the_customer_of_an_offered_session_is_heard_already() -> None:
    assert types(Viewer(agent(), offers={S1: H1}).frames(structs.replace(said(None), state=State.OFFERED))) == ["message"]


def test_a_lost_end_of_an_offer_gives_no_right_to_listen_to_a_colleagues_customer() -> None:
    assert Viewer(agent(), offers={S1: H1}).frames(said(BOB)) == []


def test_what_the_store_says_goes_before_what_was_known_but_for_what_was_heard_meanwhile() -> None:
    viewer = Viewer(agent(), sessions=[S1, SessionId("s2")], offers={SessionId("s3"): HandoffId("h3")})
    viewer.begin_learning()
    viewer.frames(structs.replace(said(ANN), session_id=SessionId("s4")))
    viewer.learn([S1], {})
    assert types(viewer.frames(said(BOB))) == ["session"]
    assert types(viewer.frames(structs.replace(said(BOB), session_id=SessionId("s4")))) == ["session"]
    for forgotten in ("s2", "s3"):
        assert viewer.frames(structs.replace(said(BOB), session_id=SessionId(forgotten), state=State.OFFERED)) == []


def test_a_frame_says_where_the_session_begins_and_ends() -> None:
    (frame,) = Viewer(agent()).frames(structs.replace(said(ANN), first_seq=2, seq=4))
    assert (frame["first_seq"], frame["seq"]) == (2, 4)
    assert "seq" not in Viewer(agent()).frames(said(ANN))[0]


def test_what_became_of_a_message_is_told_with_it() -> None:
    fate = DeskSignal("message", session_id=S1, agent_id=ANN, fates=((4, Status.FAILED),))
    (frame,) = Viewer(agent()).frames(fate)
    assert (frame["type"], frame["fates"]) == ("session", [{"seq": 4, "status": "failed"}])


def test_changed_replies_are_told_to_whom_they_concern() -> None:
    assert Viewer(agent()).frames(DeskSignal("replies")) == [{"type": "replies"}]
    assert Viewer(agent()).frames(DeskSignal("replies", agent_id=ANN)) == [{"type": "replies"}]
    assert Viewer(agent()).frames(DeskSignal("replies", agent_id=BOB)) == []


def test_changed_hours_are_told_and_other_settings_are_nobodys_business() -> None:
    assert Viewer(agent()).frames(DeskSignal("settings", setting="hours/default")) == [{"type": "hours"}]
    assert Viewer(agent()).frames(DeskSignal("settings", setting="other")) == []


def test_queues_of_others_are_silent() -> None:
    changed = DeskSignal("queue", session_id=S1, handoff_id=H1, queue=QueueName("refunds"))
    assert Viewer(agent(queues=("orders",))).frames(changed) == []
    assert Viewer(agent(queues=("orders", "refunds"))).frames(changed) == [{"type": "queue", "queue": "refunds"}]
    assert Viewer(agent()).frames(changed) == [{"type": "queue", "queue": "refunds"}]


def test_only_the_sessions_agent_sees_its_customer_type() -> None:
    writes = DeskSignal("typing", session_id=S1, agent_id=ANN, is_on=True)
    assert Viewer(agent()).frames(writes) == [{"type": "typing", "session_id": "s1", "on": True}]
    assert Viewer(agent(BOB)).frames(writes) == []


def test_presence_that_shows_nothing_new_is_not_told() -> None:
    assert Viewer(agent()).frames(DeskSignal("presence", agent_id=BOB), None) == []


def test_every_agent_hears_that_a_case_has_changed_and_nothing_of_what_it_says() -> None:
    signal = DeskSignal("case", session_id=S1, case_id=CaseId("c1"), agent_id=BOB)
    assert Viewer(agent(queues=("other",))).frames(signal) == [{"type": "case", "case_id": "c1", "session_id": "s1", "agent_id": "bob"}]
