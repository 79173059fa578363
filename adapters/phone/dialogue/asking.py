"""What the caller says, picks or leaves unsaid, while the bot has them: told to the hub, or asked again."""

from adapters.phone.dialogue import offers, sending
from adapters.phone.dialogue.state import Line, Means, Option, Phase, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import Hangup
from gateway.core.events import CallStage, Said
from gateway.core.parts import Keyed, Part, Pick

PATIENCE_S = 1.5
"""Before "one moment"."""
TICK_S = 3.0
WORDS_EVERY_COUNT = 6
"""Every so many ticks it is said again."""
GIVE_UP_COUNT = 20
"""Ticks: a minute. Then people are asked for."""
KEYS_S = 4.0
"""Without another key a number is taken as whole."""
KEYS_TURN_S = 0.3
"""Turn-based lines give all keys at once."""
KEYS_MAX_COUNT = 32
AHEAD_MAX_COUNT = 16
WAY_MAX_COUNT = 24
TRIES_COUNT = 2
TRIES_WITHOUT_PEOPLE_COUNT = 5
"""Where no person would take over, a wrong key costs nobody the call."""
NO_SUCH_KEY = "no_such_key"
ROW_S = 2.0

OF_THE_BOT = (Phase.LANGUAGE, Phase.MENU, Phase.TOPIC, Phase.CHOICES, Phase.ANSWER, Phase.KEYING)


def told(turn: Turn, part: Part, person: str = "", why: str = "") -> None:
    """Something for the hub; what comes of it is awaited, and never in silence."""
    turn.tell(Said((part,)), person)
    if why:
        turn.set(way=(*turn.state.way, why)[-WAY_MAX_COUNT:])
    if turn.state.phase is not Phase.THINKING:
        turn.enter(Phase.THINKING)
    turn.set(misses=0, silences=0, rest=(), links=())
    turn.wake(Timer.THINKING, PATIENCE_S)


def ask_person(turn: Turn, reason: str, keys: str = "") -> None:
    """A person, and the bot need not be asked."""
    told(turn, Pick("person", turn.state.setup.person.get(turn.state.language, ""), keys), reason, why=reason)


def still_thinking(turn: Turn) -> None:
    """It takes longer: say so once, then tick, and give up in the end."""
    count = turn.state.thinking_count + 1
    turn.set(thinking_count=count)
    turn.wake(Timer.THINKING, TICK_S)
    if count >= GIVE_UP_COUNT:
        turn.set(thinking_count=0)
        ask_person(turn, "bot_timeout")
    elif not turn.state.saying and not turn.state.is_held:
        if (count - 1) % WORDS_EVERY_COUNT == 0:
            turn.say(turn.line("one_moment" if count == 1 else "still_looking"))
        elif not turn.state.setup.is_turn_based:
            turn.say(Line(language=turn.state.language, is_tick=True))


# ---- not understood, not heard ---------------------------------------------------------------------------------------------------


def not_understood(turn: Turn, key: str = "not_understood") -> None:
    """A key without meaning, or words that could not be made out: once more, then a person. Keys in a row, a number typed where none was
    asked for, are one mistake."""
    state = turn.state
    is_row = key == NO_SUCH_KEY and turn.at - state.missed_at < ROW_S
    turn.set(missed_at=turn.at)
    turn.hush()
    turn.set(misses=state.misses + (not is_row))
    if turn.state.misses < (TRIES_WITHOUT_PEOPLE_COUNT if state.phase is Phase.CLOSED else TRIES_COUNT):
        turn.ask_again(turn.line(key))
    elif state.phase in OF_THE_BOT:
        ask_person(turn, "clarify_failed")
    else:
        given_up(turn)


def not_heard(turn: Turn) -> None:
    """Silence. Whoever says nothing to the language hears the first one; whoever has had an answer may simply have put the phone aside."""
    state = turn.state
    if state.phase is Phase.LANGUAGE:
        choose_language(turn, state.language, is_chosen=False)
        return
    turn.set(silences=state.silences + 1)
    if turn.state.silences < TRIES_COUNT:
        is_plain = state.phase is Phase.KEYING or (state.phase is Phase.ANSWER and state.has_answered)
        turn.ask_again(*(() if is_plain else (turn.line("not_heard"),)))
    elif state.phase in OF_THE_BOT and not (state.phase is Phase.ANSWER and state.has_answered):
        ask_person(turn, "clarify_failed")
    elif state.phase is Phase.ANSWER and turn.state.silences == TRIES_COUNT:
        turn.ask_again(turn.line("still_there"))
    else:
        given_up(turn)


def given_up(turn: Turn) -> None:
    """Nothing comes any more."""
    if turn.state.phase is Phase.SURVEY:
        farewell(turn, "by_agent", turn.goodbye())
    elif turn.state.phase is Phase.CLOSED:
        farewell(turn, "silent", turn.goodbye())
    else:
        farewell(turn, "silent", turn.line("silent_goodbye"))


