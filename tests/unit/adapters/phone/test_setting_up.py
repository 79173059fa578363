"""What holds for a call, by the settings and the line."""

from typing import Any

from adapters.phone.driver import Abilities
from adapters.phone.setting_up import offered_languages, setup_of
from config.phone import Phone, Recognizer, Recording
from config.texts import load_texts
from gateway.core.texts import Texts
from tests.peers.phone_line import ABLE, TURN_BASED, ScriptedEar

TEXTS = Texts(load_texts())


def made(settings: Phone, abilities: Abilities = ABLE, **more: Any) -> Any:
    given: dict[str, Any] = {"languages": ("zh-CN", "en"), "ear": None, **more}
    return setup_of(
        settings, call="c1", dialled="95001", company="Example", abilities=abilities, texts=TEXTS, has_links=False,
        **{"number": "+8613800138000", **given},
    )  # fmt: skip


def test_languages_that_sound_alike_are_offered_once_unless_the_operator_says_so() -> None:
    assert offered_languages((), ("zh-CN", "zh-TW", "en")) == ("zh-CN", "en")
    assert offered_languages((), ("zh-TW", "zh-CN", "en")) == ("zh-TW", "en")
    assert offered_languages(("zh-CN", "zh-HK"), ("en",)) == ("zh-CN", "zh-HK")


def test_callers_may_speak_where_an_ear_or_the_line_itself_understands() -> None:
    assert made(Phone()).ears == frozenset()
    assert made(Phone(), ear=ScriptedEar(("en",))).ears == {"en"}
    assert made(Phone(), TURN_BASED).ears == {"zh-CN", "en"}


def test_what_is_recorded_or_kept_is_announced() -> None:
    assert made(Phone()).is_announced is False
    recorded = made(Phone(recording=Recording(enabled=True)))
    assert (recorded.is_recorded, recorded.is_announced) == (True, True)
    kept = made(Phone(recognizer=Recognizer(provider="http", url="https://speech.example.com", keep_audio=True)))
    assert (kept.is_recorded, kept.is_announced) == (False, True)


def test_a_line_that_can_not_connect_hands_over_and_one_that_can_do_neither_has_agents_write() -> None:
    assert (made(Phone()).can_bridge, made(Phone()).can_reach) == (True, True)
    transfers = made(Phone(bridge="transfer"))
    assert (transfers.can_bridge, transfers.can_reach) == (False, True)
    assert made(Phone(), Abilities(raw_audio=True, bridge=False, transfer=False)).can_reach is False


def test_callers_are_asked_how_it_was_unless_the_operator_does_not_want_that() -> None:
    assert made(Phone()).has_survey is True
    assert made(Phone(survey=False)).has_survey is False


def test_a_greeting_in_one_script_is_used_for_the_other_and_for_no_other_language() -> None:
    assert made(Phone(greeting={"zh": "您好"})).greeting == {"zh-CN": "您好"}


def test_a_call_back_is_promised_only_where_it_can_be_kept() -> None:
    assert [made(Phone(), number=number).has_callback for number in ("+8613800138000", "95555", "前台", "")] == [True, True, False, False]
    ours = Phone(dial_prefixes=("+86",), dial="sip:{number}@sip.example.com")
    assert [made(ours, number=number).has_callback for number in ("+8613800138000", "+12025550123")] == [True, False]
    assert made(Phone(callback=False)).has_callback is False
