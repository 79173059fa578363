"""`frontdesk check`: everything wrong with the configuration and the knowledge base, at once, without starting anything."""

import argparse
from collections.abc import Iterator

from config.loader import Key
from config.problems import ConfigError, Problem
from config.schema import Settings
from gateway.commands import published
from gateway.commands.settings import config_file, load_settings, tell
from gateway.knowledge import load_knowledge


def arguments(parser: argparse.ArgumentParser) -> None: ...


def run(args: argparse.Namespace) -> int:
    knowledge = KnowledgeCheck()
    try:
        load_settings(args, checks=[knowledge])
        problems: list[Problem] = []
    except ConfigError as error:
        problems = list(error.problems)
    problems += knowledge.problems
    if problems:
        raise ConfigError(problems)
    file, settings = config_file(args), load_settings(args)
    changed = published.note(settings)
    found = {"ok": True, "config": str(file) if file else None, "knowledge": knowledge.path, "entries": knowledge.entry_count}
    found |= {"note": changed} if changed else {}
    tell(
        args,
        found,
        [
            f"{file or 'no frontdesk.toml, the built-in settings'}: good",
            f"{knowledge.path or 'the sample knowledge base'}: good, {knowledge.entry_count} entries",
            *([changed] if changed else []),
        ],
    )
    return 0


class KnowledgeCheck:
    """Reads the knowledge base that the settings name, even where other settings are wrong: all problems belong on one list."""

    def __init__(self) -> None:
        self.path = ""
        self.entry_count = 0
        self.problems: list[Problem] = []

    def __call__(self, settings: Settings) -> Iterator[tuple[Key, str]]:
        self.path = settings.bot.knowledge
        try:
            entries = load_knowledge(self.path)
        except ConfigError as error:
            self.problems = list(error.problems)
            return
        self.entry_count = len(entries)
        for entry in entries:
            target = entry.action["http"]["target"] if entry.action else None
            if target is not None and target not in settings.bot.actions:
                yield ("bot", "actions", str(target)), f"expected this table: the action of entry {entry.id} asks it"
