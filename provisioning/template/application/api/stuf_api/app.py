"""The application: its routes, put together."""

import os

from fastapi import FastAPI


def create_app() -> FastAPI:
    """The application; it publishes no description of itself."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/api/version")
    def version() -> dict[str, str]:
        return {"slug": os.environ["STUF_SLUG"], "version": os.environ["STUF_VERSION"]}

    return app
