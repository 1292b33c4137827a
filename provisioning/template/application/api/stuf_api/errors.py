"""What the API answers when it refuses: a stable code for programs, a sentence for people."""

from http import HTTPStatus


class ApiError(Exception):
    """A refusal; `message` is shown to the participant as it stands."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, dict[str, str]]:
        """The JSON that goes out."""
        return {"error": {"code": self.code, "message": self.message}}


def not_configured() -> ApiError:
    """The STUF stands, but its configuration has not been written yet."""
    return ApiError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "not-configured",
        "This upload page is not set up yet. Please try again in a few minutes.",
    )
