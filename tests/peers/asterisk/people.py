"""Who is at the other ends: callers, and the phones of agents."""

import asyncio
from typing import Literal

from tests.peers.asterisk.exchange import Channel, Exchange, Refusal, Voice

Manner = Literal["rings", "answers", "busy", "refuses", "unregistered", "silent"]
"""`rings`: until a test says otherwise. `silent`: not even that."""


class Caller(Voice):
    """Somebody who calls from outside; `why`: the cause with which the exchange has hung up on them."""

    def __init__(self, exchange: Exchange, number: str, name: str, exten: str) -> None:
        super().__init__()
        self._exchange = exchange
        new = exchange.new_id()
        self.channel = Channel(new, f"PJSIP/trunk-{new}", self, state="Ring", number=number, caller_name=name, exten=exten)
        self.why: int | None = None
        self.referred_to = ""
        self.is_on_hold = False

    @property
    def is_answered(self) -> bool:
        return self.channel.state == "Up"

    @property
    def is_there(self) -> bool:
        return self.channel.id in self._exchange.channels

    def deliver(self, frame: bytes) -> None:
        self.heard += frame

    def hear_digit(self, digit: str) -> None:
        """A caller hears the tone."""

    def dropped(self, cause: int) -> None:
        self.why = cause

    def press(self, keys: str) -> None:
        for key in keys:
            self._exchange.press(self.channel, key)

    def hold(self, *, is_on: bool) -> None:
        self.is_on_hold = is_on
        self._exchange.about(self.channel, "ChannelHold" if is_on else "ChannelUnhold")

    def hang_up(self, cause: int = 16) -> None:
        self._exchange.hang_up(self.channel, cause)


class Phone(Voice):
    """A phone that is registered here. `manner`: what it does when it rings."""

    def __init__(self, exchange: Exchange, manner: Manner = "rings") -> None:
        super().__init__()
        self._exchange = exchange
        self.manner: Manner = manner
        self.channel: Channel | None = None
        self.shown = ""
        """The number on its display."""
        self.rings_count = 0
        self._timer: asyncio.Task[None] | None = None

    def deliver(self, frame: bytes) -> None:
        self.heard += frame

    def hear_digit(self, digit: str) -> None:
        """It sounds."""

    def dropped(self, cause: int) -> None:
        self.channel = None

    @property
    def is_ringing(self) -> bool:
        return self.channel is not None and self.channel.state == "Ringing"

    @property
    def is_talking(self) -> bool:
        return self.channel is not None and self.channel.state == "Up"

    def ring(self, channel: Channel, app: str, args: tuple[str, ...]) -> None:
        """A call for it, which is in the application once it is answered."""
        if self.manner == "unregistered" or self.channel is not None:
            raise Refusal(500, "Allocation failed")
        channel.app, channel.args, channel.is_subscribed = app, args, True
        self.channel = self._exchange.add(channel)
        self.shown = channel.number
        self.rings_count += 1
        self._dial("")
        match self.manner:
            case "busy":
                self._end("BUSY", 17)
            case "refuses":
                self._end("NOANSWER", 21)
            case "silent":
                pass
            case _:
                self._exchange.set_state(channel, "Ringing")
                self._dial("RINGING")
                if self.manner == "answers":
                    self.answer()

    def answer(self) -> None:
        assert self.channel is not None
        self._dial("ANSWER")
        self._exchange.set_state(self.channel, "Up")
        if not self._exchange.enter(self.channel, self.channel.app, self.channel.args):
            self._exchange.hang_up(self.channel, 16, is_asked=True)

    def give_up(self) -> None:
        """The time of the dialling is over."""
        self._end("", 19)

    def refuse(self) -> None:
        self._end("NOANSWER", 21)

    def send_elsewhere(self, caller: Caller) -> None:
        """A blind transfer (REFER): the caller goes on in the dialplan, and leaves the application."""
        assert self.channel is not None
        bridge = caller.channel.bridge
        assert bridge is not None
        self._exchange.about(
            self.channel, "BridgeBlindTransfer", result="Success", is_external=True, exten="200", context="default",
            transferee=caller.channel.as_json(), bridge=bridge.as_json(),
        )  # fmt: skip
        self._exchange.leave_bridge(caller.channel)
        self._exchange.about(caller.channel, "StasisEnd")
        caller.channel.is_in_stasis = False
        self.hang_up()

    def put_through(self, other: "Phone") -> None:
        """An attended transfer: another phone's channel takes the place of this one (REFER with Replaces)."""
        assert self.channel is not None
        old, new = self.channel, self._exchange.new_id()
        bridge = old.bridge
        assert bridge is not None
        other.channel = self._exchange.add(Channel(new, f"PJSIP/108-{new}", other, state="Up", app=old.app, is_in_stasis=True))
        self._exchange.leave_bridge(old)
        self._exchange.join(bridge, new)
        self._exchange.about(other.channel, "StasisStart", args=list(old.args), replace_channel=old.as_json())
        self.hang_up()

    def hang_up(self, cause: int = 16) -> None:
        if (channel := self.channel) is not None:
            self.channel = None
            self._exchange.hang_up(channel, cause)

    def _end(self, status: str, cause: int) -> None:
        if self.channel is not None:
            if status:
                self._dial(status)
            channel, self.channel = self.channel, None
            self._exchange.hang_up(channel, cause, is_asked=False)

    def _dial(self, status: str) -> None:
        assert self.channel is not None
        if self.channel.is_subscribed:
            self._exchange.emit(self.channel.app, "Dial", peer=self.channel.as_json(), dialstatus=status, dialstring="107")
