"""`python -m bench [--json] [NAME ...]`: run benchmarks, print one table or JSON. Exit 1 when a "must" is missed."""

import argparse
import sys
from collections.abc import Callable, Sequence

import msgspec

from bench.backlog import recovery_backlog
from bench.deciding import bot_decide
from bench.desk import desk_paint, desk_scroll, desk_shift
from bench.mail import email_in, email_out, email_reply
from bench.peers import webchat_turns_peer
from bench.phone import phone_calls, phone_keys, phone_waits
from bench.picking import queue_pick
from bench.posting import http_turns
from bench.result import NotHere, Result
from bench.scaling import turns_redis
from bench.sockets import idle_sockets
from bench.starting import cold_start, recovery
from bench.webchat import webchat_latency, webchat_turns
from bench.wechat import wechat_push

BENCHMARKS: dict[str, Callable[..., Result]] = {
    "webchat_turns": webchat_turns,
    "webchat_turns_peer": webchat_turns_peer,
    "webchat_latency": webchat_latency,
    "http_turns": http_turns,
    "wechat_push": wechat_push,
    "email_in": email_in,
    "email_out": email_out,
    "email_reply": email_reply,
    "phone_calls": phone_calls,
    "phone_waits": phone_waits,
    "phone_keys": phone_keys,
    "turns_redis": turns_redis,
    "idle_sockets": idle_sockets,
    "cold_start": cold_start,
    "recovery": recovery,
    "recovery_backlog": recovery_backlog,
    "bot_decide": bot_decide,
    "queue_pick": queue_pick,
    "desk_paint": desk_paint,
    "desk_scroll": desk_scroll,
    "desk_shift": desk_shift,
}


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    unknown = set(args.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    results = []
    for name in args.names or BENCHMARKS:
        print(f"running {name} ...", file=sys.stderr, flush=True)
        try:
            results.append(BENCHMARKS[name]())
        except NotHere as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr, flush=True)
    print(msgspec.json.encode(results).decode() if args.json else table(results))
    return 0 if all(result.is_met for result in results) else 1


def table(results: list[Result]) -> str:
    """The scoreboard."""
    lines = [f"{'benchmark':<18} {'ratio':>8}  {'must':<16} {'goal':<16} {'met':<4} against"]
    for result in results:
        met = "yes" if result.is_met else "NO"
        lines.append(f"{result.name:<18} {result.ratio:>8.3f}  {result.must:<16} {result.goal:<16} {met:<4} {result.against}")
        lines.append(" " * 20 + ", ".join(f"{name} {value:,.2f}" for name, value in result.figures.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
