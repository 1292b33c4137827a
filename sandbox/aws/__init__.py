"""AWS on this machine.

What a restart keeps: buckets and objects, stacks, functions, distributions, keys, secrets, sender identities,
and what was sent. The emulator saves all but objects when it is stopped gently, which `Aws.stop` does, the end
of the program does, and the next start does for an emulator that was left behind by a kill. Lost is what the
emulator held when it was itself killed, and parts of uploads that were under way.
"""

from sandbox.aws.cloud import Aws

__all__ = ["Aws"]
