"""The customers' mail program: its page, what it shows as JSON, and what its user does."""

import asyncio
from dataclasses import asdict, fields
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.peers.mailroom.office import CUSTOMERS, SUPPORT, Office
from tests.peers.sim_page import SimPage

PAGE = Path(__file__).with_name("page")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
LOOK_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
SIZE_MAX_BYTES = 30 * 1024 * 1024


class Program:
    """Its routes."""

    def __init__(self, office: Office, desk_url: str) -> None:
        self._office = office
        self._desk_url = desk_url

    def app(self) -> web.Application:
        made = web.Application(client_max_size=SIZE_MAX_BYTES)
        made.add_routes([web.route(*one) for one in SimPage(PAGE, lambda _: POLICY).routes()])
        made.router.add_get("/api/mails/{who}", self._mails)
        made.router.add_get("/api/mails/{who}/{place:[0-9]+}/look", self._look)
        made.router.add_post("/api/mails", self._send)
        made.router.add_post("/api/ways", self._set)
        return made

    async def _mails(self, request: web.Request) -> web.Response:
        """What lies in a customer's mailbox, oldest first, and how things are set."""
        raws = await asyncio.to_thread(self._office.dovecot.mails, self._who(request))
        mails = [{"place": place, **_shown(message_from_bytes(raw, policy=policy.default))} for place, raw in enumerate(raws)]
        return web.json_response(
            {"mails": mails, "customers": CUSTOMERS, "support": SUPPORT, "desk": self._desk_url, "ways": asdict(self._office.ways)}
        )

    async def _look(self, request: web.Request) -> web.Response:
        """A mail's HTML part, for a frame that can do nothing."""
        raws = await asyncio.to_thread(self._office.dovecot.mails, self._who(request))
        mail = message_from_bytes(raws[int(request.match_info["place"])], policy=policy.default)
        part = mail.get_body(("html",))
        text = part.get_content() if part is not None else ""
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": LOOK_POLICY})

    async def _send(self, request: web.Request) -> web.Response:
        """Fields `from`, `to`, `cc`, `subject`, `text`, `in_reply_to`, `references`, and files."""
        said, mail = await request.post(), EmailMessage(policy=policy.SMTP)
        for header, name in (("From", "from"), ("To", "to"), ("Cc", "cc"), ("Subject", "subject")):
            if value := str(said.get(name, "")).strip():
                mail[header] = value
        if answered := str(said.get("in_reply_to", "")):
            mail["In-Reply-To"], mail["References"] = answered, f"{said.get('references', '')} {answered}".strip()
        mail.set_content(str(said.get("text", "")))
        for file in said.getall("file", []):
            if isinstance(file, web.FileField) and file.filename:
                main, _, sub = file.content_type.partition("/")
                mail.add_attachment(file.file.read(), maintype=main, subtype=sub or "octet-stream", filename=file.filename)
        await asyncio.to_thread(self._office.send, mail)
        return web.json_response({})

    async def _set(self, request: web.Request) -> web.Response:
        """Switch how things are."""
        said = await request.json()
        for known in fields(self._office.ways):
            if isinstance(said.get(known.name), bool):
                setattr(self._office.ways, known.name, said[known.name])
        return web.json_response(asdict(self._office.ways))

    def _who(self, request: web.Request) -> str:
        if (who := request.match_info["who"]) not in CUSTOMERS:
            raise web.HTTPNotFound
        return who


def _shown(mail: EmailMessage) -> dict[str, Any]:
    plain = mail.get_body(("plain",))
    return {
        **{name: str(mail[header] or "") for name, header in _HEADERS.items()},
        "text": plain.get_content() if plain is not None else "",
        "has_look": mail.get_body(("html",)) is not None,
        "files": [part.get_filename() or "?" for part in mail.iter_attachments() if isinstance(part, MIMEPart)],
    }


_HEADERS = {
    "from": "From", "to": "To", "cc": "Cc", "subject": "Subject", "date": "Date", "id": "Message-ID", "references": "References",
    "reply_to": "Reply-To", "automatic": "Auto-Submitted", "envelope": "Return-Path",
}  # fmt: skip