def farewell(turn: Turn, why: str, *lines: Line) -> None:
    """The last words; then we hang up."""
    turn.hush()
    turn.enter(Phase.LAST)
    turn.set(why=turn.state.why or why, is_held=False, kept=())
    turn.say(*lines)
    turn.do(Hangup())


# ---- keys ------------------------------------------------------------------------------------------------------------------------


def type_key(turn: Turn, digit: str) -> None:
    """A key of a number that the bot has asked for. `#` ends it, `*` begins it again; 0 alone is a person."""
    typed = turn.state.typed
    turn.forget(Timer.SILENCE)
    if digit == "#":
        end_keys(turn)
    elif digit == "*":
        turn.set(typed="")
        turn.forget(Timer.KEYS)
        turn.ask_again(*((turn.line("keys_again"),) if typed else ()))
    else:
        turn.set(typed=(typed + digit)[:KEYS_MAX_COUNT])
        turn.wake(Timer.KEYS, KEYS_TURN_S if turn.state.setup.is_turn_based else KEYS_S)


def end_keys(turn: Turn) -> None:
    typed, standing = turn.state.typed, turn.state.standing
    turn.forget(Timer.KEYS)
    turn.set(typed="")
    if turn.state.phase is Phase.WRITING:
        turn.tell(Said((Keyed(typed),)))
        turn.say(turn.line("keys_passed_on"))
    elif not typed:
        offers.menu(turn)
        pose(turn)
    elif typed == "0":
        ask_person(turn, "ivr_zero_out", "0")
    else:
        told(turn, Keyed(typed, bool(standing and standing.asks_secret)), why="keys")


def choose(turn: Turn, option: Option) -> None:
    """An option of the bot's questions and menus."""
    turn.set(misses=0, silences=0)
    match option.means:
        case Means.LANGUAGE:
            choose_language(turn, option.id)
        case Means.TOPIC:
            turn.set(way=(*turn.state.way, option.id[:64])[-WAY_MAX_COUNT:])
            open_topic(turn, option.id)
        case Means.QUESTION | Means.CHOICE:
            told(turn, Pick(option.id, option.text, option.key), why=option.id[:64])
        case Means.NEXT_PAGE:
            next_page(turn)
        case Means.REST:
            say_rest(turn)
        case Means.LINK:
            sending.begin(turn, option.id)
        case Means.MENU:
            offers.menu(turn)
            pose(turn)
        case _:
            not_understood(turn, "no_such_key")


def open_topic(turn: Turn, topic: str) -> None:
    """Its questions; where there is but one, that is what they want to know."""
    offers.topic(turn, topic)
    questions = [option for option in turn.state.options if option.means is Means.QUESTION]
    if len(questions) == 1 and len(turn.state.options) == 1:
        turn.set(topic="")
        choose(turn, questions[0])
    else:
        pose(turn)


def choose_language(turn: Turn, language: str, *, is_chosen: bool = True) -> None:
    is_news = language != turn.state.language
    turn.set(language=language, is_language_chosen=is_chosen, misses=0, silences=0, way=(*turn.state.way, language)[-WAY_MAX_COUNT:])
    if is_news:
        turn.tell(turn.called(CallStage.UP))  # with the language that was chosen: what the hub says next is in it
    offers.menu(turn)
    pose(turn)


def next_page(turn: Turn) -> None:
    state = turn.state
    if state.phase is Phase.MENU:
        offers.menu(turn, state.page + 1)
    elif state.phase is Phase.TOPIC:
        offers.topic(turn, state.topic, state.page + 1)
    else:
        offers.choices(turn, (), state.offered, state.page + 1)
    pose(turn)


def go_back(turn: Turn) -> None:
    """From a question to its category, from there to the menu, from a page of it to the first, from there to the languages."""
    state = turn.state
    turn.set(misses=0, silences=0)
    if state.phase is Phase.MENU and not state.page and len(state.setup.languages) > 1:
        offers.language(turn)
    elif state.phase in (Phase.ANSWER, Phase.CHOICES) and state.topic:
        offers.topic(turn, state.topic)
    else:
        offers.menu(turn)
    pose(turn)


def repeat(turn: Turn) -> None:
    """What was said last, and the question that stands."""
    state = turn.state
    turn.set(misses=0, silences=0)
    if state.told and state.phase in (Phase.ANSWER, Phase.CLOSED):
        turn.say(*state.told, seq=state.told_seq)
    turn.say(*state.asked)


def say_rest(turn: Turn) -> None:
    rest, seq = turn.state.rest, turn.state.rest_seq
    now, later = offers.at_once(rest)
    turn.set(rest=later, told=now, told_seq=seq)
    turn.say(*now, seq=seq)
    offers.anything(turn)
    pose(turn)


def pose(turn: Turn) -> None:
    """Say the question that stands; keys that were pressed ahead answer it at once."""
    if turn.state.ahead:
        return
    turn.say(*turn.state.asked)
