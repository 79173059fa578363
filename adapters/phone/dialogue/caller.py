"""What the caller does: keys and words, while we speak and while we listen. Pure."""

from typing import assert_never

from adapters.phone.dialogue import asking, ending, message, offers, people, spoken
from adapters.phone.dialogue.state import Means, Option, Phase, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import CallerBegan, Words
from adapters.phone.driver import Digit, Nothing
from gateway.core.events import CallStage, Said
from gateway.core.parts import Spoken

VOICE_S = 15.0
"""For an utterance and what is made of it; then the ear has failed."""
EARS_FAIL_COUNT = 2
LISTENS = (*asking.OF_THE_BOT, Phase.THINKING, Phase.CLOSED, Phase.PARTED, Phase.WRITING, Phase.SURVEY)


def take(turn: Turn, stimulus: Digit | CallerBegan | Words | Nothing) -> None:
    match stimulus:
        case Digit(digit=digit):
            _press(turn, digit)
        case CallerBegan():
            _caller_began(turn)
        case Words():
            _words(turn, stimulus)
        case Nothing():
            if turn.state.setup.is_turn_based and turn.state.asked and not turn.state.typed:
                asking.not_heard(turn)
        case unknown:
            assert_never(unknown)


def _press(turn: Turn, digit: str) -> None:
    state = turn.state
    if state.phase in (Phase.BRIDGED, Phase.LAST) or digit not in "0123456789*#":
        return
    if state.phase is Phase.THINKING and digit == "0" and state.way[-1:] == ("ivr_zero_out",):
        return  # they are asking for people already
    if turn.is_firm or state.phase is Phase.GREETING or (state.phase is Phase.THINKING and digit != "0"):
        turn.set(ahead=(state.ahead + digit)[: asking.AHEAD_MAX_COUNT])
        return
    if state.is_taking:
        return  # the line itself knows the key that ends a message
    turn.forget(Timer.SILENCE, Timer.VOICE)
    turn.set(is_speaking=False)
    if state.phase is Phase.LEAVING:
        turn.hush()
        message.begin(turn)
    elif state.phase is Phase.KEYING:
        turn.hush()
        asking.type_key(turn, digit)
    else:
        turn.hush()
        _mean(turn, digit)


def _mean(turn: Turn, key: str) -> None:
    """What a key means where the caller is; the same for words that stand for one."""
    state = turn.state
    option = next((option for option in state.options if option.key == key), None)
    if option is not None:
        _choose(turn, option)
    elif state.phase in (Phase.WAITING, Phase.RINGING):
        people.announce(turn)
    elif state.phase is Phase.WRITING:
        _key_for_agent(turn, key)
    elif key == "*" or (key == "0" and state.phase is Phase.CLOSED):
        asking.repeat(turn)
    elif state.phase is Phase.PARTED and key == "0":
        people.another(turn)
    elif key == "0" and state.phase in (*asking.OF_THE_BOT, Phase.THINKING):
        asking.ask_person(turn, "ivr_zero_out", "0")
    elif key == "#" and state.phase in asking.OF_THE_BOT:
        asking.go_back(turn)
    else:
        asking.not_understood(turn, "no_such_key")


def _choose(turn: Turn, option: Option) -> None:
    """What a key stands for."""
    match option.means:
        case Means.CALLBACK:
            turn.tell(turn.called(CallStage.CALLBACK))
            asking.farewell(turn, "by_us", turn.line("callback_confirmed"))
        case Means.MESSAGE:
            message.leave(turn)
        case Means.STAY:
            people.another(turn)
        case Means.RATE:
            ending.rate(turn, int(option.id))
        case _:
            asking.choose(turn, option)


def _key_for_agent(turn: Turn, key: str) -> None:
    """Who can't be heard can press keys: an agent reads them as they were. `*` says again what the agent wrote last."""
    if key == "*":
        turn.say(*(turn.state.told or turn.state.asked), seq=turn.state.told_seq)
    else:
        asking.type_key(turn, key) if key != "#" or turn.state.typed else None


def _caller_began(turn: Turn) -> None:
    """Somebody speaks into what we say: we stop."""
    state = turn.state
    if state.hearing is None or not state.hearing.speech or state.is_held or turn.is_firm:
        return
    turn.set(is_speaking=True)
    turn.wake(Timer.VOICE, VOICE_S)
    turn.forget(Timer.SILENCE)
    if state.phase is not Phase.THINKING:
        turn.hush()


def _words(turn: Turn, words: Words) -> None:
    state = turn.state
    turn.set(is_speaking=False)
    turn.forget(Timer.VOICE, Timer.SILENCE)
    if state.phase not in LISTENS or turn.is_firm:
        return
    if words.trouble:
        ear_failed(turn)
    elif not words.text.strip() or words.confidence < state.setup.confidence:
        if state.phase is not Phase.THINKING:
            asking.not_understood(turn)
    else:
        turn.hush()
        _understood(turn, words)


def _understood(turn: Turn, words: Words) -> None:
    state = turn.state
    said = Spoken(text=words.text, confidence=words.confidence, audio=words.audio)
    meant = spoken.meaning(words.text, state.options)
    if state.phase is Phase.LANGUAGE:
        _language_by_ear(turn, said, meant)
    elif state.phase is Phase.WRITING:
        turn.tell(Said((said,)))
        turn.wake(Timer.ANNOUNCE, people.WRITING_S)
    elif meant == spoken.DONE and state.phase in (Phase.ANSWER, Phase.CLOSED, Phase.PARTED):
        asking.farewell(turn, "by_us", turn.goodbye())
    elif meant and meant != spoken.DONE and state.phase not in (Phase.THINKING, Phase.KEYING):
        _mean(turn, meant)
    elif state.phase in (Phase.PARTED, Phase.SURVEY):
        asking.not_understood(turn)
    else:
        asking.told(turn, said, why="speech")


def _language_by_ear(turn: Turn, said: Spoken, meant: str) -> None:
    """By its number, by its name, or by being spoken: then what was said is a question already."""
    chosen = next((option.id for option in turn.state.options if option.key == meant and option.means is Means.LANGUAGE), "")
    named = chosen or spoken.language_of(said.text, turn.state.setup.languages)
    if not named:
        asking.not_understood(turn)
        return
    is_question = not chosen and not spoken.is_name_of_language(said.text)
    if is_question:
        turn.set(language=named)
        asking.told(turn, said, why="speech")
    else:
        asking.choose_language(turn, named)


def ear_failed(turn: Turn) -> None:
    """Not the caller's fault: keys, from the second time on keys alone."""
    turn.hush()
    troubles = turn.state.troubles + 1
    turn.set(troubles=troubles, is_deaf=troubles >= EARS_FAIL_COUNT)
    if turn.state.phase is Phase.THINKING:
        return
    turn.set(asked=offers.by_keys(turn.state.asked))
    turn.ask_again(turn.line("ear_failed"))


def use_ahead(turn: Turn) -> None:
    """Keys that were pressed before their question: each in turn, as long as there is a question."""
    for _ in range(asking.AHEAD_MAX_COUNT):
        state = turn.state
        is_asked = state.phase in (*asking.OF_THE_BOT, Phase.CLOSED, Phase.SURVEY) and (state.options or state.phase is Phase.KEYING)
        if not state.ahead or turn.is_firm or not is_asked:
            return
        turn.set(ahead=state.ahead[1:])
        _press(turn, state.ahead[0])
