"""What the pages of the embedded services share: their headers, who may look at them, and their files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_LOCAL_NAMES: Final = {"127.0.0.1", "localhost", "::1"}


class PageMissingError(Exception):
    """There is nothing at this address."""


def headers_of(
    *,
    images: Literal["'self'", "data:"],
    forms: Literal["'self'", "'none'"],
    referrer: Literal["no-referrer", "same-origin"],
) -> dict[str, str]:
    """The headers of a page that loads only its server's own style and script."""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src {images};"
            f" base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": referrer,
        "Cache-Control": "no-store",
    }


def is_local(request: Request) -> bool:
    """False for somebody else's page that points its own name at this machine."""
    return request.url.hostname in _LOCAL_NAMES


def refused(headers: Mapping[str, str]) -> Response:
    """The answer to a request that is not local."""
    return PlainTextResponse("Open this page as http://127.0.0.1 with its port.\n", 421, headers)


def assets(folder: Path, headers: Mapping[str, str]) -> Callable[[Request], Response]:
    """An endpoint for the style sheets, scripts and pictures of a folder; `name` is in the address."""

    def asset(request: Request) -> Response:
        file = folder / Path(request.path_params["name"]).name
        if file.suffix not in _TYPES or not file.is_file():
            return Response("Not found", 404, headers)
        return Response(file.read_bytes(), headers={**headers, "Content-Type": _TYPES[file.suffix]})

    return asset


def join(parts: list[Markup]) -> Markup:
    """One below the other."""
    return Markup("\n").join(parts)
