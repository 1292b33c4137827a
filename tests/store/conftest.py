"""Databases of both kinds; PostgreSQL where a server's programs are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from stuf_bot.store.database import Database, open_database

POSTGRES = shutil.which("postgres") and shutil.which("initdb")
_START_SECONDS = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(server).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of our own, as nobody where we are root (PostgreSQL refuses root)."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed")
    # Not in pytest's own folder, which only the owner may enter.
    home = Path(tempfile.mkdtemp(prefix="stuf-postgres-"))
    data, port = home / "data", _free_port()
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user)
    run = {"user": user, "cwd": home} if user else {"cwd": home}
    subprocess.run(
        ["initdb", "-D", data, "-U", "stuf", "--auth=trust", "--no-sync"],
        check=True,
        capture_output=True,
        **run,
    )
    server = subprocess.Popen(
        ["postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(home), "-F"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **run,
    )
    try:
        _wait_for(f"host=127.0.0.1 port={port} user=stuf dbname=postgres")
        yield f"postgresql://stuf@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bot.sqlite'}"
    server: str = request.getfixturevalue("postgres_url")
    name = f"bot_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.replace("/postgres", f"/{name}")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = open_database(url)
    yield made
    made.close()
