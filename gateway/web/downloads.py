"""Stored files on their way out, in a form that can do no harm whatever is in them."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import web

from gateway.core.files import Files
from gateway.core.parts import FileRef


def headers_of(file: FileRef, disposition: str) -> dict[str, str]:
    """What goes with every file: nothing in it runs, and its name is the one that it was sent under."""
    return {
        "Content-Type": "text/plain; charset=utf-8" if file.mime == "text/plain" else file.mime,
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


async def sent(request: web.Request, files: Files, file: FileRef, headers: dict[str, str]) -> web.StreamResponse:
    """The content as the answer, piece by piece; a part of it where one part is asked for: a player that jumps in a recording.

    Raises NotFound where it is gone: a 404, and not an answer that breaks off.
    """
    asked = None if "If-Range" in request.headers else part_of(request.headers.get("Range", ""), file.size_bytes)
    begin, end = asked or (0, file.size_bytes)
    response = web.StreamResponse(headers={**headers, "Accept-Ranges": "bytes"})
    response.content_length = end - begin
    if asked is not None:
        response.set_status(206)
        response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size_bytes}"
    content = _between(files.read(file), begin, end)
    first = await anext(content, b"")
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(first)
        async for piece in content:
            await response.write(piece)
    return response


_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def part_of(asked: str, size_bytes: int) -> tuple[int, int] | None:
    """From where to where a `Range` asks (RFC 9110, section 14.2); None where it asks for nothing that can be given as one part."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return None
    if not found[1]:
        begin, end = max(0, size_bytes - int(found[2])), size_bytes
    else:
        begin, end = int(found[1]), min(size_bytes, int(found[2]) + 1) if found[2] else size_bytes
    return (begin, end) if begin < end else None


async def _between(content: AsyncIterator[bytes], begin: int, end: int) -> AsyncIterator[bytes]:
    """The bytes of a stream from `begin` on, without the one at `end`; nothing is read behind that."""
    at = 0
    async for piece in content:
        part = piece[max(0, begin - at) : end - at]
        at += len(piece)
        if part:
            yield part
        if at >= end:
            return
