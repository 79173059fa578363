"""A caller with the bot: languages, menus, questions, answers; keys, words and silence."""

from typing import Any

from adapters.phone.dialogue.words import Begun
from gateway.core.calls import Standing, Topic, TopQuestion
from gateway.core.events import Played, Said
from gateway.core.ids import EntryId
from gateway.core.parts import Keyed, Pick, Spoken
from gateway.core.session import State as At
from tests.unit.adapters.phone.dialogue.talk import MENUS, SESSION, Talk, again, choices, standing

EARS = frozenset({"zh-CN", "en"})


def spoken_to(talk: Talk) -> list[object]:
    return [event.parts[0] for event in talk.told if isinstance(event, Said)]


def known(language: str = "en", state: At = At.CLOSED, seq: int = 4) -> Standing:
    return standing(state, seq, language=language)


# ---- the beginning -----------------------------------------------------------------------------------------------------------------


def test_a_call_begins_with_a_greeting_and_the_languages_each_in_itself() -> None:
    talk = Talk()
    assert (talk.phase, talk.stages) == ("language", ["up"])
    assert talk.said == ["greeting(Example)", "language(1)", "language(2)"]
    assert [line.language for saying in talk.state.saying for line in saying.lines][1:] == ["zh-CN", "en"]


def test_one_language_is_not_asked_for() -> None:
    talk = Talk(languages=("zh-CN",))
    assert (talk.phase, talk.said[1:]) == ("menu", ["menu", "option_name(订单,1)", "option_name(退货,2)", "person"])


def test_whoever_has_called_before_is_spoken_to_in_their_language() -> None:
    talk = Talk(standing=known("en"))
    assert (talk.phase, talk.state.language, talk.said[2]) == ("menu", "en", "option_name(Orders,1)")


def test_an_operators_own_greeting_goes_before_ours() -> None:
    assert Talk(greeting={"zh-CN": "这里是客服中心。"}).said[0] == "这里是客服中心。"


def test_whoever_says_nothing_to_the_languages_gets_the_first() -> None:
    talk = Talk().listens().forget().waits(6.5)
    assert (talk.phase, talk.state.language, talk.said[0]) == ("menu", "zh-CN", "menu")


def test_a_language_is_chosen_by_name_by_number_or_by_asking_in_it() -> None:
    for words, language, phase in (("English please", "en", "thinking"), ("English", "en", "menu"), ("two", "en", "menu"),
                                   ("我要退款", "zh-CN", "thinking")):  # fmt: skip
        talk = Talk(ears=EARS).says(words)
        assert (talk.state.language, talk.phase) == (language, phase), words


def test_what_must_be_announced_is_heard_to_its_end_and_then_the_recording_begins() -> None:
    talk = Talk(is_recorded=True, is_announced=True)
    talk.forget().presses("12")
    assert (talk.is_flushed, talk.phase, talk.did) == (False, "language", []), "a key waits"
    talk.listens()
    assert "Record()" in map(str, talk.did)
    assert (talk.phase, talk.state.topic) == ("topic", "returns"), "and counts then"


# ---- menus -------------------------------------------------------------------------------------------------------------------------


def test_keys_lead_through_the_menu_to_an_answer_and_are_on_record() -> None:
    talk = Talk().presses("11").forget().presses("2")
    assert spoken_to(talk) == [Pick(id="order-2", text="订单 2", keys="2")]
    assert (talk.phase, talk.state.way) == ("thinking", ("zh-CN", "orders", "order-2"))


def test_keys_pressed_ahead_are_taken_at_once_and_silence_us_each_time() -> None:
    talk = Talk().forget().presses("1")
    assert talk.is_flushed
    assert talk.forget().presses("1").is_flushed
    assert talk.phase == "topic"


def test_nine_is_for_more_and_comes_round() -> None:
    talk = Talk().presses("11").forget().presses("9")
    assert talk.said == ["option(订单九,1)", "option(订单十,2)", "back", "person"], "there is no more"
    assert talk.forget().presses("9").said[:2] == ["订单", "option(订单一,1)"]


def test_choices_that_take_long_come_in_pages_that_one_can_listen_to() -> None:
    long = "如果我在促销期间买的商品降价了，能不能把差价退给我，还是只能先退货以后再重新买一次"
    topic = Topic(id="price", title="价格", questions=tuple(TopQuestion(entry=EntryId(f"p{n}"), text=f"{long}{n}") for n in range(7)))
    talk = Talk(begin=False, languages=("zh-CN",)).takes(Begun(menus={"zh-CN": (topic,)})).forget().presses("1")
    cut = "如果我在促销期间买的商品降价了"
    assert talk.said == ["价格", *(f"option({cut},{n})" for n in range(1, 5)), "more", "back", "person"]
    assert talk.presses("9").state.options[0].text == f"{long}4", "what is picked is the whole"
    assert talk.presses("1").told[-1] == Said((Pick("p4", f"{long}4", "1"),))
    assert (
        Talk(begin=False, languages=("en",))
        .takes(Begun(menus={"en": (Topic(id="x", title="w " * 200, questions=topic.questions),)}))
        .said[2]
        == f"option_name({'w ' * 39}w,1)"
    )


