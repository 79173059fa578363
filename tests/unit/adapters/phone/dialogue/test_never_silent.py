"""Whatever happens, in whatever order: there is something to say or to wait for, and nobody is talked over."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.phone.dialogue.state import Phase, State, Timer
from adapters.phone.dialogue.steps import due_at
from adapters.phone.dialogue.words import (
    CallerBegan,
    Command,
    Hangup,
    Heard,
    Left,
    LinksSent,
    Over,
    Part,
    Say,
    Tick,
    Trouble,
    Words,
)
from adapters.phone.driver import Bridged, Digit, Held, Nothing, Parted, Ringing, Transferred
from gateway.core.events import CallStage
from gateway.core.ids import AgentId, FileId
from gateway.core.message import Author
from gateway.core.parts import FileRef
from gateway.core.session import Call, Linked, Way
from gateway.core.session import State as At
from tests.unit.adapters.phone.dialogue.talk import MOMENT, Talk, again, choices

FILE = FileRef(id=FileId("F1"), name="m.wav", mime="audio/wav", size_bytes=10, sha256="0" * 64)
LINKED = [
    Call(id="C1", stage=CallStage.UP, since=MOMENT, began_at=MOMENT, linked=Linked(seq, way, seq))
    for seq, way in ((1, Way.EMAIL), (2, None), (3, Way.WECHAT))
]
STIMULI = st.one_of(
    st.sampled_from("0123456789*#A").map(Digit),
    st.sampled_from(
        [CallerBegan(), Nothing(), Tick(), Held(is_on=True), Held(is_on=False), Ringing(), Bridged(), Transferred(), Left(),
         Left(file=FILE),
         LinksSent(is_sent=True), LinksSent(is_sent=False), Trouble(), Words(text="", confidence=0.0, trouble="late")]
    ),
    st.sampled_from(["hung_up", "busy", "no_answer", "broke", "unreachable"]).map(Parted),
    st.builds(Words, text=st.sampled_from(["", "refund", "人工", "没有了", "第二个", "再说一遍"]), confidence=st.sampled_from([0.1, 0.9])),
    st.builds(Heard, mark=st.integers(1, 40), seq=st.integers(0, 5), heard_ms=st.integers(0, 9), of_ms=st.just(9), is_whole=st.booleans()),
)  # fmt: skip
NEWS = st.tuples(
    st.sampled_from(list(At)),
    st.sampled_from([None, "words", "choices", "agent", "system"]),
    st.fixed_dictionaries(
        {}, optional={"asks": st.just("order"), "is_open": st.just(False), "is_looking": st.just(True), "language": st.just("en"),
                      "position": st.integers(1, 4), "ways": st.just((Way.WECHAT, Way.EMAIL)), "call": st.sampled_from(LINKED),
                      "agent": st.sampled_from(["07", "08", "09"]), "asks_secret": st.just(True)},
    ),
)  # fmt: skip
STEPS = st.lists(st.one_of(STIMULI, NEWS, st.floats(0.1, 50.0), st.just("listens")), max_size=40)
SETUPS = st.fixed_dictionaries(
    {"agents": st.sampled_from([{}, {"07": "sip:107@10.0.0.2", "*": "sip:{name}@10.0.0.2"}])},
    optional={
        "ears": st.just(frozenset({"zh-CN", "en"})), "is_turn_based": st.just(True), "can_bridge": st.just(False),
        "has_links": st.just(True),
        "is_announced": st.just(True), "is_recorded": st.just(True), "number": st.just(""), "languages": st.just(("zh-CN",)),
    },
)  # fmt: skip
LONGEST_S = 65.0
"""The longest that anybody may have to wait for the next word or note of music."""


class Watched(Talk):
    """A talk that looks at itself after each step."""

    is_parting = False

    def takes(self, *stimuli: Any) -> "Watched":
        for stimulus in stimuli:
            before = self.state
            super().takes(stimulus)
            self.look(before)
        return self

    def _note(self, command: Command, before: State) -> None:
        if isinstance(command, Part | Hangup):
            self.is_parting = True
        if isinstance(command, Say):
            assert before.phase is not Phase.BRIDGED or self.is_parting or self.state.phase is not Phase.BRIDGED
        super()._note(command, before)

    def look(self, before: State) -> None:
        state = self.state
        if state.phase is Phase.BRIDGED:
            self.is_parting = False
            assert state.saying == (), "over a person nothing is said"
        if state.phase in (Phase.BRIDGED, Phase.OVER, Phase.LAST) or state.is_held:
            return
        due = due_at(state)
        is_waiting = due is not None and due - self.at <= LONGEST_S
        gives_turn = state.setup.is_turn_based and not state.owes_turn
        is_taken = state.is_taking and Timer.MESSAGE in state.timers
        assert state.saying or state.is_music or is_waiting or gives_turn or is_taken, state.phase
        assert again(state) == state


@settings(max_examples=250, deadline=None)
@given(setup=SETUPS, steps=STEPS)
def test_whatever_happens_a_caller_is_never_left_in_silence_and_an_agent_never_talked_over(setup: dict[str, Any], steps: list[Any]) -> None:
    talk = Watched(**setup)
    for move in steps:
        match move:
            case float():
                talk.waits(move)
            case "listens":
                talk.listens()
            case (At() as state, kind, more):
                news(talk, state, kind, more)
            case _:
                talk.takes(move)
    talk.takes(Over(why="hung_up"))
    assert talk.phase == "over"
    assert talk.stages[-1].startswith("ended")
    assert due_at(talk.state) is None


def news(talk: Talk, state: At, kind: str | None, more: dict[str, Any]) -> None:
    agent = {"agent_id": AgentId(more["agent"]), "agent_name": "坐席"} if "agent" in more else {}
    if kind == "choices":
        talk.takes(talk.message(choices("哪一个？", "甲", "乙")))
    elif kind is not None:
        words = "看[这里](https://help.example.net/a)。" if "ways" in more else "说一句话。"
        talk.takes(talk.message(words, author={"agent": Author.AGENT, "system": Author.SYSTEM}.get(kind, Author.BOT)))
    talk.stands(state, **more, **agent)
