"""JSON in and out: bodies decoded strictly into types, lists in pages, answers encoded by msgspec."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from gateway.core.errors import BadInput

T = TypeVar("T")

PAGE_DEFAULT_COUNT = 50
PAGE_MAX_COUNT = 200


async def read_json(request: web.Request, shape: type[T]) -> T:
    """The request's body as `shape`; an empty body reads as `{}`.

    Asks for `application/json`, which a foreign page can't send without the browser asking us first. Raises BadInput; the size is
    limited by the application.
    """
    body = await request.read()
    if body and request.content_type != "application/json":
        raise BadInput("content_type", "a body of type application/json")
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise BadInput("bad_body", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("bad_json", "a JSON object in UTF-8") from None


def answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON response."""
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json", headers=headers)


def page_of(request: web.Request) -> tuple[int, str]:
    """(limit, after) from the query: `?limit=50&after=CURSOR`. Raises BadInput."""
    raw = request.query.get("limit", str(PAGE_DEFAULT_COUNT))
    if not (len(raw) <= 4 and raw.isascii() and raw.isdecimal() and 1 <= int(raw) <= PAGE_MAX_COUNT):
        raise BadInput("limit", f"a whole number from 1 to {PAGE_MAX_COUNT}")
    return int(raw), cursor_of(request)


def cursor_of(request: web.Request) -> str:
    """The cursor in `?after=`, as an earlier page's `next` gave it."""
    after = request.query.get("after", "")
    if len(after) > 200 or not after.isprintable():
        raise BadInput("after", "the `next` of an earlier page")
    return after


def cut(found: Sequence[T], limit: int, after: str, key: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """One page of a list that was read whole: (its items, the cursor of the next). Where `after` has left the list, it begins anew."""
    start = next((place + 1 for place, one in enumerate(found) if after and key(one) == after), 0)
    items = found[start : start + limit]
    return items, key(items[-1]) if start + limit < len(found) else None


def page(items: list[Any], after: str | None) -> dict[str, Any]:
    """A page as every list answers it."""
    return {"items": items, "next": after}
