"""The private servers that other tests stand on keep their promises themselves."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.postgres import PostgresServer
from tests.peers.processes import PeerError, find_program, is_listening, wait_until
from tests.peers.redis import RedisServer


def test_redis_keeps_what_it_acknowledged_through_kill_9(redis_server: RedisServer, redis_url: str) -> None:
    assert redis_server.command("SET order 17") == "+OK"
    redis_server.restart(is_killed=True)
    assert redis_server.command("STRLEN order") == ":2"
    assert redis_server.url == redis_url


def test_redis_is_empty_for_every_test(redis_server: RedisServer, redis_url: str) -> None:
    assert redis_server.command("DBSIZE") == ":0"


def test_redis_is_started_again_for_the_next_test(redis_server: RedisServer, request: pytest.FixtureRequest) -> None:
    redis_server.kill()
    request.getfixturevalue("redis_url")
    assert redis_server.command("PING") == "+PONG"


def test_a_careless_redis_has_no_append_only_file() -> None:
    server = RedisServer(is_durable=False)
    try:
        server.start()
        assert server.command("CONFIG GET appendonly") == "*2"
        assert not (server.folder / "appendonlydir").exists()
    finally:
        server.remove()
    assert not server.folder.exists()
    assert not is_listening(server.port)


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
def test_postgres_keeps_what_it_committed(postgres_server: PostgresServer, postgres_url: str, mode: str) -> None:
    database = postgres_url.rsplit("/", 1)[1]
    postgres_server.sql("CREATE TABLE orders AS SELECT 17 AS number", database)
    postgres_server.restart(mode)  # type: ignore[arg-type]  # the parameters are the literals
    assert postgres_server.sql("SELECT number FROM orders", database) == "17"


def test_postgres_syncs_to_disk_like_a_real_one(postgres_server: PostgresServer, postgres_url: str) -> None:
    assert postgres_server.sql("SHOW fsync") == "on"
    assert postgres_server.sql("SHOW synchronous_commit") == "on"


def test_every_test_has_a_database_of_its_own(postgres_server: PostgresServer, postgres_url: str) -> None:
    other = postgres_server.new_database()
    assert other != postgres_url.rsplit("/", 1)[1]
    postgres_server.drop_database(other)
    with pytest.raises(PeerError, match="does not exist"):
        postgres_server.sql("SELECT 1", other)


def test_a_missing_program_is_named_with_the_way_to_install_it() -> None:
    with pytest.raises(PeerError, match="no-such-server is not installed; `make test` installs it"):
        find_program("no-such-server")


def test_a_server_dies_with_the_test_process_that_started_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = (
        "import os, pathlib, signal\nfrom tests.peers.redis import RedisServer\n"
        "server = RedisServer()\nserver.start()\n"
        f"pathlib.Path({str(told)!r}).write_text(f'{{server.port}} {{server.folder}}')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert done.returncode == -9
    port, folder = told.read_text().split()
    wait_until(lambda: not is_listening(int(port)), "the orphaned Redis's end")
    shutil.rmtree(folder)
