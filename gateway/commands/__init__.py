"""The words of the `frontdesk` command, one module each.

A module gives `arguments(parser)`, which declares its own arguments, and `run(args) -> int`, the exit code: 0 good, 1 a finding, 2 wrong
use or configuration. Every command has `args.config` (text or None) and `args.json` (a bool), which it need not declare. It may raise
ConfigError (told as a list, 2) and FrontdeskError (told, 1). A module is imported only when its word is said, and imports what is slow
inside its functions.
"""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "run": "serve",
    "check": "read the configuration and the knowledge base, and list every problem",
    "doctor": "try every configured part, and say what to do where one fails",
    "migrate": "bring the database forward; safe to repeat",
    "kb": "ask, measure, check, convert and extend the knowledge base",
    "bot": "what another threshold or knowledge base would have done with past sessions",
    "agent": "the desk's accounts: add, list, passwd, disable",
    "dead": "events that could not be handled: list, show, replay, drop",
    "audit": "check the audit log's chain of hashes",
}
"""Each word and its help; the module has the word's name."""
