"""What happens to one call, in order."""

from adapters.phone.driver import Digit, Ended, LegEvent, Sound
from adapters.phone.happenings import EVENTS_MAX_COUNT, SOUNDS_MAX_COUNT, Happenings


async def _all(happenings: Happenings) -> list[LegEvent]:
    return [event async for event in happenings.follow()]


async def test_the_end_comes_once_and_last() -> None:
    happenings = Happenings()
    for event in (Digit("1"), Ended("hung_up"), Digit("2"), Ended("lost")):
        happenings.tell(event)
    assert happenings.is_over
    assert await _all(happenings) == [Digit("1"), Ended("hung_up")]


async def test_who_listens_too_slowly_loses_the_oldest_sound_alone() -> None:
    happenings = Happenings()
    happenings.tell(Digit("1"))
    for index in range(SOUNDS_MAX_COUNT + 1):
        happenings.tell(Sound(index.to_bytes(2, "big")))
    happenings.tell(Ended("hung_up"))
    told = await _all(happenings)
    assert told[:2] == [Digit("1"), Sound(b"\0\1")]
    assert len(told) == SOUNDS_MAX_COUNT + 2


async def test_keys_without_end_are_limited() -> None:
    happenings = Happenings()
    for _ in range(EVENTS_MAX_COUNT + 50):
        happenings.tell(Digit("1"))
    happenings.tell(Ended("hung_up"))
    assert len(await _all(happenings)) == EVENTS_MAX_COUNT + 1
