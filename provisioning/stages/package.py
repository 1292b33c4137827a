"""Packages the API for Lambda: its code and its pinned dependencies in one zip, known by its content."""

import hashlib
import logging
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provisioning.stages.errors import Reason, StageError
from provisioning.stages.lean import make_lean

APPLICATION: Final = Path(__file__).resolve().parents[1] / "template" / "application"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT: Final = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "bin"})
# Goes up when the way of packaging changes, so that old packages are not taken for new ones.
_FORM: Final = "2"


@dataclass(frozen=True)
class Package:
    """What is to run where. `key` is the artefact's name in its bucket, `version` what the API answers."""

    runtime: str
    architecture: str
    key: str
    version: str


def machine() -> str:
    """Lambda's name of this machine's processor, for which packages are made."""
    return "arm64" if platform.machine().lower() in {"aarch64", "arm64"} else "x86_64"


def describe(runtime: str, architecture: str, application: Path = APPLICATION) -> Package:
    """The package that the sources make; equal sources, pins, runtime and processor give equal names."""
    api = _digest(_files(application / "api"), application, (_FORM, runtime, architecture))
    whole = _digest(_files(application), application, (api,))
    return Package(runtime, architecture, key=f"api/{api}.zip", version=whole[:12])


def build(package: Package, cache: Path, log: logging.Logger, application: Path = APPLICATION) -> Path:
    """The zip of the package, from the cache if it was made before; StageError if a dependency is not to be had."""
    path = cache / Path(package.key).name
    if path.exists():
        log.info("The package was made before: %s", path.name)
        return path
    cache.mkdir(parents=True, exist_ok=True)
    dependencies = _dependencies(package, cache, log, application / "api")
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        half = Path(folder) / path.name
        with zipfile.ZipFile(half, "w") as packed:
            for root, left_out in ((dependencies, frozenset({"bin"})), (application / "api", _LEFT_OUT)):
                for file in _files(root, left_out):
                    _add(packed, file, file.relative_to(root))
        half.replace(path)  # Whoever finds the file finds it whole.
    log.info("Packaged the API: %s, %.1f MB", path.name, path.stat().st_size / 1e6)
    return path


def _dependencies(package: Package, cache: Path, log: logging.Logger, api: Path) -> Path:
    """A folder with the pinned dependencies, for the runtime's Python rather than for the one that runs here."""
    requirements, services = api / "requirements.txt", api / "aws-services.txt"
    name = _digest([requirements, services], api, (_FORM, package.runtime, package.architecture))[:16]
    folder = cache / f"dependencies-{name}"
    if folder.exists():
        return folder
    log.info("Fetching the API's dependencies for %s on %s", package.runtime, package.architecture)
    processor = "aarch64" if package.architecture == "arm64" else "x86_64"
    version = package.runtime.removeprefix("python")
    with tempfile.TemporaryDirectory(dir=cache) as half:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ]
        command += [
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            "--no-compile",
            "--target",
            f"{half}/whole",
        ]
        command += ["--implementation", "cp", "--python-version", version]
        # Lambda's runtimes from Python 3.12 on have glibc 2.34, the earlier ones 2.26.
        newest = ("2_28", "2_17") if int(version.split(".")[1]) > 11 else ("2_26", "2_17")  # noqa: PLR2004
        for libc in newest:
            command += ["--platform", f"manylinux_{libc}_{processor}"]
        command += ["--platform", f"manylinux2014_{processor}", "-r", str(requirements)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if ended.returncode:
            errors = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")]
            raise StageError(
                Reason.PACKAGE_FAILED,
                f"The API's dependencies cannot be had for {package.runtime}: "
                f"{' '.join(errors)[-300:] or 'pip gave no reason'}. Check the variable LAMBDA_RUNTIME and the "
                "runner's access to the package index, then retry.",
                tuple(ended.stderr.splitlines()[-5:]),
            )
        whole = Path(half) / "whole"
        make_lean(whole, package.runtime, services.read_text().split())
        if not folder.exists():
            whole.rename(folder)  # Whoever finds the folder finds it whole.
    return folder


def _files(root: Path, left_out: AbstractSet[str] = _LEFT_OUT) -> list[Path]:
    """The files below `root` that belong to it, in a stable order."""
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and left_out.isdisjoint(path.relative_to(root).parts)
    )


def _digest(files: Iterable[Path], root: Path, also: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for piece in _pieces(files, root, also):
        whole.update(len(piece).to_bytes(8, "big"))
        whole.update(piece)
    return whole.hexdigest()


def _pieces(files: Iterable[Path], root: Path, also: Iterable[str]) -> Iterator[bytes]:
    yield from (word.encode() for word in also)
    for file in files:
        yield file.relative_to(root).as_posix().encode()
        yield file.read_bytes()


def _add(packed: zipfile.ZipFile, file: Path, name: Path) -> None:
    """Add a file such that the same content always makes the same zip."""
    entry = zipfile.ZipInfo(name.as_posix(), _EPOCH)
    entry.external_attr = 0o644 << 16
    # Much of the AWS client's data is compressed already.
    entry.compress_type = zipfile.ZIP_STORED if file.suffix == ".gz" else zipfile.ZIP_DEFLATED
    packed.writestr(entry, file.read_bytes())
