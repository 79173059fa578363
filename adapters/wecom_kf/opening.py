"""Puts the channel of one company's 微信客服 together."""

import asyncio
import time
from collections.abc import Callable

from adapters.shared.holding import Leases
from adapters.shared.wechat.pushes import Pushes
from adapters.shared.wechat.tokens import Fresh, Tokens
from adapters.wecom_kf.api import KfApi, KfCalls, gettoken
from adapters.wecom_kf.channel import WeComKfChannel
from adapters.wecom_kf.cursors import Cursors, Notebook
from adapters.wecom_kf.diagnosis import Diagnosis
from adapters.wecom_kf.downloads import Downloads
from adapters.wecom_kf.items import Place, Welcome
from adapters.wecom_kf.listener import Listener, Signals, Sleep
from adapters.wecom_kf.sending import Sender
from config.texts import load_texts
from config.wechat import WeComKf
from gateway.core.files import Files
from gateway.core.ids import ChannelName
from gateway.core.ports import Shelf
from gateway.core.texts import Texts, nearest
from gateway.rendering import Link, no_link

LANGUAGE = "zh-CN"
"""In which who opens a conversation is greeted: WeCom tells nobody's language."""


def open_wecom_kf(
    name: ChannelName,
    settings: WeComKf,
    *,
    files: Files,
    shelf: Shelf,
    leases: Leases,
    notebook: Notebook,
    bus: Signals,
    link: Link = no_link,  # noqa: ARG001 - what all adapters of WeChat are handed; every file goes out as itself here
    now_s: Callable[[], float] = time.time,
    language: str = LANGUAGE,
    sleep: Sleep = asyncio.sleep,
) -> WeComKfChannel:
    """The channel of one company. Nothing is called before somebody asks."""
    calls = KfCalls(settings.api_base, timeout_s=settings.timeout_s, now_s=now_s)

    async def fetch(*, is_forced: bool) -> Fresh:  # noqa: ARG001 - WeCom gives the same token until its end, and then another one
        return await gettoken(calls, settings.corp_id, settings.secret)

    async def ask_token() -> Fresh:
        return await fetch(is_forced=False)

    tokens = Tokens(f"{settings.corp_id}/{name}", fetch, shelf=shelf, leases=leases, now_s=now_s, patience_s=settings.timeout_s)
    api = KfApi(calls, tokens)
    sender, pushes = Sender(settings.corp_id, api, files=files, shelf=shelf), Pushes(f"wecom_kf/{name}/pushes", notebook, now_s)
    words = greeting(settings, language)

    async def say_hello(open_kfid: str, customer: str, welcome: Welcome) -> None:
        if now_s() < welcome.until_s:
            await sender.welcome(open_kfid, customer, welcome, words)

    listener = Listener(
        Place(name, settings.corp_id, ""), api, open_kfids=settings.open_kfids, poll_s=settings.poll_s, cursors=Cursors(name, notebook),
        bus=bus, leases=leases, say_hello=say_hello, now_s=now_s, sleep=sleep,
    )  # fmt: skip
    diagnosis = Diagnosis(name, settings, ask_token=ask_token, api=api, pushes=pushes, now_s=now_s)
    return WeComKfChannel(
        name, settings, api=api, listener=listener, sender=sender, downloads=Downloads(api, settings.media_max_bytes), pushes=pushes,
        diagnosis=diagnosis,
    )  # fmt: skip


def greeting(settings: WeComKf, language: str) -> str:
    """The configured greeting in the nearest language; ours where there is none."""
    own = {tag: words for tag, words in settings.greeting.items() if words.strip()}
    if own:
        return own[nearest(language, tuple(own))]
    return Texts(load_texts()).say("wecom_kf.greeting", language)
