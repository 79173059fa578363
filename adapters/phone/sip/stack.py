"""The SIP stack: everything that touches baresip. One of it lives in a process, for its state is the process's.

What it must be told, or it does something else (seen with 0.5.2a3, November 2026):
- `video_codecs=none`, or it sends a re-INVITE that nobody asked for;
- `max_concurrent_calls`, which is 2 by itself;
- `net_interface`, where it is to be found on the loopback;
- `catchall`, as trunks call the number and not our name; an account for each transport, for it catches none but its own (404);
- the codecs: A-law first, and nothing that is not 8 kHz;
- keys are taken where they begin (CALL_DTMF_START): the library's own events come when they end, which loses them with their last packets;
- `transfer_policy="reject"`: whoever calls us may not make us dial (toll fraud). The stack says 202 before anybody is asked, then 603.
"""

import asyncio
import contextlib
import logging
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from baresip import (
    Account,
    BaresipError,
    Call,
    CallState,
    Config,
    Event,
    RegistrationError,
    Runtime,
    StackEvent,
    StaleHandleError,
    TransferFailed,
    UserAgent,
    _native,
)
from baresip._events import set_sink

from adapters.phone.sip import addresses, endings
from adapters.phone.sip.latch import Latches
from adapters.phone.sip.libre import Libre, Over
from adapters.phone.sip.nat import mirror
from adapters.phone.sip.sound import CallSound
from adapters.phone.sip.stillborn import Stillborn
from adapters.phone.sip.wire import Offer, Wire
from adapters.phone.sip.words import Registration, Start

log = logging.getLogger(__name__)

CODECS = ("pcma", "pcmu")
REGISTER_S = 300
REGISTER_TIMEOUT_S = 15.0
MENC = {"off": (), "srtp": ("mediaenc=srtp",), "srtp-mandatory": ("mediaenc=srtp-mand",)}
STILLBORN_ROOM_COUNT = 300
"""Of calls that never begin (`stillborn.py`) at once, before the stack refuses others for them."""
DRAIN_S = 2.0
"""For the last calls to be gone, before the stack is closed."""
EARLY_MAX_COUNT = 256
"""Events of calls that nobody follows yet."""

KEY_PAUSE_S = 0.08
"""Between two keys: some phones take less for one."""
KEYS_MAX_COUNT = 32
"""That wait to be pressed; more is no typing."""

Transport = Literal["udp", "tcp", "tls"]
Listener = Callable[[Event, str], None]


