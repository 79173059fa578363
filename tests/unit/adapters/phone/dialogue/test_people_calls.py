"""A caller with people: the queue, an agent's phone, an agent who writes, messages, call-backs, the survey."""

from typing import Any

from msgspec import structs

from adapters.phone.dialogue.words import CallerBegan, Flush, Left, LinksSent, Music, Part, SendLinks
from adapters.phone.driver import Bridged, Held, Parted, Ringing
from gateway.core.events import Called, CallStage, Rated, Said
from gateway.core.ids import FileId
from gateway.core.message import Author
from gateway.core.parts import FileRef, Keyed, Spoken
from gateway.core.session import State as At
from tests.unit.adapters.phone.dialogue.talk import NUMBER, SESSION, Talk, standing

PHONES = {"07": "sip:107@10.0.0.2"}
VOICE = FileRef(id=FileId("F1"), name="message.wav", mime="audio/wav", size_bytes=16_000, sha256="0" * 64)


def waiting(**setup: Any) -> Talk:
    """Whoever has pressed 0, and is told where they stand."""
    talk = Talk(**{"agents": PHONES, **setup}).presses("10").forget()
    return talk.queued("您排在第三位。", position=3, eta_s=240)


def served(**setup: Any) -> Talk:
    """Connected with the agent's phone."""
    return waiting(**setup).listens().forget().accepted().bridged()


# ---- the queue ---------------------------------------------------------------------------------------------------------------------


def test_the_queue_begins_with_the_hubs_words_the_offers_and_music() -> None:
    talk = waiting()
    assert (talk.phase, talk.said) == ("waiting", ["您排在第三位。", "callback", "message"])
    assert talk.state.is_music
    assert talk.state.hearing is None


def test_without_words_of_the_hub_the_place_is_said_honestly() -> None:
    assert Talk().presses("10").forget().queued(position=3, eta_s=240).said[:2] == ["position(3)", "eta(4)"]
    assert Talk().presses("10").forget().queued(position=1, eta_s=20).said[:2] == ["position_next", "eta_short"]
    assert Talk().presses("10").forget().queued().said[0] == "waiting"


def test_the_place_is_said_again_every_45_s_and_sooner_where_it_changes() -> None:
    talk = waiting().listens().forget()
    assert talk.waits(44).said == []
    assert talk.waits(2).said == ["position(3)", "eta(4)", "callback", "message"]
    talk.forget().queued(position=2)
    assert talk.said == []
    assert talk.waits(13).said == ["position(2)"], "what else they may do was said"


def test_whoever_waits_may_be_called_back_in_their_place() -> None:
    talk = waiting().forget().presses("1")
    assert [event for event in talk.told if isinstance(event, Called)] == [Called(call="C1", stage=CallStage.CALLBACK, number=NUMBER)]
    assert (talk.phase, talk.said) == ("last", ["callback_confirmed"])
    assert "Hangup()" in map(str, talk.did)


def test_who_withholds_the_number_or_may_not_be_called_is_offered_no_call_back() -> None:
    assert "callback" not in waiting(number="").said
    assert "callback" not in waiting(has_callback=False).said


def test_a_message_is_taken_behind_its_prompt_and_ends_the_call_kindly() -> None:
    talk = waiting().listens().forget().presses("2")
    assert (talk.phase, talk.said, talk.state.is_taking) == ("leaving", ["message_prompt"], False)
    talk.listens()
    assert "TakeMessage(max_s=120.0)" in map(str, talk.did)
    talk.takes(Left(file=VOICE, text="请回电", confidence=0.7))
    assert talk.told[-1] == Called(call="C1", stage=CallStage.VOICEMAIL, number=NUMBER, file=VOICE, text="请回电", confidence=0.7)
    assert talk.said[-1] == "message_thanks"


def test_a_key_skips_the_prompt_of_a_message() -> None:
    talk = waiting().listens().presses("2").forget().presses("1")
    assert talk.is_flushed
    assert talk.state.is_taking


def test_who_withholds_the_number_is_asked_for_it_and_promised_no_call() -> None:
    talk = waiting(number="").forget().presses("2")
    assert talk.said == ["message_prompt_number"]
    assert talk.listens().takes(Left(file=VOICE)).said[-1] == "message_thanks_number"


def test_an_empty_message_leads_back_into_the_queue() -> None:
    talk = waiting().listens().presses("2").listens().forget().takes(Left())
    assert (talk.phase, talk.said[0]) == ("waiting", "message_none")