def test_hash_on_a_later_page_of_the_menu_is_the_first_page() -> None:
    topics = tuple(Topic(id=f"t{n}", title=f"类{n}", questions=MENUS["en"][1].questions) for n in range(10))
    talk = Talk(begin=False).takes(Begun(menus={"zh-CN": topics, "en": ()})).presses("1").forget().presses("9")
    assert talk.said == ["menu", "option_name(类八,1)", "option_name(类九,2)", "back", "person"]
    assert talk.presses("#").phase == "menu"
    assert talk.presses("#").phase == "language"


def test_a_category_of_one_question_is_that_question() -> None:
    topic = Topic(id="order", title="Where is my order?", questions=(TopQuestion(entry=EntryId("order"), text="Where is my order?"),))
    talk = Talk(begin=False, languages=("en",)).takes(Begun(menus={"en": (topic,)})).forget().presses("1")
    assert spoken_to(talk) == [Pick("order", "Where is my order?", "1")]
    assert talk.answers("On its way.").presses("#").phase == "menu"


def test_whoever_speaks_no_chinese_is_asked_nothing_in_it() -> None:
    talk = (
        Talk(languages=("en",))
        .presses("12")
        .answers(choices("Did you mean one of these?", "会员价怎么算？", "Where is my order?"), language="en")
    )
    assert [option.id for option in talk.state.options] == ["c2"]


def test_who_has_just_chosen_a_language_does_not_hear_how_to_choose_another() -> None:
    assert "language_back" not in Talk().forget().presses("1").said
    assert "language_back" in Talk().listens().forget().waits(6.5).said
    assert "language_back" in Talk(standing=known("en")).said


def test_hash_goes_back_step_by_step_and_star_repeats_as_often_as_wanted() -> None:
    talk = Talk().presses("11")
    for _ in range(5):
        assert talk.forget().presses("*").said[:2] == ["订单", "option(订单一,1)"]
    assert talk.presses("#").phase == "menu"
    assert talk.presses("#").phase == "language"
    assert talk.state.misses == 0


def test_a_category_may_be_said_instead() -> None:
    assert Talk(ears=EARS).presses("1").says("退货").state.topic == "returns"
    assert Talk(ears=EARS).presses("1").says("第二个").state.topic == "returns"


def test_a_question_said_into_the_menu_goes_to_the_bot_with_its_confidence() -> None:
    talk = Talk(ears=EARS).presses("1").forget().says("我的退款什么时候到", 0.8)
    assert spoken_to(talk) == [Spoken(text="我的退款什么时候到", confidence=0.8)]
    assert talk.is_flushed


def test_zero_is_a_person_wherever_the_bot_has_the_caller() -> None:
    for keys in ("10", "110", "1120"):
        talk = Talk().presses(keys)
        assert talk.persons == ["ivr_zero_out"], keys


# ---- silence and nonsense ----------------------------------------------------------------------------------------------------------


def test_silence_twice_is_a_person() -> None:
    talk = Talk().presses("1").listens().forget().waits(6.1)
    assert talk.said[0] == "not_heard"
    assert talk.waits(6.1).persons == ["clarify_failed"]


def test_silence_counts_only_from_when_the_question_was_heard() -> None:
    talk = Talk().presses("1").forget()
    talk.at += 15
    assert talk.waits(0).said == []
    talk.listens().waits(5.5)
    assert talk.said == []


def test_a_prompt_that_the_line_never_reports_as_heard_holds_nobody_up() -> None:
    talk = Talk().presses("1").forget()
    assert talk.waits(200).persons[0] == "clarify_failed"


def test_two_keys_without_meaning_are_a_person() -> None:
    talk = Talk().presses("1").forget().presses("7")
    assert talk.said[:2] == ["no_such_key", "menu"]
    talk.at += 3
    assert talk.presses("8").persons == ["clarify_failed"]


def test_a_number_typed_where_none_was_asked_for_is_one_mistake() -> None:
    talk = Talk().presses("1").forget().presses("99999999#")
    assert (talk.persons, talk.state.misses) == ([], 0), "the hash at the end goes back"
    talk = Talk().presses("1").forget().presses("8888")
    assert (talk.persons, talk.phase, talk.state.misses, talk.said[-1]) == ([], "menu", 1, "person")