class StackFailed(Exception):
    """The stack could not do it. `code`: as LineFailed has them."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Ears:
    """Who follows which call. What has happened to a call before anybody followed is told then.

    That is no rare thing: a call that is refused at once is closed before `dial` has come back with it.
    """

    def __init__(self) -> None:
        self._listeners: dict[int, list[Listener]] = {}
        self._early: deque[StackEvent] = deque(maxlen=EARLY_MAX_COUNT)

    def take(self, event: StackEvent) -> None:
        if not event.call:
            return
        listeners = self._listeners.get(event.call)
        if listeners is None:
            self._early.append(event)
            return
        if event.event is Event.CALL_CLOSED:
            del self._listeners[event.call]
        for listener in listeners:
            listener(event.event, event.text or "")

    def follow(self, call: Call, listener: Listener) -> None:
        if (listeners := self._listeners.get(call.handle)) is not None:
            listeners.append(listener)
            return
        self._listeners[call.handle] = [listener]
        early = [event for event in self._early if event.call == call.handle and event.event is not Event.CALL_INCOMING]
        if call.state is CallState.CLOSED and not early:  # others were told that; nothing comes any more that could make us forget it
            del self._listeners[call.handle]
            listener(Event.CALL_CLOSED, call._close_reason or "")  # noqa: SLF001 - the library does not show it
        for event in early:
            self._early.remove(event)
            if call.state is CallState.OUTGOING:
                call._on_stack_event(event)  # noqa: SLF001 - it has missed it as well, and would be listening for ever
            self.take(event)


class StackCall:
    """One call in the stack. What it is asked to do once it is gone does nothing."""

    def __init__(self, call: Call, ears: Ears, libre: Libre | None) -> None:
        self._call = call
        self._ears = ears
        self._libre = libre
        self._pressing = asyncio.Lock()
        self._keys_count = 0
        self.sound = CallSound(call)

    @property
    def id(self) -> str:
        """Its Call-ID."""
        return str(self._call.call_id or "")

    @property
    def peer(self) -> str:
        return str(self._call.peer or "")

    @property
    def headers(self) -> dict[str, str]:
        return dict(self._call.headers)

    def sends_keys(self) -> bool:
        """The phone has said that its keys come as RFC 4733 has it. Those that don't have tones in their sound, or INFO."""
        if self._libre is None:
            return True
        with contextlib.suppress(Over), self._libre.held():
            media = self._libre.media(self.id)
            return media is None or self._libre.has_telephone_events(media)
        return True

    def follow(self, listener: Listener) -> None:
        """Tell everything that happens to it."""
        self._ears.follow(self._call, listener)

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of its quality, once it is over."""
        stats = self._call.final_stats
        if stats is None:
            return {}
        return {
            "lost_packets": stats.rx_lost,
            "received_packets": stats.rx_packets,
            "sent_packets": stats.tx_packets,
            "lost_packets_there": stats.tx_lost,
            "jitter_ms": round(stats.rx_jitter_ms, 1),
            "jitter_there_ms": round(stats.tx_jitter_ms, 1),
            "round_trip_ms": round(stats.rtt_ms, 1),
            "mos": stats.mos_estimate,
        }

    async def answer(self) -> None:
        try:
            await self._call.answer()
        except StaleHandleError:
            return
        except BaresipError as error:
            raise StackFailed("unable") from error

    async def press(self, key: str) -> None:
        """Press a key for the other side, behind those before: as RFC 4733 has it, or by INFO where the phone knows nothing else."""
        if self._keys_count >= KEYS_MAX_COUNT:
            return
        self._keys_count += 1
        try:
            async with self._pressing:
                with contextlib.suppress(BaresipError):
                    await self._call.send_dtmf(key)
                await asyncio.sleep(KEY_PAUSE_S)
        finally:
            self._keys_count -= 1

    async def end(self) -> None:
        """Hang up; refuse (486, the only code that the stack gives) what was not answered."""
        with contextlib.suppress(BaresipError):
            await self._call.hangup()

    async def transfer(self, uri: str, timeout_s: float) -> str:
        """Empty where the other side has taken over; else why not."""
        try:
            await self._call.transfer(uri, timeout=timeout_s)
        except TransferFailed as failed:
            return endings.of_transfer(failed.status)
        except (BaresipError, ValueError):
            return "refused"
        return ""


class Stack:
    """The stack, running."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._runtime = Runtime(native_log_level="warning")
        self._ears = Ears()
        self._libre: Libre | None = None
        self._mirror: asyncio.DatagramTransport | None = None
        self._mirror_port = 0
        self._local: UserAgent | None = None
        self._trunk: UserAgent | None = None
        self.on_incoming: Callable[[StackCall], None] = lambda _: None
        self.on_offer: Callable[[Offer], None] = lambda _: None
        self.on_registration: Callable[[Registration], None] = lambda _: None
        self.on_dead: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Listen. Registering goes on beside it: a trunk that is down keeps nobody else from calling."""
        if self._start.advertised:
            self._mirror, self._mirror_port = await mirror(self._start.advertised, self._near())
        loop = asyncio.get_running_loop()
        Wire(lambda offer: _later(loop, lambda: self.on_offer(offer))).attach()
        await self._runtime.start(self._config())
        self._runtime.on_dead = lambda: self.on_dead()
        self._runtime.subscribe(self._ears.take)
        self._look_below(loop)
        self._local = await self._agent(self._local_account("udp"))
        for transport in self._transports[1:]:
            await self._agent(self._local_account(transport))
        if self._start.trunk_host:
            self._trunk = await self._agent(self._trunk_account())
            self._runtime.subscribe(self._registered)

    def _look_below(self, loop: asyncio.AbstractEventLoop) -> None:
        """What needs more of the stack than its package shows."""
        try:
            libre = Libre()
        except AttributeError as error:
            log.warning("the SIP stack is built otherwise than expected: sound is believed from anywhere (%s)", error)
            return
        self._libre = libre
        latches, told = Latches(libre), self._runtime._on_native_event  # noqa: SLF001 - subscribers hear of it in another thread, and late

        def tell(event: int, handle: int, payload: bytes | None) -> None:
            latches.take(event - _native.lib.BP_EV_BASE, payload)
            told(event, handle, payload)

        set_sink(tell)  # type: ignore[no-untyped-call]
        self._runtime.subscribe(Stillborn(libre.end_unborn, loop.call_later).take)

    async def register(self) -> None:
        """Register with the trunk; from then on the stack repeats it by itself, also after failures."""
        if self._trunk is not None and self._start.trunk_registers and self._start.trunk_user:
            try:
                await self._trunk.register(timeout=REGISTER_TIMEOUT_S)
            except RegistrationError as failed:
                if failed.status is None:  # the stack itself says so after half a minute
                    self.on_registration(Registration(is_ok=False))

    async def close(self) -> None:
        if self._trunk is not None and self._start.trunk_registers:
            with contextlib.suppress(BaresipError, TimeoutError):
                await self._trunk.unregister(timeout=2)
        with contextlib.suppress(BaresipError, TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await (
                    self._runtime.drain()
                )  # no more calls: to be closed with one that never began (`stillborn.py`) would abort the process
        with contextlib.suppress(BaresipError):
            await self._runtime.close()
        if self._mirror is not None:
            self._mirror.close()

    async def dial(self, target: str, caller_id: str) -> StackCall:
        """Ring somebody. Raises StackFailed."""
        uri = addresses.target_uri(target, self._start.trunk_host)
        if not uri:
            raise StackFailed("forbidden")
        is_trunk = addresses.is_of_host(uri, self._start.trunk_host)
        agent = self._trunk if is_trunk and self._trunk is not None else self._local
        assert agent is not None
        number = "".join(char for char in caller_id if char in "+0123456789")
        headers = {"P-Preferred-Identity": f"<sip:{number}@{addresses.host_of(self._start.trunk_host)}>"} if is_trunk and number else None
        try:
            return StackCall(await agent.dial(uri, headers), self._ears, self._libre)
        except (TimeoutError, BaresipError, ValueError) as error:
            raise StackFailed("unreachable") from error

    async def _agent(self, account: Account) -> UserAgent:
        agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        agent.on_incoming(lambda call: self.on_incoming(StackCall(call, self._ears, self._libre)))
        return agent

    def _registered(self, event: StackEvent) -> None:
        if event.event in (Event.REGISTER_OK, Event.REGISTER_FAIL):
            head = (event.text or "")[:3]
            self.on_registration(Registration(event.event is Event.REGISTER_OK, int(head) if head.isdigit() else 0))

    @property
    def _transports(self) -> tuple[Transport, ...]:
        has_tls = bool(self._start.certificate) or self._start.trunk_transport == "tls"
        return ("udp", "tcp", "tls") if has_tls else ("udp", "tcp")

    def _config(self) -> Config:
        start = self._start
        host = addresses.host_of(start.listen)
        lines = [
            f"sip_listen {start.listen}",
            f"rtp_ports {start.rtp_ports}",
            "sip_verify_server yes",
            f"sip_transports {','.join(self._transports)}",  # TLS listens one port further on
            f"net_af {'ipv6' if ':' in host else 'ipv4'}",  # 0.0.0.0 is every address of this machine, and none that nobody named
            "rtcp_mux no",
            "call_local_timeout 120",
        ]
        if bundle := ssl.get_default_verify_paths().cafile:
            lines.append(f"sip_cafile {bundle}")
        if start.certificate:
            lines.append(f"sip_certificate {start.certificate}")
        return Config(
            net_interface=None if addresses.is_everywhere(host) else host,
            max_concurrent_calls=2 * start.calls_max_count + 4 + STILLBORN_ROOM_COUNT,
            rtp_timeout=start.rtp_timeout_s,
            sip_trace=True,  # for `Wire` alone
            expose_headers=addresses.HEADERS,
            extra_config_text="\n".join(lines) + "\n",
        )

    def _near(self) -> str:
        """An address of this machine that the stack reaches from where it listens."""
        host = addresses.host_of(self._start.listen)
        return "127.0.0.1" if addresses.is_everywhere(host) else host

    def _media(self) -> tuple[str, ...]:
        """What both accounts want of the sound."""
        near = f"[{self._near()}]" if ":" in self._near() else self._near()
        nat = ("medianat=stun", f'stunserver="stun:{near}:{self._mirror_port}"') if self._mirror_port else ()
        return "video_codecs=none", *MENC[self._start.encryption], *nat

    def _local_account(self, transport: Transport) -> Account:
        host = addresses.host_of(self._start.listen)
        domain = self._start.advertised or ("localhost" if addresses.is_everywhere(host) else host)
        return Account(
            user=self._start.number,
            domain=f"[{domain}]" if ":" in domain else domain,
            password="",
            reg_interval=0,
            transport=transport,
            audio_codecs=CODECS,
            dtmf_mode="auto",
            extra_params=("catchall=yes", *self._media()),
        )

    def _trunk_account(self) -> Account:
        start = self._start
        return Account(
            user=start.trunk_user or start.number,
            domain=start.trunk_host,
            password=start.trunk_password,
            reg_interval=REGISTER_S if start.trunk_registers and start.trunk_user else 0,
            transport="tls" if start.trunk_transport == "tls" else "tcp" if start.trunk_transport == "tcp" else "udp",
            audio_codecs=CODECS,
            dtmf_mode="auto",
            extra_params=self._media(),
        )


def _later(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    """From another thread; a loop that has ended does nothing any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(act)
