"""Whether a Redis keeps what it has acknowledged; one that does not is refused, or at least called out."""

import logging

from config.problems import ConfigError, Problem
from gateway.bus.redis_link import Link
from gateway.bus.redis_nodes import Node

log = logging.getLogger(__name__)

_LANES = "fd:lanes"


async def check_durability(link: Link, *, is_required: bool) -> None:
    """Raises ConfigError for a Redis without an append-only file, or one that may evict lanes, unless that is allowed by the settings.

    Of a cluster every master is asked: each holds some of the lanes.
    """
    try:
        settings = [await _settings(link, node) for node in link.nodes.masters]
    except ConnectionError:
        log.warning("Redis does not tell its configuration (CONFIG GET is forbidden): make sure of appendonly yes, appendfsync always")
        return
    problems = _problems(settings)
    if problems and is_required:
        raise ConfigError(problems)
    for problem in problems:
        log.warning("Redis is not safe, and bus.require_durable is false: %s", problem.message)
    lax = [setting["appendfsync"] for setting in settings if setting["appendfsync"] != "always"]
    if lax and not problems:
        log.warning(
            "Redis's appendfsync is not `always`: when its machine (not only its process) dies, messages that were acknowledged "
            "within the last second or so are lost",
            extra={"appendfsync": lax[0]},
        )


async def check_lane_count(link: Link, lane_count: int) -> None:
    """Raises ConfigError where this Redis is in use with another number of lanes: threads would change lanes, and lose their order."""
    await link.do("SET", _LANES, lane_count, "NX")
    stored = int(await link.do("GET", _LANES))
    if stored != lane_count:
        raise ConfigError([Problem("[bus] lanes", f"expected {stored}, with which this Redis is in use, not {lane_count}")])


def _problems(settings: list[dict[str, str]]) -> list[Problem]:
    found = []
    if any(setting["appendonly"] != "yes" for setting in settings):
        found.append(Problem("[bus] url", "expected a Redis with `appendonly yes`: this one forgets acknowledged messages when it stops"))
    evicting = [setting["maxmemory-policy"] for setting in settings if setting["maxmemory-policy"] not in ("noeviction", "")]
    if evicting:
        said = f"expected `maxmemory-policy noeviction`: {evicting[0]} may evict lanes and the keys that tell repeats"
        found.append(Problem("[bus] url", said))
    return found


async def _settings(link: Link, node: Node) -> dict[str, str]:
    return {name: await _setting(link, node, name) for name in ("appendonly", "appendfsync", "maxmemory-policy")}


async def _setting(link: Link, node: Node, name: str) -> str:
    answer = await link.do_at(node, "CONFIG", "GET", name)
    values = answer if isinstance(answer, dict) else dict(zip(answer[::2], answer[1::2], strict=True))
    for value in values.values():
        return value.decode() if isinstance(value, bytes) else str(value)
    return ""
