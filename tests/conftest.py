"""What holds for every test: nothing of the machine's own set-up shows, and no test fails for being slow."""

import os

import pytest
from hypothesis import settings

# A loaded machine is no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_OWN = ("STUF_", "ZULIP_", "AWS_", "GITHUB_")
_MEANT = frozenset({"STUF_BUILD_CACHE", "STUF_CONTRACTS", "STUF_AWS_PYTHON", "STUF_TEST_POSTGRES"})

# What the person who runs the tests has set for programs of their own is not for these.
for _name in [name for name in os.environ if name.startswith(_OWN) and name not in _MEANT]:
    del os.environ[_name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest. Pytest-xdist keeps that order and a file's tests in one process (see the Makefile)."""
    items.sort(key=lambda item: item.get_closest_marker("realm") is None)
