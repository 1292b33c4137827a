"""The names of messages about a subject in the outbox."""


def card_key(subject_key: str, serial: int = 0) -> str:
    """The subject's card. `serial` counts the STUFs of its name that went before."""
    return f"relay:{_of(subject_key, serial)}:card"


def news_key(subject_key: str, key: str, serial: int = 0) -> str:
    """The message that says a piece of news."""
    return f"relay:{_of(subject_key, serial)}:{key}"


def _of(subject_key: str, serial: int) -> str:
    return f"{subject_key}~{serial}" if serial else subject_key
