"""Stored files on their way out, in a form that can do no harm whatever is in them."""

from urllib.parse import quote

from aiohttp import web

from gateway.core.files import Files
from gateway.core.message import FileRef


def headers_of(file: FileRef, disposition: str) -> dict[str, str]:
    """What goes with every file: nothing in it runs, and its name is the one that it was sent under."""
    return {
        "Content-Type": "text/plain; charset=utf-8" if file.mime == "text/plain" else file.mime,
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


async def sent(request: web.Request, files: Files, file: FileRef, headers: dict[str, str]) -> web.StreamResponse:
    """The content as the answer, piece by piece. Raises NotFound where it is gone: a 404, and not an answer that breaks off."""
    response = web.StreamResponse(headers=headers)
    response.content_length = file.size_bytes
    content = files.read(file)
    first = await anext(content, b"")
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(first)
        async for piece in content:
            await response.write(piece)
    return response
