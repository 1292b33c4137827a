"""What a package leaves out, and what it has ready."""

import sys
from pathlib import Path

import pytest

from provisioning.stages.lean import make_lean

OURS = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "botocore/data/s3/model.json.gz",
        "botocore/data/ec2/model.json.gz",
        "botocore/data/endpoints.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "botocore" / "client.py").write_text("X = 1\n")
    return tmp_path


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_only_the_services_in_use_stay(folder: Path) -> None:
    make_lean(folder, "python2.7", ["s3"])
    assert files(folder) == {
        "botocore/data/s3/model.json.gz",
        "botocore/data/endpoints.json",
        "botocore/client.py",
    }


def test_code_is_compiled_for_the_runtime_and_names_no_place_of_this_machine(folder: Path) -> None:
    make_lean(folder, OURS, ["s3"])
    compiled = next(folder.rglob("*.pyc")).read_bytes()
    assert str(folder).encode() not in compiled
    # Flags 1: checked against nothing, so that times of files do not matter.
    assert compiled[4:8] == b"\x01\x00\x00\x00"


def test_a_folder_without_aws_is_fine(tmp_path: Path) -> None:
    make_lean(tmp_path, OURS, [])
    assert files(tmp_path) == set()
