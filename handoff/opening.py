"""The hours that hold now: what was set at the desk goes before the configuration file, in every process within seconds."""

import asyncio
import contextlib
import logging

import msgspec
from msgspec import Struct

from config.schema import Hours, Settings
from gateway.core.bus import Bus
from gateway.core.desk import Setting
from gateway.core.errors import Busy, Faulty
from gateway.core.ports import Store
from handoff.hours import Calendar, understood

log = logging.getLogger(__name__)

PREFIX = "hours/"
"""What the names of settings that hold hours begin with; the name of an `[hours.NAME]` follows."""
CHANGED = "settings"
"""The topic of "a setting was changed": every process reads them again. Not the desk's own topic, which is busy."""
EVERY_S = 30.0
"""Settings are read again at least this often: a signal may be lost."""
AGAIN_S = 1.0


class Timetable(Struct, frozen=True):
    """The hours of one name as they hold, and where they come from."""

    hours: Hours
    calendar: Calendar
    setting: Setting | None = None
    """What is on record for them, whether it holds or not; a value of None means that the file's hold again."""
    problems: tuple[tuple[str, str], ...] = ()
    """Why what is on record is ignored."""

    @property
    def is_from_desk(self) -> bool:
        """Whether what was set at the desk holds."""
        return self.setting is not None and self.setting.value is not None and not self.problems


class OpeningHours:
    """When each queue has people. Reads are from memory and never wait; `follow` keeps it true."""

    def __init__(self, settings: Settings) -> None:
        """What the file says holds until `reload`."""
        self._settings = settings
        self._tables = {name: timetable(hours, None) for name, hours in settings.hours.items()}

    def calendar(self, name: str) -> Calendar | None:
        """The calendar of an `[hours.NAME]`; None where there are no such hours: always open."""
        table = self._tables.get(name)
        return None if table is None else table.calendar

    def of_queue(self, queue: str) -> Calendar | None:
        """The calendar of a queue; None: always open."""
        rules = self._settings.queues.get(queue)
        return None if rules is None else self.calendar(rules.hours)

    async def reload(self, store: Store) -> None:
        """Take what is on record. Raises Busy where it can't be read: what was known goes on to hold."""
        stored = await on_record(store)
        for name, hours in self._settings.hours.items():
            known, setting = self._tables[name], stored.get(name)
            if known.setting != setting:
                self._tables[name] = changed = timetable(hours, setting)
                _report(name, changed)

    async def follow(self, store: Store, bus: Bus) -> None:
        """Reload whenever a setting was changed, and every EVERY_S. Until cancelled."""
        while True:
            try:
                await self._listen(store, bus)
            except (Busy, OSError, TimeoutError) as trouble:
                log.warning("opening hours stay as they were known", extra={"error": type(trouble).__name__})
            except Exception:  # the outermost loop of a worker: known hours are better than no process
                log.exception("opening hours stay as they were known")
            await asyncio.sleep(AGAIN_S)

    async def _listen(self, store: Store, bus: Bus) -> None:
        subscription = await bus.subscribe(CHANGED)
        try:
            signals = aiter(subscription)
            while True:
                await self.reload(store)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        if await anext(signals, None) is None:
                            return  # the bus has closed the line: take it up again
        finally:
            await subscription.close()


async def on_record(store: Store) -> dict[str, Setting]:
    """What is on record for each name."""
    return {setting.name.removeprefix(PREFIX): setting for setting in await store.settings(PREFIX)}


async def timetables(settings: Settings, store: Store) -> dict[str, Timetable]:
    """Every `[hours.NAME]` of the configuration with what is on record for it, in the configuration's order."""
    stored = await on_record(store)
    return {name: timetable(hours, stored.get(name)) for name, hours in settings.hours.items()}


def timetable(hours: Hours, setting: Setting | None) -> Timetable:
    """The hours of the file, with what is on record for them before it. Pure. What makes no sense on record is ignored, and says so."""
    if setting is None or setting.value is None:
        return Timetable(hours, Calendar(hours), setting)
    try:
        given = understood(setting.value)
    except Faulty as error:
        return Timetable(hours, Calendar(hours), setting, error.problems)
    return Timetable(given, Calendar(given), setting)


def stored_value(hours: Hours) -> dict[str, object]:
    """Hours as a setting keeps them."""
    value: dict[str, object] = msgspec.to_builtins(hours)
    return value


def _report(name: str, table: Timetable) -> None:
    if table.problems:
        wrong = "; ".join(f"{key}: {message}" for key, message in table.problems[:3])
        log.error("opening hours that were set at the desk are ignored: the file's hold", extra={"hours": name, "problems": wrong})
    else:
        log.info("opening hours", extra={"hours": name, "source": "desk" if table.is_from_desk else "file"})
