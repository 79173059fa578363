"""How the line is to be while the caller is where they are: what is listened for, whether there is music, how long silence may last.

Told from the state alone and compared with what the line was told last: no step can forget to switch something on or off. A turn-based line
is told whose turn it is whenever it waits for that.
"""

from adapters.phone.dialogue import asking, spoken
from adapters.phone.dialogue.people import STAY_S
from adapters.phone.dialogue.state import Phase, State, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import Begun, Hear, Left, Music, Stimulus, Words
from adapters.phone.driver import Digit, Hearing, Held, Nothing, Parted
from gateway.core.session import State as SessionState

ASKS = (*asking.OF_THE_BOT, Phase.CLOSED, Phase.SURVEY)
"""Where silence is followed up."""
LISTENS = (*ASKS, Phase.PARTED, Phase.WRITING)
_TAKES_TURN = (Begun, Digit, Words, Nothing, Parted, Left, Held)
SURVEY_SILENCE_S = 8.0


def settle(turn: Turn, stimulus: Stimulus) -> None:
    """Bring the line, and the timers of silence, to where the caller is."""
    if turn.state.phase is Phase.OVER:
        return
    if turn.state.setup.is_turn_based:
        _give_turn(turn, stimulus)
    else:
        _adjust(turn)
    _mind_silence(turn)


def hearing_of(state: State) -> Hearing | None:
    """What is listened for; None: keys alone."""
    if state.phase is Phase.THINKING:
        return state.hearing
    if state.phase not in LISTENS:
        return None
    is_secret = state.phase is Phase.KEYING and state.standing is not None and state.standing.asks_secret
    can_speak = state.language in state.setup.ears and not state.is_deaf and not is_secret
    is_number = state.phase is Phase.KEYING
    return Hearing(
        speech=can_speak, keys_max_count=asking.KEYS_MAX_COUNT if is_number else 1, finish_on="#" if is_number else "",
        silence_s=state.setup.no_input_s, language=state.language, hints=spoken.hints(state.options) if can_speak else (),
    )  # fmt: skip


def is_music(state: State) -> bool:
    """Whether there is music: wherever people are waited for."""
    if state.phase is Phase.BRIDGED:
        return state.is_put_on_hold
    if state.is_held:
        return False
    if state.phase in (Phase.WRITING, Phase.PARTED) and not state.setup.is_turn_based:
        return not state.is_speaking
    if state.phase is Phase.WRITING:
        return state.standing is not None and state.standing.state is SessionState.ON_HOLD
    is_endless = state.setup.is_turn_based and state.phase is Phase.THINKING and state.thinking_count > 0
    return state.phase in (Phase.WAITING, Phase.RINGING) or is_endless


def _adjust(turn: Turn) -> None:
    """A line that streams: only what has changed. Nobody is cut off who is speaking."""
    hearing, music = hearing_of(turn.state), is_music(turn.state)
    if music is not turn.state.is_music:
        turn.set(is_music=music)
        turn.do(Music(music))
    if hearing != turn.state.hearing and not (turn.state.is_speaking and hearing is not None):
        turn.set(hearing=hearing)
        turn.do(Hear(hearing))


def _give_turn(turn: Turn, stimulus: Stimulus) -> None:
    """A line that takes turns: it waits for this behind all that the caller did and all that we say."""
    if isinstance(stimulus, _TAKES_TURN) and not turn.commands_give_turn:
        turn.set(owes_turn=True)
    state = turn.state
    hearing, music = hearing_of(state), is_music(state)
    turn.set(hearing=hearing, is_music=music)
    if not state.owes_turn or state.typed or state.is_held or state.phase in (Phase.BRIDGED, Phase.LAST, Phase.LEAVING, Phase.RINGING):
        return
    if music:
        turn.do(Music(is_on=True))
    elif state.phase is not Phase.THINKING:
        turn.do(Hear(hearing))


def _mind_silence(turn: Turn) -> None:
    """Silence counts from when the question was heard, while nobody speaks or types; on a turn-based line its own clock counts."""
    state = turn.state
    is_quiet = not (state.saying or state.is_speaking or state.is_held or state.typed)
    if is_quiet and state.phase in ASKS and not state.setup.is_turn_based:
        if Timer.SILENCE not in state.timers:
            turn.wake(Timer.SILENCE, SURVEY_SILENCE_S if state.phase is Phase.SURVEY else state.setup.no_input_s)
    else:
        turn.forget(Timer.SILENCE)
    if is_quiet and state.phase is Phase.PARTED:
        if Timer.PARTED not in state.timers:
            turn.wake(Timer.PARTED, STAY_S)
    else:
        turn.forget(Timer.PARTED)
