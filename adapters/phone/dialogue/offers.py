"""What a question offers: lines to be spoken, and the keys behind them. Pure values."""

import re
from collections.abc import Collection, Sequence

from msgspec import structs

from adapters.phone.dialogue import sending
from adapters.phone.dialogue.state import Line, Means, Option, Phase
from adapters.phone.dialogue.turn import Turn, guess_words_ms
from adapters.phone.speaking.aloud import aloud
from gateway.core.calls import Topic
from gateway.core.parts import Choice

PAGE_COUNT = 8
"""Keys 1 to 8; 9 is for more."""
PAGE_MS = 25_000
"""Nobody keeps more than half a minute of choices in mind: what is long comes in more pages."""
PAGE_MIN_COUNT = 3
OPTION_MS = 1_200
"""Of "press one", and the pause behind it."""
TITLE_MAX_CHARS = 200
TITLE_MS = 6_000
"""Of one choice; what is longer ends at a pause before that."""
LINK_KEYS = "5876"
"""The first of these that no choice has taken."""
SCORES = "12345"

ANSWER_MS = 30_000
"""Of an answer at once, in whole pieces, each a sentence or two. Then whoever wants the rest asks for it."""

_HAN = re.compile("[\u3400-\u9fff]")
_STOPS = "。．.?？!！ "
_PAUSE = re.compile(r"[，、,：:；;。？！?!]\s*|\s[-–—(（]")

REST_MIN_MS = 5_000

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
    options, is_more, page = paged(Means.TOPIC, [(topic.id, title_of(topic)) for topic in topics], page, turn.state.language)
    lead = turn.line("menu_or_say") if turn.state.language in ears(turn) else turn.line("menu") if options else None
    has_languages = len(turn.state.setup.languages) > 1 and not turn.state.is_language_chosen
    rest = ("more",) * is_more + (("back",) if page else ("language_back",) * has_languages) + ("person",)
    names = {topic.id for topic in topics if is_named(topic)}
    asked = (*((lead,) if lead else ()), *spoken(turn, options, names), *(turn.line(key) for key in rest))
    turn.enter(Phase.MENU, options=with_next(options, is_more=is_more or page > 0), asked=asked)
    turn.set(topic="", page=page)


def topic(turn: Turn, chosen: str, page: int = 0) -> None:
    """A category's questions, behind its name: who pressed the wrong key hears it at once."""
    found = next((topic for topic in turn.state.menus.get(turn.state.language, ()) if topic.id == chosen), None)
    questions = [(question.entry, question.text) for question in found.questions] if found else []
    options, is_more, page = paged(Means.QUESTION, questions, page, turn.state.language)
    name = _called(found.title, turn.state.language) if found and is_named(found) and not page else ""
    head = (Line(language=turn.state.language, text=f"{name[:1].upper()}{name[1:]}"),) * bool(name)
    asked = (*head, *spoken(turn, options), *(turn.line(key) for key in ("more",) * is_more + ("back", "person")))
    turn.enter(Phase.TOPIC, options=with_next(options, is_more=is_more or page > 0), asked=asked)
    turn.set(topic=chosen, page=page)


def choices(turn: Turn, text: tuple[Line, ...], offered: Sequence[Choice], page: int = 0) -> None:
    """What the bot asks. A person is always behind 0."""
    options, is_more, page = paged(Means.CHOICE, _items(offered, turn.state.language), page, turn.state.language)
    rest = (
        ("more",) * is_more
        + ("or_say",) * (not options and turn.state.language in ears(turn))
        + ("person",)
        + ("menu_back",) * (not options)
    )
    turn.enter(
        Phase.CHOICES,
        options=with_next(options, is_more=is_more or page > 0),
        asked=(*text, *spoken(turn, options), *(turn.line(key) for key in rest)),
    )
    turn.set(offered=tuple(offered), page=page)


def anything(turn: Turn, offered: Sequence[Choice] = ()) -> None:
    """Behind an answer: what it offers besides, and whether there is anything else."""
    state = turn.state
    options, _, _ = paged(Means.CHOICE, _items(offered, state.language), 0, state.language)
    lines = list(spoken(turn, options))
    if state.rest:
        options = (*options, Option("9", Means.REST))
        lines.append(turn.line("rest"))
    if state.links and (way := sending.way(turn)):
        key = next((key for key in LINK_KEYS if key not in {option.key for option in options}), "")
        options = (*options, Option(key, Means.LINK, way))
        lines.append(turn.line(sending.OFFERS[way], press=key))
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
    """Nobody is there: a message, or the bot. By the keys that stand for these everywhere else."""
    has_voicemail = turn.state.setup.has_voicemail
    options = (Option("2", Means.MESSAGE),) * has_voicemail + (Option("#", Means.MENU),)
    lines = (turn.line("message"),) * has_voicemail + (turn.line("menu_back"),)
    turn.enter(Phase.CLOSED, options=options, asked=lines)


