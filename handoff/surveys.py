"""How a conversation was, asked in words where the channel has no form for it: as choices to tap, or numbers to reply with. Pure."""

import re
import unicodedata
from datetime import datetime, timedelta

from gateway.core.draft import Draft
from gateway.core.events import Rated
from gateway.core.ids import SessionId
from gateway.core.message import Author
from gateway.core.parts import Choice, Choices, Part, Pick, Text
from gateway.core.session import Session, State
from gateway.core.texts import Texts

SCORES = (1, 2, 3, 4, 5)
ANSWERED_WITHIN = timedelta(hours=24)
"""How long after the end a number alone is an answer; a tap says itself what it answers."""
_ASKED = "survey"
"""In `Session.extra`."""
_TAPPED = re.compile(r"rate/(\w{1,64})/([1-5])", re.ASCII)
_NUMBER = re.compile(r"([1-5]) ?[分星.。]?")


def ask(draft: Draft, words: str, texts: Texts) -> None:
    """Say the last words, and under them the question how it was: one message."""
    session = draft.session
    question = texts.say("chat.survey", session.language)
    options = tuple(Choice(f"rate/{session.id}/{score}", texts.say(f"survey.{score}", session.language)) for score in SCORES)
    draft.say(Author.SYSTEM, (Choices(f"{words}\n{question}", options, texts.say("survey.hint", session.language)),))
    draft.set(extra={**session.extra, _ASKED: True})


def answered(newest: Session | None, parts: tuple[Part, ...], texts: Texts, now: datetime) -> Rated | None:
    """What the customer says it was like; None: they say something else. A number, or a choice's own words, count while nothing newer has
    begun and the end is not long ago."""
    if len(parts) != 1:
        return None
    (part,) = parts
    if isinstance(part, Pick) and (tapped := _TAPPED.fullmatch(part.id)):
        return Rated(score=int(tapped[2]), session=SessionId(tapped[1]))
    if newest is None or not isinstance(part, Text | Pick) or not _is_asked(newest, now):
        return None
    score = _score(part.text, newest.language, texts)
    return Rated(score=score, session=newest.id) if score is not None else None


def thanks(draft: Draft, texts: Texts) -> None:
    """Say that it has been heard."""
    draft.say(Author.SYSTEM, (Text(texts.say("survey.thanks", draft.session.language)),))


def _is_asked(session: Session, now: datetime) -> bool:
    ended_at = session.closed_at
    return session.state is State.CLOSED and _ASKED in session.extra and ended_at is not None and now - ended_at < ANSWERED_WITHIN


def _score(text: str, language: str, texts: Texts) -> int | None:
    said = unicodedata.normalize("NFKC", text[:64]).strip()
    if number := _NUMBER.fullmatch(said):
        return int(number[1])
    return next((score for score in SCORES if texts.say(f"survey.{score}", language).casefold() == said.casefold()), None)
