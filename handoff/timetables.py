"""Opening hours as supervisors see and set them. What they set goes before the configuration file, and can be taken back to it."""

from typing import Any

from gateway.core.changes import Changes
from gateway.core.desk import Setting
from gateway.core.errors import NotFound, StaleSession
from gateway.core.handoff import Agent
from handoff.acting import Acting
from handoff.hours import understood
from handoff.opening import CHANGED, PREFIX, Timetable, stored_value, timetable, timetables
from handoff.telling import signal


class Timetables(Acting):
    """Reads what is on record, not what this process happens to know: who has just saved sees what was saved."""

    async def timetables(self) -> dict[str, Timetable]:
        """Every `[hours.NAME]` of the configuration as it holds, in its order."""
        return await timetables(self._settings, self._store)

    async def set_hours(self, agent: Agent, name: str, given: object, version: int) -> Timetable:
        """Set the hours of a name, from JSON; they hold in every process within seconds.

        `version` is that of the hours that were changed (0 where nobody has set any). Raises NotFound, Faulty with everything wrong
        with them, and StaleSession (`stale`) where somebody else has set them meanwhile.
        """
        known = await self._timetable(name)
        value = stored_value(understood(given))
        return await self._put(agent, name, known, value, version, "hours_changed")

    async def reset_hours(self, agent: Agent, name: str, version: int) -> Timetable:
        """Take the hours of a name back to the configuration file. Raises NotFound, StaleSession."""
        known = await self._timetable(name)
        if known.setting is None or (known.setting.value is None and known.setting.version == version):
            return known
        return await self._put(agent, name, known, None, version, "hours_reset")

    async def _put(
        self, agent: Agent, name: str, known: Timetable, value: dict[str, Any] | None, version: int, action: str
    ) -> Timetable:  # fmt: skip
        """Going back to the file is a version of its own: a number that came again could hide what happened in between."""
        setting = Setting(name=PREFIX + name, value=value, at=self._clock.now(), by=agent.id, version=version + 1)
        following = timetable(self._settings.hours[name], setting)
        before, after = stored_value(known.hours), stored_value(following.hours)
        differing = {key: {"from": before[key], "to": after[key]} for key in after if before[key] != after[key]}
        changes = Changes(settings=(setting,), audits=(self._audit(agent.id, action, setting.name, **_short(differing)),))
        (outcome,) = await self._store.commit([changes])
        if isinstance(outcome, StaleSession):
            raise StaleSession("somebody else has changed these hours meanwhile: look at theirs first")
        if outcome is not None:
            raise outcome
        await self._tell(None, changes)
        await signal(self._bus, CHANGED, b"")
        return following

    async def _timetable(self, name: str) -> Timetable:
        found = (await self.timetables()).get(name)
        if found is None:
            raise NotFound("no hours of this name in the configuration")
        return found


def _short(differing: dict[str, Any]) -> dict[str, Any]:
    """What an audit event keeps of a change: the week whole, of long lists of dates how many there are."""
    return {key: _counted(change) if key in ("closed", "open") else change for key, change in differing.items()}


def _counted(change: dict[str, Any]) -> dict[str, Any]:
    before, after = _dates(change["from"]), _dates(change["to"])
    return {"added": sorted(after - before)[:50], "removed": sorted(before - after)[:50], "count": len(after)}


def _dates(value: Any) -> set[str]:
    return {f"{day} {' '.join(spans)}" for day, spans in value.items()} if isinstance(value, dict) else set(value)
