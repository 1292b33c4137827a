import logging
import zipfile
from pathlib import Path

import pytest

from provisioning.stages.package import Package, build, describe, machine

RUNTIME = "python3.12"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """An application without dependencies."""
    folder = tmp_path / "application"
    for name, content in {
        "api/handler.py": "handler = None\n",
        "api/requirements.txt": "",
        "api/aws-services.txt": "s3",
        "api/data/model.json.gz": "packed",
        "api/__pycache__/handler.pyc": "left over",
        "spa/index.html": "<!doctype html>",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def describe_here(application: Path, runtime: str = RUNTIME, architecture: str = "x86_64") -> Package:
    return describe(runtime, architecture, application)


def test_equal_sources_make_equal_names(application: Path) -> None:
    assert describe_here(application) == describe_here(application)


def test_rests_of_running_it_do_not_count(application: Path) -> None:
    before = describe_here(application)
    (application / "api" / "__pycache__" / "other.pyc").write_text("more")
    assert describe_here(application) == before


@pytest.mark.parametrize("name", ["api/handler.py", "api/requirements.txt"])
def test_another_source_or_pin_makes_another_package(application: Path, name: str) -> None:
    before = describe_here(application)
    (application / name).write_text("# changed\n")
    after = describe_here(application)
    assert after.key != before.key
    assert after.version != before.version


def test_another_page_is_another_version_of_the_same_package(application: Path) -> None:
    before = describe_here(application)
    (application / "spa" / "index.html").write_text("<!doctype html><title>new</title>")
    after = describe_here(application)
    assert after.key == before.key
    assert after.version != before.version


def test_runtime_and_processor_make_packages_of_their_own(application: Path) -> None:
    keys = {
        describe_here(application, runtime, arch).key
        for runtime in (RUNTIME, "python3.13")
        for arch in ("x86_64", "arm64")
    }
    assert len(keys) == 4


def test_the_same_package_is_the_same_file_to_the_byte(
    application: Path, tmp_path: Path, quiet: logging.Logger
) -> None:
    package = describe_here(application)
    first = build(package, tmp_path / "one", quiet, application).read_bytes()
    for file in application.rglob("*"):
        file.touch()
    assert build(package, tmp_path / "two", quiet, application).read_bytes() == first


def test_the_package_holds_the_api_and_nothing_else(
    application: Path, tmp_path: Path, quiet: logging.Logger
) -> None:
    path = build(describe_here(application), tmp_path / "cache", quiet, application)
    with zipfile.ZipFile(path) as packed:
        assert sorted(packed.namelist()) == [
            "aws-services.txt",
            "data/model.json.gz",
            "handler.py",
            "requirements.txt",
        ]
        assert packed.getinfo("data/model.json.gz").compress_type == zipfile.ZIP_STORED


def test_what_was_made_is_not_made_again(application: Path, tmp_path: Path, quiet: logging.Logger) -> None:
    package = describe_here(application)
    path = build(package, tmp_path, quiet, application)
    path.write_text("kept")
    assert build(package, tmp_path, quiet, application).read_text() == "kept"


def test_the_processor_bears_lambdas_name() -> None:
    assert machine() in {"x86_64", "arm64"}
