"""Why the fleet refuses: answers for a person, not faults."""

from provisioning.records import Operation, Stuf


class SlugTaken(Exception):  # noqa: N818 - an answer, no fault.
    """The slug belongs to `stuf`."""

    def __init__(self, stuf: Stuf) -> None:
        super().__init__(f"the slug {stuf.slug} is in use")
        self.stuf = stuf


class UnknownStuf(LookupError):  # noqa: N818 - an answer, no fault.
    """No STUF has this slug now."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is no STUF {slug}")
        self.slug = slug


class LastArchitect(Exception):  # noqa: N818 - an answer, no fault.
    """A STUF has to have a Trust Architect."""


class Busy(Exception):  # noqa: N818 - an answer, no fault.
    """The STUF is locked by `operation`, which names its owner, reason and run."""

    def __init__(self, operation: Operation) -> None:
        why = f" ({operation.reason})" if operation.reason else ""
        run = f", run {operation.run_id}" if operation.run_id else ""
        super().__init__(
            f"{operation.kind} {operation.id} of {operation.slug} by {operation.person_name}{why}{run} is not finished"
        )
        self.operation = operation


class NothingToRetry(Exception):  # noqa: N818 - an answer, no fault.
    """The STUF's latest operation did not fail."""

    def __init__(self, operation: Operation | None) -> None:
        super().__init__("the latest operation did not fail")
        self.operation = operation
