"""The tests of one file share what it starts, so `make test` has to run them in one process and in their order."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
TOLD = """import os
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(6))
def test_one(number):
    with Path(__file__).with_suffix(".txt").open("a") as ran:
        ran.write(f"{os.environ['PYTEST_XDIST_WORKER']} {number}\\n")
"""


def commands() -> list[list[str]]:
    """What `make test` and `make test-all` give to pytest, but for which tests."""
    lines = [line for line in MAKEFILE.read_text("utf-8").splitlines() if " -m pytest " in line]
    return [shlex.split(line.partition(" -m pytest ")[2].replace("$(JOBS)", "2"))[:-1] for line in lines]


@pytest.mark.parametrize("words", commands(), ids=["test", "test-all"])
def test_a_file_is_run_in_one_process_and_in_its_order(tmp_path: Path, words: list[str]) -> None:
    files = [tmp_path / f"test_{name}.py" for name in ("first", "second", "third", "fourth")]
    for file in files:
        file.write_text(TOLD, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run([sys.executable, "-m", "pytest", *words], cwd=tmp_path, env=environment, check=True)
    for file in files:
        ran = [line.split() for line in file.with_suffix(".txt").read_text("utf-8").splitlines()]
        assert len({process for process, _ in ran}) == 1
        assert [number for _, number in ran] == ["0", "1", "2", "3", "4", "5"]
