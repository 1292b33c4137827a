"""What is made once on this machine, so that no provisioning has to wait for it."""

import logging
from collections.abc import Callable

from provisioning.stages import package
from provisioning.stages.errors import StageError
from sandbox.control import RUNTIME
from sandbox.realm import build_cache

_log = logging.getLogger(__name__)


def package_api(tell: Callable[[str], None]) -> None:
    """Fetch the dependencies of the STUF's API into the build cache, unless they are there.

    A runner does the same when it has to; what goes wrong here is told there, with its reason.
    """
    wanted = package.describe(RUNTIME, package.machine())
    if (build_cache() / wanted.key.rpartition("/")[2]).exists():
        return
    tell("packaging the STUF's API")
    try:
        package.build(wanted, build_cache(), _log)
    except StageError as error:
        tell(f"that did not go well, and the workflow will try again: {error}")
