"""Puts the channel of one support address together."""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.email.authenticity import Authenticity
from adapters.email.breaker import Breaker
from adapters.email.channel import EmailChannel
from adapters.email.diagnosis import Diagnosis
from adapters.email.health import Health
from adapters.email.imap.door import Door
from adapters.email.imap.listener import Listener
from adapters.email.lookups import Names, Resolver, SystemResolver
from adapters.email.marks import Marks
from adapters.email.oauth import Leases, Logins, Notebook
from adapters.email.opened import Letters
from adapters.email.raws import Raws
from adapters.email.receiving import OWNER, Receiving, ours_of
from adapters.email.sending import Post
from adapters.email.smtp.sender import Sender
from adapters.email.threads import Threads
from adapters.email.tokens import Tokens
from config.email import Email
from config.texts import load_texts
from gateway.core.files import Files
from gateway.core.ids import ChannelName
from gateway.core.ports import Clock, Shelf
from gateway.core.texts import Texts
from gateway.rendering import Link, no_link


def open_email(
    name: ChannelName,
    settings: Email,
    *,
    secret: bytes,
    files: Files,
    notebook: Notebook,
    marks: Marks,
    leases: Leases,
    shelf: Shelf,
    clock: Clock,
    link: Link = no_link,
    company: str = "",
    resolver: Resolver | None = None,
    texts: Texts | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> EmailChannel:
    """The channel of one address. Nothing is called before somebody asks."""
    tokens = Tokens(secret, name, settings.address)
    threads = Threads(name, marks, tokens)
    logins = Logins(name, settings, shelf=shelf, notebook=notebook, leases=leases, now_s=lambda: clock.now().timestamp(), sleep=sleep)
    listener = Listener(name, settings, notebook=notebook, leases=leases, login=logins, now=clock.now, sleep=sleep)
    names = Names(resolver or SystemResolver(), clock.monotonic)
    authenticity = Authenticity(names, authserv_id=settings.authserv_id, check_dkim=settings.check_dkim)
    breaker = Breaker(name, marks, per_hour=settings.auto_replies_per_hour, now=clock.now)
    receiving = Receiving(
        name, settings, files=files, marks=marks, notebook=notebook, tokens=tokens, threads=threads, authenticity=authenticity,
        breaker=breaker, now=clock.now, sleep=sleep,
    )  # fmt: skip
    sender = Sender(settings, logins, clock=clock)
    post = Post(
        name, settings, sender=sender, append=listener.append, files=files, marks=marks, threads=threads, tokens=tokens,
        texts=texts or Texts(load_texts()), company=company, link=link, now=clock.now,
    )  # fmt: skip
    health = Health(
        name, listener, notebook, counts=receiving.counts, alarm_s=settings.alarm_s, now=clock.now, sleep=sleep
    )  # fmt: skip
    diagnosis = Diagnosis(
        name, settings, logins=logins, sender=sender, pulse=health.pulse, speakers=receiving.speakers,
        door=Door(name, notebook, now=clock.now), now=clock.now,
    )  # fmt: skip
    return EmailChannel(
        name, settings, tokens=tokens, listener=listener, receiving=receiving, post=post,
        opening=Letters(Raws(files, f"{name}/{OWNER}", ours_of(settings))), authenticity=authenticity, diagnosis=diagnosis,
        health=health,
    )  # fmt: skip
