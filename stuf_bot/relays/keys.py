"""The names of messages about a subject in the outbox."""


def card_key(subject_key: str) -> str:
    """The subject's card."""
    return f"relay:{subject_key}:card"


def news_key(subject_key: str, key: str) -> str:
    """The message that says a piece of news."""
    return f"relay:{subject_key}:{key}"
