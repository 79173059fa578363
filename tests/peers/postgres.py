"""A private PostgreSQL, durable as a real one (fsync on), with a fresh database for whoever asks."""

import itertools
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Literal

from tests.peers.processes import PeerError, Process, find_program, free_port, is_root

Stop = Literal["smart", "fast", "immediate"]
_SIGNALS: dict[Stop, signal.Signals] = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_OLDEST_VERSION = 15
START_TRIES = 20
_NOTE = """
DO $$ DECLARE one record; BEGIN
    CREATE SCHEMA noted;
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE noted.%1$I AS TABLE public.%1$I', one.name);
    END LOOP;
END $$"""
_BRING_BACK = """
SET session_replication_role = replica;
DO $$ DECLARE one record; has_rows boolean; had_rows boolean; BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%1$I), EXISTS (SELECT FROM noted.%1$I)', one.name) INTO has_rows, had_rows;
        IF has_rows THEN
            EXECUTE format('DELETE FROM public.%I', one.name);
        END IF;
        IF had_rows THEN
            EXECUTE format('INSERT INTO public.%1$I TABLE noted.%1$I', one.name);
        END IF;
    END LOOP;
    FOR one IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE public.%I RESTART', one.name);
    END LOOP;
END $$"""


class PostgresServer:
    """A cluster of our own. `restart` and `kill` keep its port and its folder."""

    def __init__(self, *, extra: tuple[str, ...] = ()) -> None:
        """`extra`: more words for its command line, such as `-c`, `max_connections=20`."""
        self._bin = _newest_bin()
        self._user = _unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="frontdesk-pg-"))
        self.port = free_port()
        self._extra = extra
        self._numbers = itertools.count(1)
        self._process: Process | None = None
        self._is_made = False

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://frontdesk@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it unless it runs, making the cluster first; returns when it answers."""
        if self._process is not None and self._process.is_running:
            return
        if not self._is_made:
            self._make_cluster()
        command = [
            str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1",
            *self._extra,
        ]  # fmt: skip
        for patience in reversed(range(START_TRIES)):
            self._process = Process(command, self.folder / "postgres.log", user=self._user, orphaned=signal.SIGQUIT)
            try:
                self._process.wait_for(self._answers, "PostgreSQL")
            except PeerError as error:  # after a kill -9 the old children may still be on their way out
                if not patience or "shared memory block" not in str(error):
                    raise
                time.sleep(0.5)
            else:
                return

    def stop(self, mode: Stop = "fast") -> None:
        """`smart` waits for its clients, `fast` sends them away, `immediate` drops everything and recovers at the next start."""
        if self._process is not None:
            self._process.stop(_SIGNALS[mode])

    def kill(self) -> None:
        """`kill -9` of the postmaster; its children notice and end."""
        if self._process is not None:
            self._process.kill()

    def restart(self, mode: Stop | Literal["kill"] = "fast") -> None:
        """Stop it in this way and start it again with the data that it has on disk."""
        if mode == "kill":
            self.kill()
        else:
            self.stop(mode)
        self.start()

    def new_database(self) -> str:
        """A fresh, empty database's name."""
        name = f"test_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def note_contents(self, database: str) -> None:
        """Remember what a database holds now, to be brought back by `bring_back`."""
        self.sql(_NOTE, database)

    def bring_back(self, database: str) -> None:
        """Let a database hold what was noted, and nobody be connected to it: a tenth of what a new one costs."""
        self.sql(_BRING_BACK, database)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for a statement: rows unaligned, without a header."""
        return _run([str(self._bin / "psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)])

    def remove(self) -> None:
        """Stop it and delete its folder."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_cluster(self) -> None:
        if self._user is not None:
            shutil.chown(self.folder, self._user, self._user)
        command = [
            str(self._bin / "initdb"), "-D", str(self.folder / "data"), "-U", "frontdesk", "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--no-instructions", "--no-sync",
        ]  # fmt: skip
        maker = Process(command, self.folder / "initdb.log", user=self._user)
        maker.wait(timeout_s=60)
        if not (self.folder / "data" / "PG_VERSION").exists():
            raise PeerError(f"initdb failed:\n{maker.log.read_text(errors='replace')[-2000:]}")
        self._is_made = True

    def _answers(self) -> bool:
        ready = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, timeout=10, check=False).returncode == 0


def _newest_bin() -> Path:
    """The folder with the newest PostgreSQL's programs: Debian keeps them off the PATH."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    folders.append(Path(find_program("postgres", *folders)).parent)
    newest = max(folders, key=_version)
    if _version(newest) < _OLDEST_VERSION:
        raise PeerError(f"PostgreSQL {_OLDEST_VERSION} or newer is needed; the newest here is {_version(newest)}")
    return newest


def _version(folder: Path) -> int:
    found = re.search(r"\d+", _run([str(folder / "postgres"), "--version"]))
    return int(found.group()) if found else 0


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as, or None where we are not root."""
    if not is_root():
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise PeerError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: run the tests as an ordinary user")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode != 0:
        raise PeerError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-1000:]}")
    return done.stdout.strip()