def test_a_line_that_never_says_what_became_of_a_message_is_not_waited_for() -> None:
    assert waiting().listens().presses("2").listens().waits(151).phase == "waiting"


def test_nobody_is_there_a_message_may_be_left_or_the_bot_asked_on() -> None:
    talk = Talk().presses("10").forget().answers("我们九点上班。", author=Author.SYSTEM, is_open=False)
    assert (talk.phase, talk.said) == ("closed", ["我们九点上班。", "message", "menu_back"])
    for key in "*0":
        assert talk.forget().presses(key).said == ["我们九点上班。", "message", "menu_back"], key
    for _ in range(4):
        talk.at += 3
        assert talk.presses("7").phase == "closed", "a wrong key costs nobody the call"
    assert talk.presses("#").phase == "menu"


def test_where_no_agent_is_there_a_case_is_told_and_a_message_may_be_left() -> None:
    talk = Talk().presses("10").forget()
    talk.takes(structs.replace(talk.message("您的工单号是八。"), why={"decision": "handoff"})).stands(At.BOT, case_number="8")
    assert (talk.phase, talk.said) == ("closed", ["您的工单号是八。", "message", "menu_back"])
    withheld = Talk(number="").presses("10").forget()
    withheld.takes(structs.replace(withheld.message("请输入您的电话号码。"), why={"decision": "handoff"})).stands(At.BOT, asks="contact")
    assert withheld.phase == "keying"


def test_whoever_could_not_be_taken_in_time_may_leave_a_message() -> None:
    talk = waiting().listens().forget().answers("没有人能接听，工单号是八。", author=Author.SYSTEM, case_number="8")
    assert (talk.phase, talk.said) == ("closed", ["没有人能接听，工单号是八。", "message", "menu_back"])


def test_who_is_told_that_nobody_is_there_may_simply_ask_on() -> None:
    talk = (
        Talk(ears=frozenset({"zh-CN"}))
        .presses("10")
        .answers("我们九点上班。", author=Author.SYSTEM, is_open=False)
        .forget()
        .says("怎么退款")
    )
    assert talk.told[-1] == Said((Spoken(text="怎么退款", confidence=0.9),))


def test_who_rings_again_while_they_wait_is_in_the_queue_at_once() -> None:
    before = standing(At.QUEUED, 7, position=2)
    talk = Talk(standing=before, agents=PHONES)
    assert talk.said == ["greeting(Example)", "still_in_line"], "no menu"
    assert talk.stands(At.QUEUED, position=2).said[2:] == ["position(2)", "callback", "message"]


def test_other_keys_say_where_the_caller_stands() -> None:
    assert waiting().listens().forget().presses("0").said[0] == "position(3)"


# ---- an agent's phone --------------------------------------------------------------------------------------------------------------


def test_the_agents_phone_rings_at_once_and_notices_of_the_queue_are_overtaken() -> None:
    talk = waiting().forget().accepted()
    assert talk.is_flushed
    assert (talk.phase, talk.said, talk.bridges) == ("ringing", ["connecting(坐席 07)"], ["sip:107@10.0.0.2"])
    assert talk.state.is_music


def test_from_the_moment_they_are_connected_nobody_is_talked_over() -> None:
    talk = served()
    assert (talk.phase, talk.stages) == ("bridged", ["ringing", "talking"])
    talk.forget().accepted(says="我在聊天里也写一句")
    talk.presses("123*#0").says("你好").waits(600)
    assert talk.said == []
    assert talk.state.saying == ()


def test_an_agent_who_does_not_answer_gives_the_caller_back_their_place() -> None:
    talk = waiting().listens().forget().accepted().takes(Ringing(), Parted("no_answer"))
    assert talk.stages == ["ringing", "missed:no_answer"]
    assert talk.phase == "waiting"
    talk.forget().queued("抱歉，您仍排第一位。", position=1)
    assert talk.said == ["抱歉，您仍排第一位。"]
    assert talk.forget().accepted().bridges == ["sip:107@10.0.0.2"], "the same agent may take them again"


def test_the_same_acceptance_is_not_tried_twice() -> None:
    talk = waiting().listens().accepted().takes(Parted("busy")).forget()
    assert talk.accepted().bridges == []


def test_a_line_that_says_nothing_of_the_agents_phone_gives_up() -> None:
    talk = waiting().listens().forget().accepted().waits(36)
    assert talk.stages == ["missed:no_answer"]
    assert "Part()" in map(str, talk.did)


