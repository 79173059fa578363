"""What a question offers: lines to be spoken, and the keys behind them. Pure values."""

from collections.abc import Sequence

from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import Line, Means, Option, Phase
from adapters.phone.speaking.aloud import aloud
from gateway.core.calls import Topic
from gateway.core.message import Choice

PAGE_COUNT = 8
"""Keys 1 to 8; 9 is for more."""
TITLE_MAX_CHARS = 80
LINK_KEYS = "5876"
"""The first of these that no choice has taken."""
SCORES = "12345"

PARTS_AT_ONCE_COUNT = 4
"""Pieces of an answer, each a sentence or two: most of a minute. Then whoever wants the rest asks for it."""

Item = tuple[str, str]
"""What is picked, and how it is called."""


def language(turn: Turn) -> None:
    """Which language. Each is offered in itself."""
    tags = turn.state.setup.languages[:PAGE_COUNT]
    lines = tuple(Line(language=tag, key="language", values={"press": str(place)}) for place, tag in enumerate(tags, 1))
    turn.enter(Phase.LANGUAGE, options=tuple(Option(str(n), Means.LANGUAGE, tag) for n, tag in enumerate(tags, 1)), asked=lines)


def menu(turn: Turn, page: int = 0) -> None:
    """The categories."""
    topics = turn.state.menus.get(turn.state.language, ())
    options, is_more = paged(Means.TOPIC, [(topic.id, title_of(topic)) for topic in topics], page)
    lead = turn.line("menu_or_say") if turn.state.language in ears(turn) else turn.line("menu") if options else None
    has_languages = len(turn.state.setup.languages) > 1
    rest = ("more",) * is_more + ("language_back",) * has_languages + ("person",)
    asked = (*((lead,) if lead else ()), *spoken(turn, options), *(turn.line(key) for key in rest))
    turn.enter(Phase.MENU, options=with_next(options, is_more=is_more), asked=asked)
    turn.set(topic="", page=page)


def topic(turn: Turn, chosen: str, page: int = 0) -> None:
    """A category's questions."""
    found = next((topic for topic in turn.state.menus.get(turn.state.language, ()) if topic.id == chosen), None)
    questions = [(question.entry, question.text) for question in found.questions] if found else []
    options, is_more = paged(Means.QUESTION, questions, page)
    rest = ("more",) * is_more + ("back", "person")
    turn.enter(Phase.TOPIC, options=with_next(options, is_more=is_more), asked=(*spoken(turn, options), *(turn.line(key) for key in rest)))
    turn.set(topic=chosen, page=page)


def choices(turn: Turn, text: tuple[Line, ...], offered: Sequence[Choice], page: int = 0) -> None:
    """What the bot asks. A person is always behind 0."""
    options, is_more = paged(Means.CHOICE, [(choice.id, choice.text) for choice in offered if choice.id != "person"], page)
    rest = (
        ("more",) * is_more
        + ("or_say",) * (not options and turn.state.language in ears(turn))
        + ("person",)
        + ("menu_back",) * (not options)
    )
    turn.enter(
        Phase.CHOICES,
        options=with_next(options, is_more=is_more),
        asked=(*text, *spoken(turn, options), *(turn.line(key) for key in rest)),
    )
    turn.set(offered=tuple(offered), page=page)


def anything(turn: Turn, offered: Sequence[Choice] = ()) -> None:
    """Behind an answer: what it offers besides, and whether there is anything else."""
    state = turn.state
    options, _ = paged(Means.CHOICE, [(choice.id, choice.text) for choice in offered if choice.id != "person"][:PAGE_COUNT], 0)
    lines = list(spoken(turn, options))
    if state.rest:
        options = (*options, Option("9", Means.REST))
        lines.append(turn.line("rest"))
    if state.links and state.setup.has_links:
        key = next((key for key in LINK_KEYS if key not in {option.key for option in options}), "")
        options = (*options, Option(key, Means.LINK))
        lines.append(turn.line("link", press=key))
    lines.append(turn.line("anything_or_say" if state.language in ears(turn) else "anything"))
    turn.enter(Phase.ANSWER, options=options, asked=tuple(lines))


def waiting(turn: Turn) -> None:
    """What whoever waits may do instead."""
    setup = turn.state.setup
    options, lines = [], []
    if setup.has_callback and setup.number:
        options.append(Option("1", Means.CALLBACK))
        lines.append(turn.line("callback"))
    if setup.has_voicemail:
        options.append(Option("2", Means.MESSAGE))
        lines.append(turn.line("message"))
    turn.set(options=tuple(options), asked=tuple(lines))


def closed(turn: Turn) -> None:
    """Nobody is there: a message, or the bot."""
    has_voicemail = turn.state.setup.has_voicemail
    options = (Option("2", Means.MESSAGE),) * has_voicemail + (Option("1", Means.MENU),)
    lines = (turn.line("message"),) * has_voicemail + (turn.line("closed_menu"),)
    turn.enter(Phase.CLOSED, options=options, asked=lines)


def parted(turn: Turn) -> None:
    turn.enter(Phase.PARTED, options=(Option("1", Means.STAY),), asked=(turn.line("parted"),))


def survey(turn: Turn) -> None:
    options = tuple(Option(score, Means.RATE, score) for score in SCORES)
    turn.enter(Phase.SURVEY, options=options, asked=(turn.line("survey"),))


# ---- lists -----------------------------------------------------------------------------------------------------------------------


def paged(means: Means, items: Sequence[Item], page: int) -> tuple[tuple[Option, ...], bool]:
    """The keys of one page, and whether there are more pages."""
    start = page * PAGE_COUNT if page * PAGE_COUNT < len(items) else 0
    shown = items[start : start + PAGE_COUNT]
    options = tuple(Option(str(place), means, chosen, text[:TITLE_MAX_CHARS]) for place, (chosen, text) in enumerate(shown, 1))
    return options, len(items) > PAGE_COUNT


def with_next(options: tuple[Option, ...], *, is_more: bool) -> tuple[Option, ...]:
    return (*options, Option("9", Means.NEXT_PAGE)) if is_more else options


def spoken(turn: Turn, options: tuple[Option, ...]) -> tuple[Line, ...]:
    language = turn.state.language
    return tuple(turn.line("option", title=_called(option.text, language), press=option.key) for option in options)


def _called(title: str, language: str) -> str:
    """A title as part of a sentence of ours."""
    return " ".join(aloud(title, language).parts).rstrip("。．.?？!！ ") or title


def title_of(topic: Topic) -> str:
    """A category without a name is named by its first question."""
    return topic.title or (topic.questions[0].text if topic.questions else topic.id)


def ears(turn: Turn) -> frozenset[str]:
    """The languages in which the caller may speak now."""
    return frozenset() if turn.state.is_deaf else turn.state.setup.ears
