"""The embedded GitHub: REST, Git over HTTP, Actions by `act`, webhooks and a page to look at, on 127.0.0.1."""

from sandbox.github.server import GitHub
from sandbox.github.settings import Runner

__all__ = ["GitHub", "Runner"]
