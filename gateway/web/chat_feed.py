"""One client of web chat that reads on over plain HTTP: by long poll, or as a stream of server-sent events."""

import asyncio
from asyncio import Event
from collections.abc import Sequence
from functools import partial

from aiohttp import web

from adapters.webchat.channel import WebChat
from adapters.webchat.frames import Events, ReadNow, Said, ServerFrame, StateNow, Survey, write_frame
from adapters.webchat.rendering import frame_of
from adapters.webchat.tokens import Visitor
from gateway.core.errors import BadInput
from gateway.core.ids import SessionId, session_id
from gateway.core.message import Message
from gateway.core.session import Session, State
from gateway.web.bodies import answer
from gateway.web.chat_filling import token_replaced
from gateway.web.chat_reception import Reception
from gateway.web.chat_socket import first_missing
from gateway.web.chat_watch import Watch
from gateway.web.files import FILE_URLS

WAIT_DEFAULT_S = 25.0
WAIT_MAX_S = 30.0
PAGE_COUNT = 200
HEARTBEAT_S = 15.0
"""A comment in a silent event stream, so that no proxy takes it for dead."""
STREAM_S = 600.0
"""Then the client reconnects by itself: a stream that nobody reads any more does not live for ever."""
_SEQ_MAX_DIGITS = 16


class Hold:
    """Whether a token still opens the conversation: an anonymous one does not, once its visitor has been identified; none does once it
    has been linked with another channel, or parted from one."""

    def __init__(self, visitor: Visitor, watch: Watch) -> None:
        self._is_anonymous = visitor.user is None
        self._watch = watch
        self._rotated_count, self._linked_count = watch.rotated_count, watch.linked_count

    @property
    def is_lost(self) -> bool:
        is_named = self._is_anonymous and self._watch.rotated_count != self._rotated_count
        return is_named or self._watch.linked_count != self._linked_count


class Feed:
    """One client reading on from a seq."""

    def __init__(
        self, request: web.Request, reception: Reception, chat: WebChat, watch: Watch, session: Session | None, token: Hold
    ) -> None:
        self._token = token
        self._request = request
        self._reception = reception
        self._chat = chat
        self._watch = watch
        self._wait_s = min(WAIT_MAX_S, _number(request.query.get("wait_s"), WAIT_DEFAULT_S))
        last_seq = session.seq if session else 0
        asked = request.headers.get("Last-Event-ID") or request.query.get("after")
        self._after = first_missing(None if asked is None else _seq(asked), last_seq)
        self._next_session = _next_session(chat, watch, session)
        self._read_seq = session.agent_read_seq if session else 0
        mark = request.query.get("mark")
        self._mark = watch.frame_count if mark is None else _seq(mark, "mark")
        self._is_strange = not watch.knows(self._mark)
        """Its mark is another process's, or of long ago: it is told what still matters of what it may have missed."""
        self._locale = reception.locale(request.query.get("locale") or _first_language(request))
        self._over = session.id if session is not None and session.state is State.CLOSED else None
        """A session that was over when this client came: it reads of the next one, as a welcome would tell it."""

    async def poll(self, news: Event) -> web.StreamResponse:
        """One answer."""
        said = await self._read()
        if not said and not self._has_frames and self._wait_s > 0:
            told = self._stand()
            try:
                async with asyncio.timeout(self._wait_s):
                    while not said and not self._has_frames and self._stand() == told and not self._reception.hub.is_closing:
                        await news.wait()
                        news.clear()
                        if self._token.is_lost:
                            raise token_replaced()
                        said = await self._read()
            except TimeoutError:
                pass
        frames = [*self._missed(), *self._frames()]
        return answer(Events(events=tuple(said), frames=tuple(frames), mark=str(self._mark), seq=self._after, state=self._stand()))

    async def stream(self, news: Event) -> web.StreamResponse:
        """Server-sent events until the client goes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"})
        await response.prepare(self._request)
        told: StateNow | None = None
        missed = self._missed(is_new=True)
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + STREAM_S
        while loop.time() < ends_s and not self._reception.hub.is_closing and not self._token.is_lost:
            news.clear()
            said = await self._read()
            lines = b"".join(b"id: %d\ndata: %s\n\n" % (one.seq, write_frame(one)) for one in said)
            frames: list[ServerFrame] = [*missed, *self._frames()]
            missed = []
            if self._stand() != told:
                told = self._stand()
                frames.insert(0, told)
            lines += b"".join(b"data: %s\n\n" % write_frame(frame) for frame in frames)
            await self._write(response, lines or b": still here\n\n")
            if not said:
                await _is_told(news)
        return response

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        async with asyncio.timeout(HEARTBEAT_S * 2):
            await response.write(data)

    async def _read(self) -> list[Said]:
        messages = await self._reception.deps.store.thread_messages(self._chat.name, self._watch.thread, self._after, PAGE_COUNT)
        if messages:
            self._after = messages[-1].seq
        return self._shown(messages)

    @property
    def _has_frames(self) -> bool:
        return bool(self._watch.frames_after(self._mark))

    def _frames(self) -> list[ServerFrame]:
        """The frames without a seq that came since the client's mark, and the mark behind them."""
        frames, self._mark = self._watch.frames_after(self._mark), max(self._mark, self._watch.frame_count)
        return [self._in_words(frame) if isinstance(frame, Survey) else frame for frame in frames]

    def _missed(self, *, is_new: bool = False) -> list[ServerFrame]:
        """How far the other side has read, for a client that may not have heard of it."""
        return [ReadNow(self._read_seq)] if self._read_seq and (is_new or self._is_strange) else []

    def _in_words(self, survey: Survey) -> Survey:
        return Survey(session=survey.session, text=self._reception.deps.texts.say("chat.survey", self._locale))

    def _shown(self, messages: Sequence[Message]) -> list[Said]:
        file_url = partial(self._request.app[FILE_URLS].url, self._chat.name)
        return [frame_of(message, file_url) for message in messages]

    def _stand(self) -> StateNow:
        stand = self._watch.standing()
        is_known = stand.session and stand.session != self._over
        return stand if is_known else StateNow(State.BOT.value, self._next_session)


async def _is_told(news: Event) -> None:
    """Wait for news, or for the time of the next heartbeat."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            await news.wait()
    except TimeoutError:
        pass


def _next_session(chat: WebChat, watch: Watch, session: Session | None) -> SessionId:
    episode = 1 if session is None else session.episode + (session.state is State.CLOSED)
    return session_id(chat.name, watch.thread, episode)


def _first_language(request: web.Request) -> str | None:
    """The first tag of Accept-Language, if there is one."""
    return request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()[:35] or None


def _seq(raw: str, name: str = "after") -> int:
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= _SEQ_MAX_DIGITS):
        raise BadInput(name, f"{name}: a whole number, as we gave it")
    return int(raw)


def _number(raw: str | None, default: float) -> float:
    if raw is None:
        return default
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 4):
        raise BadInput("wait_s", "a whole number of seconds")
    return float(raw)
