"""What anyone may see: the version, how the page looks, the logo."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response

from stuf_api.errors import ApiError
from stuf_api.notify import SELDOM_SECONDS
from stuf_api.services import Services

_LOGO_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}


def logo_key(logo: str | None) -> str | None:
    """The storage key of the logo; below config/, whatever the configuration says."""
    if not logo:
        return None
    return logo if logo.startswith("config/") else f"config/{logo}"


def public_routes(services: Services) -> APIRouter:
    """GET version, config, logo."""
    router = APIRouter()

    @router.get("/version")
    def version() -> dict[str, str]:
        return {"slug": services.settings.slug, "version": services.settings.version}

    @router.get("/config")
    def config() -> dict[str, Any]:
        found = services.configuration.stuf()
        services.notifier.deliver_backlog(SELDOM_SECONDS)
        return {
            "slug": services.settings.slug,
            "branding": {
                "display_name": found.title,
                "accent_colour": found.branding.accent_colour,
                "welcome_text": found.branding.welcome_text,
                "logo": found.branding.logo is not None,
            },
            "max_file_bytes": found.max_file_bytes,
            "fields": [field.model_dump() for field in services.configuration.metadata().fields],
        }

    @router.get("/logo")
    def logo() -> Response:
        key = logo_key(services.configuration.stuf().branding.logo)
        media_type = _LOGO_TYPES.get(key.rpartition(".")[2].lower()) if key else None
        stored = services.bucket.read(key) if key and media_type else None
        if stored is None:
            raise ApiError(HTTPStatus.NOT_FOUND, "no-logo", "This upload page has no logo.")
        return Response(stored.body, media_type=media_type, headers={"Cache-Control": "public, max-age=300"})

    return router
