"""Access tokens: one flight at a time among all processes, renewed early, forced seldom, and asked for again exactly once."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.shared.wechat.calls import Answer, Api, Calls, read_answer
from adapters.shared.wechat.codes import Refusal
from adapters.shared.wechat.tokens import Fresh, Kept, Tokens
from gateway.core.errors import Busy, TryLater, Uncertain
from tests.unit.adapters.wechat_account import Leases, Shelf


class Platform:
    """Gives the same token until it is over or another is forced, and counts."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.asked: list[bool] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.pause = 0
        self.number = 0
        self.until_s = 0.0
        self.trouble: Exception | None = None

    @property
    def token(self) -> str:
        return f"token{self.number}" + "x" * 500

    def now(self) -> float:
        return self.now_s

    async def fetch(self, *, is_forced: bool) -> Fresh:
        self.asked.append(is_forced)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            for _ in range(self.pause):
                await asyncio.sleep(0)
        finally:
            self.in_flight -= 1
        if self.trouble:
            raise self.trouble
        if is_forced or self.until_s - self.now_s <= 300:
            self.number, self.until_s = self.number + 1, self.now_s + 7200
        return Fresh(self.token, self.until_s - self.now_s)


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


def process(platform: Platform, shelf: Shelf | None = None, leases: Leases | None = None) -> Tokens:
    """The tokens of one process."""
    return Tokens("wx1", platform.fetch, shelf=shelf or Shelf(), leases=leases or Leases(), now_s=platform.now, sleep=no_sleep)


async def test_many_callers_share_one_flight() -> None:
    platform = Platform()
    platform.pause = 3
    ours = process(platform)
    assert set(await asyncio.gather(*(ours.current() for _ in range(20)))) == {"token1" + "x" * 500}
    assert platform.asked == [False]


async def test_a_token_is_renewed_five_minutes_before_its_end() -> None:
    platform = Platform()
    ours = process(platform)
    first = await ours.current()
    platform.now_s += 6_899
    assert await ours.current() == first
    platform.now_s += 2
    assert await ours.current() != first
    assert platform.asked == [False, False]


async def test_another_process_finds_it_on_the_shelf() -> None:
    platform, shelf, held = Platform(), Shelf(), dict[str, Leases]()
    first, second = process(platform, shelf, Leases(held)), process(platform, shelf, Leases(held))
    assert await first.current() == await second.current()
    assert platform.asked == [False]
    assert 0 < shelf.ttls["token/wx1"] <= 6900


async def test_a_token_that_ends_soon_is_still_used() -> None:
    """Asked for right at the edge, the platform may give one of less than five minutes: not a reason to ask at every call."""
    platform = Platform()
    platform.number, platform.until_s = 1, platform.now_s + 301
    ours = process(platform)
    await ours.current()
    platform.now_s += 100
    await ours.current()
    assert platform.asked == [False]


async def test_a_refused_token_is_replaced_by_what_another_process_has_fetched() -> None:
    platform, shelf, held = Platform(), Shelf(), dict[str, Leases]()
    first, second = process(platform, shelf, Leases(held)), process(platform, shelf, Leases(held))
    old = await first.current()
    assert await second.current() == old
    new = await second.renewed(old)
    assert new != old
    assert await first.renewed(old) == new
    assert platform.asked == [False, False, True]


async def test_another_token_is_forced_only_twenty_times_a_day_and_thirty_seconds_apart() -> None:
    platform = Platform()
    ours = process(platform)
    token = await ours.current()
    forced = 0
    for _ in range(30):
        again = await ours.renewed(token)
        assert await ours.renewed(again) == again, "not within thirty seconds"
        platform.now_s += 31
        token = again
    forced = platform.asked.count(True)
    assert forced == 20
    platform.now_s += 86_400
    await ours.renewed(await ours.current())
    assert platform.asked.count(True) == 21


async def test_a_bus_and_a_shelf_that_are_away_stop_nobody() -> None:
    class Away(Shelf, Leases):
        async def get(self, name: str) -> str | None:
            raise Busy("redis", 1)

        async def put(self, name: str, value: str, ttl_s: float) -> None:
            raise ConnectionError

        async def take(self, name: str, ttl_s: float) -> bool:
            raise ConnectionError

        async def give_back(self, name: str) -> None:
            raise Busy("redis", 1)

    platform, away = Platform(), Away()
    assert (await process(platform, away, away).current()).startswith("token1")


