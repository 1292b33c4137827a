"""Operations: plain functions over named steps. They know no Zulip and no engine."""

from provisioning.nudges import Nudges
from provisioning.operations.abandon import abandon
from provisioning.operations.provision import provision
from provisioning.operations.services import Services
from provisioning.operations.steps import MemorySteps, Steps
from provisioning.operations.test import test

__all__ = ["MemorySteps", "Nudges", "Services", "Steps", "abandon", "provision", "test"]
