"""The page with the mails and text messages that the demo sent."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from sandbox.page import DemoPages
from sandbox.server import AsgiServer

pytestmark = pytest.mark.browser


def test_what_is_sent_appears_newest_first(demo: Any, browser: Browser) -> None:
    page = browser.new_page()
    try:
        page.goto(f"{demo.url}/mail")
        expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
        demo.outbox.add(
            "mail", "ann@example.org", "Your link", "Open http://127.0.0.1:9/a/#token=x. Once.", 1
        )
        demo.outbox.add("sms", "+447700900123", "", "Your code is 493021.", 2)
        items = page.locator("#sent > li")
        expect(items).to_have_count(2)
        expect(items.nth(0)).to_contain_text("+447700900123")
        expect(items.nth(0).get_by_role("button", name="Copy 493021")).to_be_visible()
        link = items.nth(1).get_by_role("link")
        expect(link).to_have_attribute("href", "http://127.0.0.1:9/a/#token=x")
        expect(link).to_have_attribute("target", "_blank")
        demo.outbox.add(
            "mail", "bob@example.org", "<b>bold</b>", "<img src=x onerror=document.title='hit'>", 3
        )
        expect(items).to_have_count(3)
        expect(items.nth(0).get_by_role("heading")).to_have_text("<b>bold</b>")
        assert page.title() != "hit"
    finally:
        page.close()


@pytest.mark.parametrize(
    "path", ["/", "/mail", "/demo/accounts.json", "/demo/sent.json", "/demo/static/js/main.js"]
)
def test_only_this_machine_s_own_names_are_answered(demo: Any, path: str) -> None:
    with httpx.Client(base_url=demo.url) as http:
        assert http.get(path).status_code == 200
        assert http.get(path, headers={"Host": "localhost:1234"}).status_code == 200
        rebound = http.get(path, headers={"Host": "evil.example.org:8000"})
        assert rebound.status_code == 421
        assert "api_key" not in rebound.text
        assert "script-src 'self'" in http.get(path).headers["Content-Security-Policy"]


def test_without_accounts_there_are_mails_and_no_chat(browser: Browser, sent_list: Any) -> None:
    server = AsgiServer(DemoPages(dict, sent_list))
    server.start()
    page = browser.new_page()
    try:
        page.goto(server.url)
        expect(page).to_have_url(f"{server.url}/mail")
        expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
        expect(page.get_by_role("link", name="Chat")).to_be_hidden()
        assert httpx.get(f"{server.url}/demo/accounts.json").status_code == 404
    finally:
        page.close()
        server.stop()