async def test_rubbish_on_the_shelf_is_no_token() -> None:
    platform, shelf = Platform(), Shelf()
    for rubbish in ("", "{}", "[]", '{"token": 1}', "nonsense"):
        shelf.values["token/wx1"] = rubbish
        assert (await process(platform, shelf).current()).startswith("token")


@pytest.mark.parametrize("trouble", [Refusal(40125), Refusal(-1), Refusal(99999), Uncertain("timeout"), TryLater("no connection")])
async def test_without_a_token_a_message_may_be_tried_later(trouble: Exception) -> None:
    platform = Platform()
    platform.trouble = trouble
    ours = process(platform)
    with pytest.raises(TryLater) as refused:
        await ours.current()
    assert "token" not in repr(refused.value.args[1:])
    platform.trouble = None
    assert await ours.current()


async def test_a_process_that_hangs_in_its_fetch_holds_up_the_others_for_a_while_only() -> None:
    platform, held = Platform(), {"token/wx1": Leases()}
    with pytest.raises(TryLater, match="another process"):
        await process(platform, leases=Leases(held)).current()
    assert platform.asked == []


async def test_a_caller_that_is_cancelled_leaves_the_way_free() -> None:
    platform = Platform()
    platform.pause = 5
    ours = process(platform)
    first = asyncio.create_task(ours.current())
    second = asyncio.create_task(ours.current())
    for _ in range(3):
        await asyncio.sleep(0)
    first.cancel()
    assert (await second).startswith("token1")
    assert platform.most_in_flight == 1


# ---- with calls -----------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), processes=st.integers(1, 3), expired=st.lists(st.booleans(), max_size=6))
def test_any_interleaving_makes_one_flight_and_at_most_one_more_call(seed: int, processes: int, expired: list[bool]) -> None:
    """Tokens die, callers of several processes come together: nobody calls more than twice, and two processes never fetch at once."""
    chance, platform, shelf, held = random.Random(seed), Platform(), Shelf(), dict[str, Leases]()
    platform.pause = chance.randrange(4)
    apis = [(Api(Calls("http://x", timeout_s=1, now_s=platform.now), process(platform, shelf, Leases(held)))) for _ in range(processes)]
    tries: dict[int, int] = {}

    async def call(number: int) -> str:
        for _ in range(chance.randrange(5)):
            await asyncio.sleep(0)

        async def once(token: str) -> Answer:
            tries[number] = tries.get(number, 0) + 1
            await asyncio.sleep(0)
            if token != platform.token:
                raise Refusal(42001)
            return {"token": token}

        try:
            return str((await chance.choice(apis).with_token(once))["token"])
        except Refusal as refusal:
            return f"refused {refusal.code}"

    async def all_of_it() -> None:
        number = 0
        for is_expired in [False, *expired]:
            if is_expired:
                platform.until_s = 0.0
                platform.now_s += 31
            calls = range(number, number + chance.randrange(1, 8))
            number += len(calls)
            said = await asyncio.gather(*map(call, calls))
            assert set(said) == {platform.token}

    asyncio.run(all_of_it())
    assert platform.most_in_flight == 1
    assert max(tries.values()) <= 2


async def test_a_second_refusal_is_told_and_not_tried_again() -> None:
    platform, tries = Platform(), 0

    async def never(token: str) -> Answer:
        nonlocal tries
        tries += 1
        raise Refusal(40001)

    with pytest.raises(Refusal):
        await Api(Calls("http://x", timeout_s=1, now_s=platform.now), process(platform)).with_token(never)
    assert tries == 2


def test_a_token_is_not_shown_by_what_holds_it() -> None:
    assert "token7" not in repr((Fresh("token7", 7200), Kept("token7", 7200)))


@pytest.mark.parametrize("code", [b'"0"', b"null", b"true", b"[0]", b"-1.0"])
def test_an_answer_that_says_neither_yes_nor_no_leaves_it_open_whether_the_call_was_taken(code: bytes) -> None:
    with pytest.raises(Uncertain):
        read_answer(b'{"errcode": ' + code + b"}")