def test_words_that_could_not_be_made_out_twice_are_a_person() -> None:
    talk = Talk(ears=EARS).presses("1").forget().says("呃", 0.2)
    assert talk.said[0] == "not_understood"
    assert talk.says("", 0.0).persons == ["clarify_failed"]


def test_an_ear_that_fails_is_not_the_callers_fault_and_twice_means_keys_alone() -> None:
    talk = Talk(ears=EARS).presses("1").forget().says("", trouble="late")
    assert (talk.said[:2], talk.persons, talk.state.hearing and talk.state.hearing.speech) == (["ear_failed", "menu"], [], True)
    talk.forget().says("", trouble="unreachable")
    assert (talk.persons, talk.state.hearing and talk.state.hearing.speech) == ([], False)
    assert talk.said == ["ear_failed", "menu", "option_name(订单,1)", "option_name(退货,2)", "person"]


def test_an_ear_that_never_says_what_it_heard_is_given_up() -> None:
    from adapters.phone.dialogue.words import CallerBegan

    talk = Talk(ears=EARS).presses("1").forget().takes(CallerBegan())
    assert talk.is_flushed
    assert "ear_failed" in talk.waits(16).said


# ---- answers -----------------------------------------------------------------------------------------------------------------------


def asked(**setup: Any) -> Talk:
    return Talk(**setup).presses("112").forget()


def test_an_answer_is_spoken_and_what_was_heard_of_it_is_on_record() -> None:
    talk = asked().answers("退款需要三天。")
    assert (talk.phase, talk.said) == ("answer", ["退款需要三天。", "anything"])
    assert talk.listens().played == [Played(1, 900, 900)]


def test_an_answer_that_is_cut_short_keeps_how_far_it_was_heard() -> None:
    talk = asked().answers("退款需要三天。").presses("#")
    assert talk.is_flushed
    assert talk.played == [Played(1, 300, 900)]


def test_star_says_the_answer_again() -> None:
    assert asked().answers("退款需要三天。").listens().forget().presses("*").said == ["退款需要三天。", "anything"]


def test_a_long_answer_comes_in_parts_and_nine_goes_on() -> None:
    sentence = "这一条规则说的是退款到账的时间以及会影响它的各种因素和例外情况。"
    talk = asked().answers("\n".join(f"{sentence}其{n}，也要说清楚，不然客户会再打一次电话来问我们。" for n in range(6)))
    first = [said for said in talk.said if said.startswith(("这", "其"))]
    assert "rest" in talk.said
    more = talk.forget().presses("9").said
    assert first
    assert more[0] not in first


def test_choices_of_the_bot_are_numbered_and_a_person_is_behind_zero() -> None:
    talk = asked().answers(choices("您是问哪一个？", "退款时间", "退款方式"))
    assert (talk.phase, talk.said) == ("choices", ["您是问哪一个？", "option(退款时间,1)", "option(退款方式,2)", "person"])
    assert spoken_to(talk.forget().presses("2")) == [Pick(id="c2", text="退款方式", keys="2")]


def test_a_number_that_the_bot_asks_for_is_typed_and_ends_with_hash() -> None:
    talk = asked().answers("请输入订单号。", asks="order")
    assert (talk.phase, talk.said) == ("keying", ["请输入订单号。", "keys"])
    assert spoken_to(talk.forget().presses("20261101#")) == [Keyed("20261101")]


def test_a_number_without_hash_is_whole_after_a_while_and_star_begins_it_again() -> None:
    talk = asked().answers("请输入订单号。", asks="order").forget().presses("12*345")
    assert talk.waits(4.1).told[-1] == Said((Keyed("345"),))


def test_a_secret_is_marked_and_is_not_listened_for() -> None:
    talk = asked(ears=EARS).answers("请输入密码。", asks="pin", asks_secret=True)
    assert talk.state.hearing is not None
    assert not talk.state.hearing.speech
    assert spoken_to(talk.forget().presses("1234#")) == [Keyed("1234", is_secret=True)]


def test_zero_alone_is_a_person_though_a_number_is_asked_for() -> None:
    assert asked().answers("请输入订单号。", asks="order").presses("0#").persons == ["ivr_zero_out"]


def test_keys_pressed_while_the_bot_thinks_answer_its_question_but_never_skip_an_answer() -> None:
    assert asked().presses("1").answers(choices("哪一个？", "甲", "乙")).told[-1] == Said((Pick(id="c1", text="甲", keys="1"),))
    assert asked().presses("#").answers("退款需要三天。").phase == "answer"


