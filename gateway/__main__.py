"""The `frontdesk` command; `python -m gateway` is the same."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence

from config.problems import ConfigError
from gateway.commands import COMMANDS
from gateway.core.errors import FrontdeskError

GOOD, FINDING, WRONG = 0, 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 good, 1 a finding, 2 wrong use or configuration."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy reads it when loaded: its threads would cost more than these small products
    args = _understood(list(sys.argv[1:] if words is None else words))
    try:
        code: int = importlib.import_module(f"gateway.commands.{args.command}").run(args)
        sys.stdout.flush()
    except ConfigError as error:
        _tell_problems(error, as_json=args.json)
        return WRONG
    except FrontdeskError as error:
        print(f"frontdesk: {error}", file=sys.stderr)
        return FINDING
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has had enough (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
    return code


def _understood(words: list[str]) -> argparse.Namespace:
    """The command line as values; ends the process with 2 where it makes no sense. `--config` and `--json` may stand anywhere."""
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("--config", metavar="FILE", help="the configuration (default: frontdesk.toml where it exists)")
    common.add_argument("--json", action="store_true", help="print JSON")
    everywhere, rest = common.parse_known_args(words)
    parser = argparse.ArgumentParser(
        prog="frontdesk", description="A chatbot-first omnichannel gateway.", allow_abbrev=False, parents=[common]
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        epilog = "--config FILE and --json work with every command."
        one = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=epilog, allow_abbrev=False)
        if rest[:1] == [name]:  # the others' arguments are not needed, nor is importing their modules
            importlib.import_module(f"gateway.commands.{name}").arguments(one)
    args = parser.parse_args(rest)
    args.config, args.json = everywhere.config, everywhere.json
    return args


def _tell_problems(error: ConfigError, *, as_json: bool) -> None:
    if as_json:
        problems = [{"where": problem.where, "message": problem.message} for problem in error.problems]
        print(json.dumps({"problems": problems}, ensure_ascii=False, indent=2))
    else:
        for problem in error.problems:
            print(problem, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
