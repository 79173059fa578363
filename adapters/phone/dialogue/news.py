"""News of the session: what was said to the caller, and who has them now. Pure."""

from typing import assert_never

from adapters.phone.dialogue import answering, ending, people, sending
from adapters.phone.dialogue.state import Phase, Timer
from adapters.phone.dialogue.turn import Turn
from gateway.core.calls import HEARS, Standing
from gateway.core.message import Message
from gateway.core.session import Controller
from gateway.core.texts import nearest

UNREAD_MAX_COUNT = 200
NEWS_S = 0.3


def take(turn: Turn, news: Message | Standing) -> None:
    """Messages wait for the standing that comes right behind them: only then is it known what they mean. The first standing of all comes
    before them, and waits for them."""
    state = turn.state
    if isinstance(news, Standing):
        if state.standing is None and news.seq > max(state.spoken_seq, *(message.seq for message in state.unread), 0):
            turn.set(standing=news)
            turn.wake(Timer.NEWS, NEWS_S)
        else:
            _react(turn, news)
        return
    if news.author in HEARS and news.seq > state.spoken_seq:
        turn.set(unread=(*state.unread, news)[-UNREAD_MAX_COUNT:])
        turn.wake(Timer.NEWS, NEWS_S)
    if state.standing is not None and news.seq == state.standing.seq:
        catch_up(turn)


def catch_up(turn: Turn) -> None:
    """No other standing has come: the one that we know is theirs."""
    if turn.state.standing is not None:
        _react(turn, turn.state.standing)


def _react(turn: Turn, news: Standing) -> None:
    turn.forget(Timer.NEWS)
    _follow_language(turn, news)
    messages = turn.state.unread
    turn.set(standing=news, unread=(), spoken_seq=max([turn.state.spoken_seq, *(message.seq for message in messages)]))
    sending.take(turn, news)
    match news.controller:
        case Controller.BOT:
            answering.answer(turn, news, messages)
        case Controller.QUEUE:
            if turn.state.phase not in people.AT_THE_END:
                people.wait(turn, news, messages)
        case Controller.AGENT:
            people.serve(turn, news, messages)
        case Controller.SURVEY | Controller.NOBODY:
            _ended(turn, news, messages)
        case unknown:
            assert_never(unknown)


def _ended(turn: Turn, standing: Standing, messages: tuple[Message, ...]) -> None:
    """People have ended it. What was over before this call, or was the bot's, ends nothing: the caller may ask on."""
    if turn.state.phase in people.WITH_PEOPLE:
        ending.finish(turn, standing, messages)
    else:
        answering.answer(turn, standing, messages)


def _follow_language(turn: Turn, standing: Standing) -> None:
    """Who speaks another language than they chose is spoken to in that one. Only a change is news: what stood before this call, or before
    a key was pressed, takes no choice back."""
    before = turn.state.standing
    if before is not None and before.language != standing.language and turn.state.phase is not Phase.LANGUAGE:
        turn.set(language=offered(standing.language, turn.state.setup.languages) or turn.state.language)


def offered(language: str, languages: tuple[str, ...]) -> str:
    """The offered language that is meant by a tag; "" where it is none of them."""
    found = nearest(language, languages)
    return found if found.split("-")[0] == language.split("-")[0] else ""
