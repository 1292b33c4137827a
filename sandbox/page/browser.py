"""A browser without a window, for the tests and the picture of the demo. Needs playwright (requirements/dev.txt)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
# --no-sandbox: as root, which build machines usually are, chromium starts in no other way.
_ARGUMENTS: Final = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")

# The picture's size, in CSS pixels, and how long a page may take, in milliseconds.
_PICTURE: Final = (1280, 800)
_PATIENCE_MS: Final = 20_000

# Letters are there, and everything in sight counts as read.
_SETTLED: Final = """() => {
  const { top, bottom } = document.getElementById("scroller").getBoundingClientRect();
  const inSight = (box) => box.bottom > top && box.top < bottom;
  return document.fonts.status === "loaded"
    && ![...document.querySelectorAll(".message.unread")].some((one) => inSight(one.getBoundingClientRect()));
}"""


class NoBrowserError(RuntimeError):
    """There is no chromium on this machine."""


def find_chromium(playwright: "Playwright") -> str:
    """The program's path: from PATH, else playwright's own. Raises NoBrowserError."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise NoBrowserError(
        "no chromium here: install Debian's `chromium`, or run `playwright install chromium`"
    )


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A running chromium, closed at the end. Raises NoBrowserError."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only here, so that the pages need none)

    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def take_demo_screenshot(url: str, path: Path, *, browser: "Browser | None" = None) -> None:
    """Save a picture (PNG) of the chat page at `url` to `path`, as the default person sees it.

    `url` may carry a narrow (`…/#narrow/channel/4-x/topic/y`) and a person (`…/?as=omar`). Uses `browser`
    if given, else one of its own. Raises NoBrowserError, or playwright's error if the page does not load.
    """
    if browser is None:
        with chromium() as own:
            take_demo_screenshot(url, path, browser=own)
        return
    width, height = _PICTURE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1,
        color_scheme="light",
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        page.goto(url, timeout=_PATIENCE_MS)
        page.wait_for_selector("body[data-ready]", timeout=_PATIENCE_MS)
        page.wait_for_selector(".message, .empty", timeout=_PATIENCE_MS)
        page.wait_for_function(_SETTLED, timeout=_PATIENCE_MS)
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path)
    finally:
        context.close()
