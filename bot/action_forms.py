"""Reads an entry's `action` as its owner wrote it, or tells everything that is wrong with it. Pure."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from bot import templates
from bot.actions import Action, Case, Http
from bot.patterns import BadPattern, Pattern
from bot.slots import Option, Slot, SlotType
from bot.templates import BadTemplate, Template
from gateway.core.ids import EntryId, QueueName

SLOTS_MAX_COUNT = 8
OPTIONS_MAX_COUNT = 9
CASES_MAX_COUNT = 20
NAME_MAX_CHARS = 64
ASK_MAX_CHARS = 500
DEPTH_MAX = 6

Path = tuple[str, ...]
Trouble = tuple[Path, str]
"""Where, as keys from `action` on (a list's places count from 0), and what was expected."""


def read(entry: EntryId, written: Any) -> tuple[Action | None, tuple[Trouble, ...]]:
    """The action, None where it is not fit for use; and all that is wrong."""
    reader = _Reader()
    action = reader.action(entry, written)
    return (None, tuple(reader.troubles)) if reader.troubles else (action, ())


class _Reader:
    """Reads one action, noting every trouble on the way. What is wrong is replaced, so that the rest can be looked at."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self._slots: frozenset[str] = frozenset()

    def action(self, entry: EntryId, written: Any) -> Action:
        fields = self._fields(written, (), ("http", "slots", "answer", "when", "not_found"))
        if "http" not in fields:
            self._wrong((), "expected `http`: what is asked of which system")
        slots = tuple(self._slot(item, ("slots", str(at))) for at, item in enumerate(self._list(fields, (), "slots", SLOTS_MAX_COUNT)))
        self._slots = frozenset(slot.name for slot in slots)
        if len(self._slots) != len(slots):
            self._wrong(("slots",), "expected each name once")
        if any(slot.is_secret for slot in slots[:-1]):
            self._wrong(("slots",), "expected at most one secret slot, the last: it is not remembered while others are asked for")
        http = self._http(fields.get("http") or {}, ("http",))
        cases = tuple(self._case(item, ("when", str(at))) for at, item in enumerate(self._list(fields, (), "when", CASES_MAX_COUNT)))
        answer = self._templates(fields.get("answer"), ("answer",), ("slots", "result"))
        if not answer and not cases:
            self._wrong(("answer",), "expected what to say, by language")
        not_found = self._templates(fields.get("not_found"), ("not_found",), ("slots",))
        return Action(entry=entry, http=http, slots=slots, answer=answer, cases=cases, not_found=not_found)

    # ---- what is asked of which system ----

    def _http(self, written: Any, at: Path) -> Http:
        fields = self._fields(written, at, ("target", "method", "path", "query", "json", "timeout_s", "url"))
        if "url" in fields:
            self._wrong((*at, "url"), "expected `target` and `path`: addresses stand in the configuration, [bot.actions.NAME] base_url")
        method = self._text(fields, at, "method", "GET", 8).upper()
        if method not in ("GET", "POST"):
            self._wrong((*at, "method"), f"expected GET or POST, found {method}")
        if method == "GET" and fields.get("json") is not None:
            self._wrong((*at, "json"), "expected none with GET: use `query`, or method: POST")
        path = self._template(self._text(fields, at, "path", "/", 500), (*at, "path"), ("slots", "language"))
        self._check_path(path, (*at, "path"))
        return Http(
            target=self._needed(fields, at, "target"), method=method, path=path,
            query=self._query(fields, at),
            json=self._body(fields.get("json"), (*at, "json"), 0), timeout_s=self._seconds(fields, at),
        )  # fmt: skip

    def _query(self, fields: Mapping[str, Any], at: Path) -> dict[str, Template]:
        written = {
            name: (self._plain(text, (*at, "query", name)), (*at, "query", name)) for name, text in self._table(fields, at, "query").items()
        }
        return {name: self._template(text, place, ("slots", "language")) for name, (text, place) in written.items()}

    def _check_path(self, path: Template, at: Path) -> None:
        fixed = "".join(piece if isinstance(piece, str) else "x" for piece in path.pieces)
        is_clean = fixed.isascii() and fixed.isprintable() and not set("\\?# @%") & set(fixed)
        if not fixed.startswith("/") or "//" in fixed or {".", ".."} & set(fixed.split("/")) or not is_clean:
            self._wrong(at, "expected a path such as /orders/{{slots.order}}: it begins with one slash; what follows a ? goes into `query`")

    def _body(self, written: Any, at: Path, depth: int) -> Any:
        if depth > DEPTH_MAX:
            self._wrong(at, f"expected at most {DEPTH_MAX} levels")
            return None
        match written:
            case str():
                return self._template(written, at, ("slots", "language"))
            case list():
                return [self._body(item, (*at, str(place)), depth + 1) for place, item in enumerate(written)]
            case dict():
                return {key: self._body(item, (*at, key), depth + 1) for key, item in written.items()}
            case _:
                return written

    def _seconds(self, fields: Mapping[str, Any], at: Path) -> float | None:
        written = fields.get("timeout_s")
        if written is None:
            return None
        try:
            seconds = float(written)
        except (TypeError, ValueError):
            seconds = 0.0
        if not 0 < seconds <= 60:
            self._wrong((*at, "timeout_s"), f"expected seconds, at most 60, found {str(written)[:20]}")
        return seconds

    # ---- slots ----

    def _slot(self, written: Any, at: Path) -> Slot:
        fields = self._fields(written, at, ("name", "ask", "pattern", "type", "options", "tries", "secret"))
        name = self._needed(fields, at, "name")
        if name and not (name.isascii() and name.replace("_", "a").isalnum() and not name[0].isdigit()):
            self._wrong((*at, "name"), f"expected letters, digits and _, found {name[:40]}")
        kind = self._text(fields, at, "type", "order_number" if "pattern" in fields else "text", 20)
        if kind not in tuple(SlotType):
            self._wrong((*at, "type"), f"expected one of {', '.join(SlotType)}, found {kind}")
            kind = SlotType.TEXT
        ask = self._table(fields, at, "ask")
        if not ask:
            self._wrong((*at, "ask"), "expected the question, by language")
        options = tuple(
            self._option(item, (*at, "options", str(n))) for n, item in enumerate(self._list(fields, at, "options", OPTIONS_MAX_COUNT))
        )
        if (kind == SlotType.CHOICE) is not bool(options):
            self._wrong((*at, "options"), "expected options with type: choice, and only there")
        return Slot(
            name=name, type=SlotType(kind), ask={tag: self._plain(text, (*at, "ask", tag), ASK_MAX_CHARS) for tag, text in ask.items()},
            pattern=self._pattern(fields, at), options=options, tries=self._tries(fields, at), is_secret=self._is_secret(fields, at, kind),
        )  # fmt: skip

    def _is_secret(self, fields: Mapping[str, Any], at: Path, kind: str) -> bool:
        written = str(fields.get("secret", "false")).lower()
        if written not in ("true", "false", "yes", "no"):
            self._wrong((*at, "secret"), f"expected true or false, found {written[:20]}")
        is_secret = written in ("true", "yes")
        if is_secret and kind == SlotType.CHOICE:
            self._wrong((*at, "secret"), "expected no choice: what is offered to everybody is no secret")
        return is_secret

    def _option(self, written: Any, at: Path) -> Option:
        if isinstance(written, str):
            return Option(value=self._plain(written, at, NAME_MAX_CHARS))
        fields = self._fields(written, at, ("value", "words", "text"))
        words = tuple(self._plain(item, (*at, "words")) for item in self._list(fields, at, "words", 50))
        text = {tag: self._plain(item, (*at, "text", tag), NAME_MAX_CHARS) for tag, item in self._table(fields, at, "text").items()}
        return Option(value=self._needed(fields, at, "value"), words=words, text=text)

    def _pattern(self, fields: Mapping[str, Any], at: Path) -> Pattern | None:
        if fields.get("pattern") is None:
            return None
        try:
            return Pattern(self._plain(fields["pattern"], (*at, "pattern")))
        except BadPattern as error:
            self._wrong((*at, "pattern"), str(error))
            return None

    def _tries(self, fields: Mapping[str, Any], at: Path) -> int:
        written = str(fields.get("tries", 2))
        if not (written.isdecimal() and written.isascii() and len(written) == 1 and int(written) <= 5):
            self._wrong((*at, "tries"), f"expected how often it is asked for again, 0 to 5, found {written[:20]}")
            return 2
        return int(written)

    # ---- what is said ----

    def _case(self, written: Any, at: Path) -> Case:
        fields = self._fields(written, at, ("path", "is", "exists", "answer", "handoff"))
        path = self._template("{{" + self._needed(fields, at, "path") + "}}", (*at, "path"), ("result", "slots"))
        if ("is" in fields) is ("exists" in fields):
            self._wrong(at, "expected either `is`: the values, or `exists`: true or false")
        if ("answer" in fields) is ("handoff" in fields):
            self._wrong(at, "expected either `answer`, by language, or `handoff`")
        handoff = self._fields(fields.get("handoff") or {}, (*at, "handoff"), ("queue", "reason"))
        queue = handoff.get("queue")
        return Case(
            path=next((place.path for place in path.places), ()), values=self._values(fields.get("is"), at),
            exists={"true": True, "false": False, "yes": True, "no": False}.get(str(fields.get("exists")).lower()),
            answer=self._templates(fields.get("answer"), (*at, "answer"), ("slots", "result")), is_for_people="handoff" in fields,
            queue=QueueName(self._plain(queue, (*at, "handoff", "queue"))) if queue else None,
            reason=self._plain(handoff.get("reason") or "", (*at, "handoff", "reason")),
        )  # fmt: skip

    def _values(self, written: Any, at: Path) -> tuple[str, ...]:
        items = written if isinstance(written, list) else [] if written is None else [written]
        return tuple((templates.plain(item) or self._plain(item, (*at, "is"))).casefold() for item in items)

    def _templates(self, written: Any, at: Path, roots: Sequence[str]) -> dict[str, Template]:
        if written is None:
            return {}
        if isinstance(written, str):
            tag = "zh" if any("\u3400" <= char <= "\u9fff" for char in written) else "en"
            return {tag: self._template(written, at, roots)}
        if not isinstance(written, dict) or not written:
            self._wrong(at, "expected what to say, by language, such as {zh: ..., en: ...}")
            return {}
        return {
            tag: self._template(self._plain(text, (*at, tag), templates.TEMPLATE_MAX_CHARS), (*at, tag), roots)
            for tag, text in written.items()
        }

    def _template(self, text: str, at: Path, roots: Sequence[str]) -> Template:
        try:
            template = templates.parse(text)
        except BadTemplate as error:
            self._wrong(at, str(error))
            return Template(())
        for place in template.places:
            if place.path[0] not in roots:
                self._wrong(at, f"expected a path that begins with {' or '.join(roots)}, found `{'.'.join(place.path)[:60]}`")
            elif place.path[0] == "slots" and (len(place.path) != 2 or place.path[1] not in self._slots):
                self._wrong(
                    at,
                    f"expected a slot of this action ({', '.join(sorted(self._slots)) or 'none'}), found `{'.'.join(place.path)[:60]}`",
                )
        return template

    # ---- values ----

    def _fields(self, written: Any, at: Path, known: Sequence[str]) -> dict[str, Any]:
        if not isinstance(written, dict):
            self._wrong(at, f"expected keys and values ({', '.join(known[:3])} ...)")
            return {}
        for key in written.keys() - set(known):
            near = difflib.get_close_matches(key, known, n=1)
            self._wrong(
                (*at, key), f"unknown key `{key[:40]}`: {f'did you mean `{near[0]}`?' if near else 'expected one of ' + ', '.join(known)}"
            )
        return {key: value for key, value in written.items() if key in known and value is not None}

    def _list(self, fields: Mapping[str, Any], at: Path, key: str, most: int) -> list[Any]:
        items = fields.get(key, [])
        if not isinstance(items, list) or len(items) > most:
            self._wrong((*at, key), f"expected a list of at most {most}")
            return []
        return items

    def _table(self, fields: Mapping[str, Any], at: Path, key: str) -> dict[str, Any]:
        items = fields.get(key, {})
        if isinstance(items, str) and key == "ask":
            return {"zh" if any("\u3400" <= char <= "\u9fff" for char in items) else "en": items}
        if not isinstance(items, dict):
            self._wrong((*at, key), "expected keys and values")
            return {}
        return items

    def _needed(self, fields: Mapping[str, Any], at: Path, key: str) -> str:
        if key not in fields:
            self._wrong((*at, key), "expected a short text, found none")
            return ""
        return self._plain(fields[key], (*at, key), NAME_MAX_CHARS)

    def _text(self, fields: Mapping[str, Any], at: Path, key: str, default: str, most: int) -> str:
        return self._plain(fields[key], (*at, key), most) if key in fields else default

    def _plain(self, written: Any, at: Path, most: int = 200) -> str:
        if isinstance(written, str | int | float) and not isinstance(written, bool) and len(str(written)) <= most:
            return str(written)
        self._wrong(at, f"expected a text of at most {most} characters")
        return ""

    def _wrong(self, at: Path, message: str) -> None:
        self.troubles.append((at, message))
