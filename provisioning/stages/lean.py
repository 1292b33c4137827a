"""Makes a folder of dependencies quick to load: a function that starts should read little and compile nothing."""

import compileall
import py_compile
import shutil
import sys
from collections.abc import Collection
from pathlib import Path


def make_lean(folder: Path, runtime: str, services: Collection[str]) -> None:
    """Leave out the descriptions of AWS services other than `services`, and compile what stays.

    It is compiled only when this Python is the runtime's: bytecode of another version is ignored. Lambda
    cannot write its own, since the package's folder is read-only there.
    """
    for described in (folder / "botocore" / "data").glob("*/"):
        if described.name not in services:
            shutil.rmtree(described)
    if runtime == f"python{sys.version_info.major}.{sys.version_info.minor}":
        compileall.compile_dir(
            folder,
            quiet=2,
            stripdir=folder,
            # The times of files do not survive packaging.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