def test_a_bot_that_takes_longer_is_never_silent_and_in_the_end_people_are_asked() -> None:
    talk = asked().waits(1.6)
    assert talk.said == ["one_moment"]
    talk.waits(18)
    assert talk.said.count("tick") == 5
    assert talk.said.count("still_looking") == 1
    assert talk.waits(45).persons == ["bot_timeout"]


def test_while_something_is_looked_up_no_question_is_asked() -> None:
    talk = asked().answers("我查一下。", is_looking=True)
    assert (talk.phase, talk.said) == ("thinking", ["我查一下。"])
    assert talk.answers("包裹明天到。").phase == "answer"


def test_who_says_that_it_is_all_is_thanked_and_let_go() -> None:
    talk = asked(ears=EARS).answers("退款需要三天。").listens().forget().says("没有了，谢谢")
    assert talk.phase == "thinking", "thanks are for the bot"
    talk = asked(ears=EARS).answers("退款需要三天。").listens().forget().says("没有了")
    assert (talk.phase, talk.said) == ("last", ["goodbye"])


def test_whoever_has_an_answer_and_is_silent_is_let_go_kindly() -> None:
    talk = asked().answers("退款需要三天。").listens().forget().waits(40)
    assert [said for said in talk.said if said != "anything"] == ["still_there", "silent_goodbye"]
    assert talk.hangs_up("by_us").stages == ["ended:silent"]


def test_whoever_speaks_another_language_is_answered_in_it() -> None:
    talk = asked(ears=EARS).stands(At.BOT).answers("It takes three days.", language="en")
    assert (talk.state.language, talk.state.saying[-1].lines[-1].language) == ("en", "en")


def test_a_chosen_language_is_told_at_once_and_what_stood_before_does_not_take_it_back() -> None:
    talk = Talk().presses("2")
    assert talk.stages == ["up", "up"]
    assert talk.stands(At.BOT, language="zh-CN").state.language == "en"
    assert talk.answers("Hello.", language="en").state.language == "en"


def test_zero_pressed_again_and_again_asks_once() -> None:
    assert Talk().presses("10000").persons == ["ivr_zero_out"]


def test_a_dialect_that_sounds_alike_changes_nothing() -> None:
    assert asked().answers("退款需要三天。", language="zh-TW").state.language == "zh-CN"


def test_a_call_has_a_longest_time() -> None:
    talk = Talk(call_max_s=60.0).presses("1").listens().forget()
    talk.waits(61)
    assert "limit" in talk.said
    assert talk.hangs_up("by_us").stages[-1] == "ended:limit"


def test_on_hold_nothing_is_said_and_what_was_cut_is_said_again() -> None:
    from adapters.phone.driver import Held

    talk = asked().answers("退款需要三天。").forget().takes(Held(is_on=True))
    assert (talk.is_flushed, talk.stages) == (True, ["held"])
    assert talk.waits(120).said == []
    assert talk.takes(Held(is_on=False)).said == ["退款需要三天。", "anything"]
    assert talk.stages == ["held", "up"]


def test_a_record_that_is_away_is_said_and_in_the_end_the_call_is_given_up() -> None:
    from adapters.phone.dialogue.words import Trouble

    talk = asked().takes(Trouble()).listens()
    assert talk.said == ["trouble"]
    talk.takes(Trouble(is_over=True))
    assert (talk.phase, talk.said[-1], talk.hangs_up("by_us").stages[-1]) == ("last", "sorry", "ended:failed")


def test_the_end_tells_the_way_through_the_menus() -> None:
    talk = asked().hangs_up()
    (ended,) = talk.told
    assert getattr(ended, "facts", None) == {"way": ["zh-CN", "orders", "order-2"], "language": "zh-CN"}
    assert talk.phase == "over"
    assert talk.forget().presses("1").told == [], "behind the end nothing happens"


def test_a_state_can_be_written_down_and_read_again() -> None:
    talk = asked().answers(choices("哪一个？", "甲"))
    assert again(talk.state) == talk.state
    assert talk.state.standing is not None
    assert talk.state.standing.session_id == SESSION


def test_the_first_standing_of_all_waits_for_the_messages_that_it_stands_behind() -> None:
    talk = asked()
    words = talk.message("退款需要三天。")
    talk.takes(standing(At.BOT, words.seq))
    assert talk.phase == "thinking"
    assert talk.takes(words).phase == "answer"
    lone = asked().stands(At.QUEUED, position=1)
    assert lone.phase == "waiting"
    late = asked()
    late.seq = 5
    assert late.stands(At.QUEUED).phase == "thinking"
    assert late.waits(0.4).phase == "waiting", "but not for ever"
