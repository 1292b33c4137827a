"""What a stage has at hand."""

import logging
from dataclasses import dataclass
from functools import cached_property

from provisioning.stages.aws import Aws
from provisioning.stages.settings import Settings
from provisioning.stages.work import Work


@dataclass
class Run:
    """One stage of one attempt: what it was told, where it leaves things, where it says what it does."""

    settings: Settings
    work: Work
    log: logging.Logger

    @cached_property
    def aws(self) -> Aws:
        """AWS in the region of the STUF."""
        return Aws(self.settings.region)