def test_the_agent_puts_down_the_phone_and_the_caller_may_have_another() -> None:
    talk = served().forget().parts("hung_up")
    assert (talk.phase, talk.said, talk.stages) == ("parted", ["parted"], ["up:hung_up"])
    assert talk.state.is_music, "nobody waits in silence"
    assert talk.listens().waits(7).stages == ["up:hung_up", "missed:broke"]
    assert talk.forget().queued("通话断开了。", position=1).said == ["position_next"], "that it is over was said"
    assert talk.forget().queued("您排在第二位。", position=2).said == ["您排在第二位。"]


def test_a_connection_that_breaks_leads_back_into_the_queue() -> None:
    assert served().forget().parts("broke").stages == ["missed:broke"]


def test_the_agent_ends_it_and_the_caller_says_how_it_was() -> None:
    talk = served().forget().stands(At.WRAP_UP)
    assert "Part()" in map(str, talk.did)
    assert (talk.phase, talk.said) == ("survey", ["survey"])
    talk.takes(Parted("hung_up")).stands(At.CLOSED)
    assert talk.phase == "survey", "the session may close meanwhile"
    talk.presses("4")
    assert talk.told[-1] == Rated(4, session=SESSION)
    assert (talk.phase, talk.said[1:], talk.hangs_up("by_us").stages[-1]) == ("last", ["survey_thanks"], "ended:by_agent")


def test_where_nobody_wants_to_know_how_it_was_the_caller_is_let_go_with_a_goodbye() -> None:
    talk = served(has_survey=False).forget().stands(At.WRAP_UP)
    assert (talk.phase, talk.said[-1]) == ("last", "goodbye")
    assert "survey" not in talk.said


def test_the_hubs_thanks_are_not_said_twice() -> None:
    talk = waiting(agents={}, has_survey=False).accepted().listens().forget()
    talk.takes(talk.message("感谢您的咨询。", author=Author.SYSTEM)).stands(At.WRAP_UP)
    assert (talk.phase, talk.said) == ("last", ["感谢您的咨询。", "bye"])


def test_who_is_called_back_hears_who_calls_and_is_not_thanked_for_calling() -> None:
    before = standing(At.ACTIVE, 3, agent="08")
    talk = Talk(standing=before, is_ours=True, has_survey=False).stands(At.ACTIVE, agent="08")
    assert (talk.phase, talk.said, talk.is_flushed) == ("writing", ["greeting_back(Example)", "agent_writes"], False)
    assert talk.listens().forget().stands(At.WRAP_UP).said == ["goodbye_back"]


def test_whoever_does_not_want_to_say_how_it_was_is_let_go() -> None:
    talk = served().stands(At.WRAP_UP).takes(Parted("hung_up")).listens().waits(30)
    assert (talk.phase, talk.said[-1]) == ("last", "goodbye")


def test_an_agent_who_passes_the_caller_on_while_they_talk_lets_go_of_the_phone() -> None:
    talk = served().forget().queued("正在转接其他同事。")
    assert str(talk.did[0]) == "Part()"
    assert (talk.phase, talk.said[0]) == ("waiting", "正在转接其他同事。")
    assert talk.stages == ["up"], "nobody talks with them now"
    talk.takes(Parted("hung_up"))
    assert talk.stages == ["up"], "that is no failure"


def test_the_next_agents_phone_rings_only_once_the_last_one_is_let_go_of() -> None:
    talk = served(agents={"*": "sip:{name}@10.0.0.2"}).forget().accepted("08")
    assert talk.bridges == []
    talk.takes(Parted("hung_up"))
    assert (talk.bridges, talk.stages) == (["sip:08@10.0.0.2"], ["up"])
    assert talk.takes(Ringing(), Bridged()).stages == ["up", "ringing", "talking"]


def test_a_caller_who_is_handed_over_for_good_is_told_as_talking() -> None:
    from adapters.phone.driver import Transferred

    talk = waiting(can_bridge=False).listens().forget().accepted()
    assert "Transfer(target='sip:107@10.0.0.2')" in map(str, talk.did)
    assert talk.takes(Transferred()).hangs_up("transferred").stages == ["talking", "ended:transferred"]


def test_hold_while_they_talk_is_told_and_ends_in_talking() -> None:
    talk = served().forget().takes(Held(is_on=True), Held(is_on=False))
    assert (talk.stages, talk.said) == (["held", "talking"], [])


