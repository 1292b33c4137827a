"""A STUF that the stages make on the embedded AWS and GitHub."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stuf_place import OWNER, REGION, SENDER, Place

from sandbox.aws import Aws
from sandbox.github import GitHub, Runner


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("stages")
    aws = Aws(folder / "aws")
    github = GitHub(folder / "github", runner=Runner())
    aws.start()
    try:
        aws.prepare(SENDER, REGION)
        github.start()
        try:
            github.create_account(OWNER, "Organization")
            yield Place(aws, github, github.create_token(OWNER), folder)
        finally:
            github.stop()
    finally:
        aws.stop()


@pytest.fixture
def quiet() -> logging.Logger:
    """A logger that nobody hears."""
    log = logging.getLogger("provisioning.stages.quiet")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log
