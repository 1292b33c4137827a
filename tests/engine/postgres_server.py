"""A PostgreSQL for tests: the one named by STUF_TEST_POSTGRES, else one started from local binaries."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_READY_SECONDS = 30.0


def binaries() -> Path | None:
    """The folder with initdb and postgres, if there is one that can be used here."""
    found = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folders = [*([Path(found).resolve().parent] if found else []), *reversed(installed)]
    usable = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return usable[0] if usable and (os.geteuid() != 0 or _account() is not None) else None


def _account() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as instead."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


@contextmanager
def server() -> Iterator[str | None]:
    """The address (with user, without database) of a server; None when there is none."""
    given = os.environ.get("STUF_TEST_POSTGRES")
    if given:
        yield given.rsplit("/", 1)[0]
        return
    folder = binaries()
    if folder is None:
        yield None
        return
    with _started(folder) as url:
        yield url


@contextmanager
def _started(binary: Path) -> Iterator[str]:
    # Not below pytest's own folder: that one is closed to other accounts.
    home = Path(tempfile.mkdtemp(prefix="stuf-postgres-"))
    account = _account() if os.geteuid() == 0 else None
    if account is not None:
        shutil.chown(home, account)
    port = _free_port()
    data = home / "data"
    subprocess.run(
        [
            binary / "initdb",
            "-D",
            data,
            "-U",
            "stuf",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ],
        check=True,
        user=account,
        cwd=home,
        stdout=subprocess.DEVNULL,
    )
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [binary / "postgres", "-D", data, "-p", str(port), *given],
            user=account,
            cwd=home,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"postgresql://stuf@127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            psycopg.connect(f"{url}/postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def database(url: str, name: str) -> Iterator[str]:
    """A database of one's own on the server, dropped at the end."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield f"{url}/{name}"
    finally:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
