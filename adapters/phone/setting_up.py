"""What holds for one call, by the settings and what its line can do. Pure."""

from collections.abc import Mapping, Sequence

from adapters.phone.dialogue.state import Setup
from adapters.phone.driver import Abilities
from adapters.phone.numbers import may_dial
from adapters.phone.speech.words import Ear
from config.phone import Phone
from gateway.core.texts import Texts, nearest


def offered_languages(chosen: tuple[str, ...], ours: tuple[str, ...]) -> tuple[str, ...]:
    """The languages to choose from: the operator's choice as it is, else ours, of those that sound alike the first."""
    if chosen:
        return chosen
    by_sound: dict[str, str] = {}
    for language in ours:
        by_sound.setdefault(language.split("-")[0].lower(), language)
    return tuple(by_sound.values())


def setup_of(
    settings: Phone, *, call: str, number: str, dialled: str, languages: tuple[str, ...], company: str, abilities: Abilities,
    ear: Ear | None, texts: Texts, has_links: bool, is_ours: bool = False,
) -> Setup:  # fmt: skip
    """The call's own."""
    can_bridge = settings.bridge == "auto" and abilities.bridge
    hears = abilities.server_asr and settings.recognizer.provider == "off"
    ears = frozenset(language for language in languages if hears or (ear is not None and abilities.raw_audio and ear.can(language)))
    is_recorded = settings.recording.enabled and abilities.record
    return Setup(
        call=call, number=number, dialled=dialled, is_ours=is_ours, company=company, languages=languages, ears=ears,
        greeting={language: words for language in languages if (words := _in(language, settings.greeting))},
        person={language: texts.say("turn.person", language) for language in languages}, agents=dict(settings.agents),
        is_turn_based=abilities.is_turn_based, can_bridge=can_bridge, can_reach=can_bridge or abilities.transfer,
        is_recorded=is_recorded, is_announced=is_recorded or settings.recognizer.keep_audio,
        has_callback=settings.callback and can_be_called(number, settings.dial_prefixes),
        has_voicemail=settings.voicemail.enabled, voicemail_max_s=settings.voicemail.max_s, has_links=has_links,
        has_survey=settings.survey, confidence=settings.recognizer.confidence, no_input_s=settings.no_input_s, ring_s=settings.ring_s,
        call_max_s=settings.call_max_s,
    )  # fmt: skip


def can_be_called(number: str, prefixes: Sequence[str]) -> bool:
    """Whether a call back can be promised: to a number, and one that the configuration allows. Where none is dialled from here, agents
    call by a phone of their own."""
    return may_dial(number, prefixes or (number[:1],))


def _in(language: str, words: Mapping[str, str]) -> str:
    """An operator's words in a language, or in one that reads the same; "" where there are none."""
    found = nearest(language, tuple(words)) if words else ""
    return words[found] if found and found.split("-")[0] == language.split("-")[0] else ""
