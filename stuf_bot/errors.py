"""Refusals and failures that a person reads: a stable reason code, what happened, what to type next."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the program.
    """Ends a command with an answer to the person who asked.

    `code` is stable and for machines, `what` says what happened and why, in a sentence,
    `next_command` is the exact text to type next (without the bot's mention), or empty. With `offer` it
    is a whole line that a 👍 of the same person on the refusal runs. With `keeps` what was noted before
    it stays in the database, such as a wrong code that counts; else all of it is taken back.
    """

    def __init__(
        self, code: str, what: str, next_command: str = "", *, offer: bool = False, keeps: bool = False
    ) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what
        self.next_command = next_command
        self.offer = offer
        self.keeps = keeps
