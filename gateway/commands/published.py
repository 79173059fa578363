"""What was published of the knowledge base, for commands that work without a running gateway."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from config.problems import ConfigError
from config.schema import Settings
from gateway.clock import SystemClock
from gateway.contents import Contents, unpacked
from gateway.core.errors import Busy
from gateway.knowledge import KnowledgeFiles
from gateway.store import open_store
from gateway.store.peek import published as peek

if TYPE_CHECKING:
    from gateway.core.knowledge import Revision


def in_force(settings: Settings) -> "tuple[Revision, Contents | None] | None":
    """The revision that customers are answered from, and its entries (None: they can't be read).

    None: the files hold, as far as can be told without a record that answers.
    """
    store = open_store(settings.store, data_dir=Path(settings.gateway.data_dir), clock=SystemClock())
    try:
        found = asyncio.run(peek(store, settings.store))
    except Busy:
        return None
    if found is None:
        return None
    revision, kept = found
    try:
        return revision, None if kept is None else unpacked(kept, f"revision {revision.number}")
    except ConfigError:
        return revision, None


def has_changed_files(revision: "Revision", files: KnowledgeFiles) -> bool:
    """Whether the files say something else than when they were last taken over, and than what is in force."""
    try:
        return files.contents().digest not in {revision.digest, revision.files_digest}
    except ConfigError:
        return True


def note(settings: Settings) -> str:
    """What a command says where the files are not what customers are answered from; empty: they are."""
    found = in_force(settings)
    if found is None:
        return ""
    revision = found[0]
    if not has_changed_files(revision, KnowledgeFiles(settings.bot.knowledge)):
        return ""
    return (
        f"revision {revision.number} of the knowledge base, published {revision.at:%Y-%m-%d %H:%M} UTC, is in force; the files have "
        "changed since. `frontdesk kb publish --from files` takes them over; `frontdesk kb export` writes what is in force."
    )
