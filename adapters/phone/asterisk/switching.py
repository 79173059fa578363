"""Whom a caller is connected with: one colleague at a time, from the first ring until the caller is ours again."""

from collections.abc import Awaitable, Callable

from adapters.phone.asterisk import causes
from adapters.phone.asterisk.colleague import Colleague
from adapters.phone.asterisk.happened import Happened
from adapters.phone.asterisk.means import Means, Spawn
from adapters.phone.asterisk.sounding import Call
from adapters.phone.driver import LineFailed, Parted

HUNG_UP = Happened("ChannelDestroyed", cause=causes.NORMAL)


class Switching:
    """One call's. `quiet` stops the waiting music; `hang_up` takes a channel away, whatever becomes of that."""

    def __init__(
        self, call: Call, means: Means, bridge: str, spawn: Spawn, quiet: Callable[[], None], hang_up: Callable[[str], Awaitable[None]]
    ) -> None:
        self._call = call
        self._means = means
        self._bridge = bridge
        self._spawn = spawn
        self._quiet = quiet
        self._hang_up = hang_up
        self._colleague: Colleague | None = None
        self.has_sent_elsewhere = False
        """Their phone has put the caller through to somebody else: who leaves our application now has not hung up."""

    @property
    def channel(self) -> str:
        """Theirs; empty without one."""
        return self._colleague.channel if self._colleague is not None else ""

    @property
    def is_here(self) -> bool:
        """Somebody is connected with the caller."""
        return self._colleague is not None and self._colleague.is_here

    @property
    def is_talking(self) -> bool:
        """They talk: nobody has put the caller on hold."""
        return self._colleague is not None and self._colleague.is_here and not self._colleague.is_aside

    async def ring(self, target: str, *, number: str, beside: str, ring_s: float) -> None:
        """Ring somebody for the caller `beside`, showing this number. Raises LineFailed where somebody is rung already."""
        if self._colleague is not None:
            raise LineFailed("expected one colleague at a time, got a second", code="busy")
        means = self._means
        colleague = Colleague(means.ari, means.app, self._bridge, means.name_of("agent"), self._call.tell)
        self._colleague = colleague
        self._call.claim(means.board, colleague.channel)
        failure = await colleague.call(target, number=number, beside=beside, ring_s=ring_s)
        if self._call.is_over:
            await self._hang_up(colleague.channel)
        elif failure:
            self._give_up(colleague, failure)
        elif self._colleague is colleague:
            self._spawn(self._watch(colleague, ring_s + means.timeout_s))

    async def part(self) -> None:
        """Let go of them."""
        if (colleague := self._colleague) is not None:
            await self._hang_up(colleague.channel)
            self._let_go(colleague, HUNG_UP)

    async def hold(self, *, is_on: bool) -> None:
        """They do not hear the caller meanwhile, nor the caller them. Raises AriFailed."""
        if self._colleague is not None:
            await self._colleague.stand_aside(is_on=is_on)

    async def remove(self) -> None:
        """The call is over."""
        if self._colleague is not None:
            await self._hang_up(self._colleague.channel)

    # What the Asterisk tells

    def see(self, event: Happened) -> None:
        """An event of their channel's."""
        if (colleague := self._colleague) is None:
            return
        match event.type:
            case "StasisStart":
                self._spawn(self._join(colleague))
            case "StasisEnd" | "ChannelDestroyed":
                self._let_go(colleague, event)
            case "BridgeBlindTransfer":
                self.has_sent_elsewhere = self.has_sent_elsewhere or event.result == "Success"
            case _:
                colleague.see(event)

    def find(self, present: frozenset[str]) -> None:
        """After a gap in the events: which channels there are."""
        if self._colleague is not None and self._colleague.is_asked and self._colleague.channel not in present:
            self._let_go(self._colleague, HUNG_UP)

    def swap(self, new: str) -> None:
        """Another channel has taken the place of theirs."""
        if self._colleague is not None:
            self._colleague.channel = new

    async def _join(self, colleague: Colleague) -> None:
        self._quiet()
        if not await colleague.join():
            await self._hang_up(colleague.channel)
            self._give_up(colleague, "broke")

    async def _watch(self, colleague: Colleague, limit_s: float) -> None:
        """An Asterisk that forgets to tell must not leave a caller with music for ever."""
        await self._means.sleep(limit_s)
        if self._colleague is colleague and not colleague.is_here:
            await self._hang_up(colleague.channel)
            self._give_up(colleague, "no_answer")

    def _let_go(self, colleague: Colleague, event: Happened) -> None:
        self._give_up(colleague, colleague.why_gone(event.cause))

    def _give_up(self, colleague: Colleague, why: str) -> None:
        if self._colleague is colleague and not self._call.is_over:
            self._colleague = None
            self._means.board.forget(colleague.channel)
            self._call.tell(Parted(why))