def test_an_agent_who_holds_leaves_the_caller_a_word_and_music_until_they_go_on() -> None:
    talk = served().forget()
    talk.takes(talk.message("坐席 07 正在查询，请稍候。", author=Author.SYSTEM)).stands(At.ON_HOLD, agent="07")
    assert (talk.said, talk.did[0]) == (["坐席零七正在查询，请稍候。"], Music(is_on=True))
    assert (talk.phase, talk.stages) == ("bridged", [])
    talk.forget().presses("1").stands(At.ON_HOLD, agent="07")
    assert (talk.said, talk.did) == ([], [])
    talk.accepted()
    assert talk.did == [Flush(), Music(is_on=False)]
    assert (talk.phase, talk.state.is_music, talk.state.saying, talk.waits(600).said) == ("bridged", False, (), [])


def test_an_agent_who_holds_before_their_phone_is_answered_holds_from_then_on() -> None:
    talk = waiting().listens().forget().accepted().stands(At.ON_HOLD, agent="07")
    assert talk.phase == "ringing"
    talk.forget().bridged()
    assert (talk.did[-1], talk.said) == (Music(is_on=True), ["one_moment"])
    assert talk.listens().forget().accepted().did == [Music(is_on=False)]


def test_a_hold_ends_with_the_agents_phone() -> None:
    talk = served().stands(At.ON_HOLD, agent="07").listens().forget().parts("hung_up")
    assert (talk.phase, talk.said, talk.state.is_music) == ("parted", ["parted"], True)
    talk = served().stands(At.ON_HOLD, agent="07").listens().forget().queued("正在转接其他同事。", position=1)
    assert (talk.phase, talk.did, talk.state.is_music) == ("waiting", [Part()], True), "the music goes on"


def test_whom_both_hold_hears_no_word_of_a_hold_that_is_over() -> None:
    talk = served().takes(Held(is_on=True)).forget().stands(At.ON_HOLD, agent="07").accepted().takes(Held(is_on=False))
    assert (talk.said, talk.did) == ([], [Music(is_on=True), Music(is_on=False)])


def test_a_line_that_takes_turns_can_not_hold() -> None:
    talk = served(is_turn_based=True).forget().stands(At.ON_HOLD, agent="07").accepted()
    assert (talk.said, talk.did) == ([], [])


# ---- an agent without a phone ------------------------------------------------------------------------------------------------------


def written_to(**setup: Any) -> Talk:
    talk = waiting(**{"agents": {}, "ears": frozenset({"zh-CN"}), **setup}).listens().forget()
    return talk.takes(talk.message("坐席 07 接起了电话。", author=Author.SYSTEM)).accepted()


def test_what_an_agent_without_a_phone_writes_is_read_out_and_the_caller_is_heard() -> None:
    talk = written_to()
    assert (talk.phase, talk.said) == ("writing", ["agent_writes_or_say"])
    talk.listens().forget().accepted(says="请问订单号是多少？")
    assert talk.listens().said == ["请问订单号是多少？"]
    assert talk.forget().says("一二三").told == [Said((Spoken(text="一二三", confidence=0.9),))]


def test_who_can_not_be_heard_answers_an_agent_by_keys() -> None:
    talk = written_to(ears=frozenset()).listens().forget().presses("20261101#")
    assert (talk.told, talk.said) == ([Said((Keyed("20261101"),))], ["keys_passed_on"])
    assert talk.phase == "writing"


def test_a_link_that_an_agent_writes_is_sent_and_that_is_said() -> None:
    talk = written_to(has_links=True).listens().forget().accepted(says="请看 https://example.com/a 。")
    assert talk.did == [SendLinks(("https://example.com/a",))]
    assert talk.forget().takes(LinksSent(is_sent=True)).said == ["link_sent"]


def test_two_messages_of_an_agent_follow_one_another() -> None:
    talk = written_to().forget().accepted(says="第一条。").accepted(says="第二条。")
    assert (talk.said, talk.is_flushed) == (["第一条。", "第二条。"], False)


def test_an_agent_who_takes_long_leaves_no_silence_and_one_who_holds_leaves_music() -> None:
    talk = written_to().listens().forget()
    assert talk.state.is_music
    assert talk.takes(CallerBegan()).state.is_music is False, "nobody speaks against music"
    assert talk.says("好的").waits(31).said == ["agent_still"]
    assert talk.stands(At.ON_HOLD, agent="07").state.is_music


def test_an_agent_who_gives_the_caller_back_to_the_bot_leads_to_the_menu() -> None:
    talk = served().forget().stands(At.BOT)
    assert (talk.phase, talk.said[0]) == ("menu", "menu")


def test_who_calls_while_the_last_agent_still_writes_up_is_not_hung_up_on() -> None:
    talk = Talk(standing=standing(At.WRAP_UP, 9)).stands(At.WRAP_UP)
    assert talk.phase == "menu"
