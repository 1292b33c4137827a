"""AWS on this machine."""

from sandbox.aws.cloud import Aws

__all__ = ["Aws"]