def parted(turn: Turn) -> None:
    turn.enter(Phase.PARTED, options=(Option("1", Means.STAY),), asked=(turn.line("parted"),))


def survey(turn: Turn) -> None:
    options = tuple(Option(score, Means.RATE, score) for score in SCORES)
    turn.enter(Phase.SURVEY, options=options, asked=(turn.line("survey"),))


# ---- lists -----------------------------------------------------------------------------------------------------------------------


def paged(means: Means, items: Sequence[Item], page: int, language: str) -> tuple[tuple[Option, ...], bool, int]:
    """The keys of one page, whether there are more behind it, and which page it is: behind the last one comes the first."""
    pages = _pages(items, language)
    page %= len(pages)
    options = tuple(Option(str(place), means, chosen, text[:TITLE_MAX_CHARS]) for place, (chosen, text) in enumerate(pages[page], 1))
    return options, page + 1 < len(pages), page


def _pages(items: Sequence[Item], language: str) -> list[list[Item]]:
    """As many as have keys, and as can be listened to."""
    pages: list[list[Item]] = [[]]
    ms = 0
    for item in items:
        takes_ms = OPTION_MS + guess_words_ms(_called(item[1], language))
        if len(pages[-1]) == PAGE_COUNT or (ms + takes_ms > PAGE_MS and len(pages[-1]) >= PAGE_MIN_COUNT):
            pages.append([])
            ms = 0
        pages[-1].append(item)
        ms += takes_ms
    return pages


def with_next(options: tuple[Option, ...], *, is_more: bool) -> tuple[Option, ...]:
    return (*options, Option("9", Means.NEXT_PAGE)) if is_more else options


def _items(offered: Sequence[Choice], language: str) -> list[Item]:
    """What can be picked by ear: a person is behind 0, and who speaks no Chinese is asked nothing in it."""
    is_chinese = language.lower().startswith("zh")
    return [(one.id, one.text) for one in offered if one.id != "person" and (is_chinese or not _HAN.search(one.text))]


def spoken(turn: Turn, options: tuple[Option, ...], names: Collection[str] = ()) -> tuple[Line, ...]:
    """What is offered, each with its key. `names`: of which the title is a name, and no question."""
    language = turn.state.language
    return tuple(
        turn.line("option_name" if option.id in names else "option", title=_called(option.text, language), press=option.key)
        for option in options
    )


def _called(title: str, language: str) -> str:
    """A title as part of a sentence of ours, and no longer than one can listen to."""
    said = " ".join(aloud(title[:TITLE_MAX_CHARS], language).parts).rstrip(_STOPS) or title
    if guess_words_ms(said) <= TITLE_MS:
        return said
    pauses = [found.start() for found in _PAUSE.finditer(said)]
    fitting = [at for at in pauses if 0 < guess_words_ms(said[:at]) <= TITLE_MS]
    return said[: max(fitting)] if fitting else _cut(said)


def _cut(said: str) -> str:
    """Without a pause to end at: at the last word that fits."""
    while guess_words_ms(said) > TITLE_MS:
        shorter = said[: said.rfind(" ")] if " " in said else said[:-1]
        said = shorter.rstrip()
    return said


def at_once(lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """What is said of an answer now, and the rest. Nobody is asked whether they want one short sentence more."""
    ms, count = 0, 0
    for line in lines:
        ms += guess_words_ms(line.text)
        if count and ms > ANSWER_MS:
            break
        count += 1
    if guess_words_ms("".join(line.text for line in lines[count:])) < REST_MIN_MS:
        count = len(lines)
    return tuple(lines[:count]), tuple(lines[count:])


def is_named(topic: Topic) -> bool:
    """Whether a category has a name of its own, and is not called after its first question."""
    return bool(topic.title) and topic.title not in {question.text for question in topic.questions[:1]}


def title_of(topic: Topic) -> str:
    """A category without a name is named by its first question."""
    return topic.title or (topic.questions[0].text if topic.questions else topic.id)


def by_keys(asked: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same question to somebody who had better not speak."""
    kept = [line for line in asked if line.key != "or_say"]
    return tuple(structs.replace(line, key=line.key.removesuffix("_or_say")) for line in kept)


def ears(turn: Turn) -> frozenset[str]:
    """The languages in which the caller may speak now."""
    return frozenset() if turn.state.is_deaf else turn.state.setup.ears
