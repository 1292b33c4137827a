"""The chat page in a real browser, against the embedded Zulip."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.page.browser import take_demo_screenshot

pytestmark = pytest.mark.browser

ZFORM = """{"widget_type": "zform", "extra_data": {"type": "choices", "heading": "Where to?", "choices": [
  {"type": "multiple_choice", "short_name": "Left", "long_name": "the left one", "reply": "go left"},
  {"type": "multiple_choice", "short_name": "Right", "long_name": "the right one", "reply": "go right"}]}}"""

HOSTILE = (
    "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'> "
    "[x](javascript:window.hit=1) <svg onload='window.hit=1'> <iframe srcdoc='<script>parent.hit=1</script>'>"
)

OpenPage = Callable[..., Page]


def row(page: Page, text: str) -> Locator:
    return page.locator("article.message", has_text=text)


def compose(page: Page, text: str, topic: str | None = None) -> None:
    if topic is not None:
        page.get_by_label("Topic", exact=True).fill(topic)
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


def test_a_message_is_seen_live_by_somebody_else(demo: Any, open_page: OpenPage) -> None:
    tess, omar = open_page("tess"), open_page("omar")
    compose(tess, "hello **there**", topic="greetings")
    expect(row(tess, "hello there").locator("strong")).to_have_text("there")
    expect(row(omar, "hello there")).to_be_visible()
    expect(row(omar, "hello there").locator(".sender")).to_have_text("Tess Architect")
    expect(omar.locator(".recipient-topic", has_text="greetings")).to_be_visible()
    expect(omar.locator("#sidebar .topics a", has_text="greetings")).to_be_visible()
    expect(tess.get_by_label("Message", exact=True)).to_have_value("")


def test_shift_enter_starts_a_line(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    tess.get_by_label("Topic", exact=True).fill("lines")
    box = tess.get_by_label("Message", exact=True)
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    box.press("Enter")
    expect(row(tess, "two")).to_be_visible()
    assert demo.tess.newest()["content"] == "one\ntwo"


def test_a_message_without_topic_says_what_to_do(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    compose(tess, "nowhere", topic="")
    expect(tess.locator(".compose-status")).to_have_text("Give the message a topic first.")
    expect(tess.get_by_label("Message", exact=True)).to_have_value("nowhere")


def test_unread_counts_come_and_go(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    demo.omar.say("general", "lunch", "first")
    demo.omar.say("general", "lunch", "second")
    topic = tess.locator("#sidebar .topics a", has_text="lunch")
    expect(topic.locator(".unread-count")).to_have_text("2")
    expect(tess).to_have_title(re.compile(r"^\(2\) "))
    topic.click()
    expect(row(tess, "second")).to_be_visible()
    expect(topic.locator(".unread-count")).to_have_count(0)
    tess.reload()
    expect(row(tess, "second")).to_be_visible()
    expect(topic.locator(".unread-count")).to_have_count(0)


def test_one_starts_at_the_first_unread_message_and_older_ones_load(demo: Any, open_page: OpenPage) -> None:
    for number in range(165):
        demo.tess.say("general", "long", f"old {number} .", read_by_sender=True)
    for number in range(40):
        demo.omar.say("general", "long", f"unread {number} .")
    tess = open_page("tess", "#narrow/channel/3-general/topic/long")
    expect(row(tess, "unread 0 .")).to_be_in_viewport()
    expect(row(tess, "unread 39 .")).not_to_be_in_viewport()
    tess.get_by_role("button", name="Newest").click()
    expect(row(tess, "unread 39 .")).to_be_in_viewport()
    expect(row(tess, "old 1 .")).to_have_count(0)
    tess.get_by_role("button", name="Show older messages").click()
    expect(row(tess, "old 1 .").first).to_be_attached()


def test_reactions_are_joined_and_left(demo: Any, open_page: OpenPage) -> None:
    demo.bot.say("stuf-admin", "plan", "Shall I?")
    tess, omar = open_page("tess"), open_page("omar")
    row(tess, "Shall I?").hover()
    row(tess, "Shall I?").get_by_label("React with thumbs up").click()
    expect(row(tess, "Shall I?").locator(".pill.mine .count")).to_have_text("1")
    expect(row(omar, "Shall I?").locator(".pill .count")).to_have_text("1")
    row(omar, "Shall I?").locator(".pill").click()
    expect(row(tess, "Shall I?").locator(".pill .count")).to_have_text("2")
    row(tess, "Shall I?").locator(".pill").click()
    expect(row(omar, "Shall I?").locator(".pill.mine .count")).to_have_text("1")
    row(tess, "Shall I?").hover()
    row(tess, "Shall I?").get_by_label("More reactions").click()
    tess.get_by_role("dialog", name="Choose a reaction").get_by_label("tada").click()
    expect(row(omar, "Shall I?").locator(".pill")).to_have_count(2)


def test_an_edit_is_drawn_live_and_marked(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    message = demo.bot.say("stuf-admin", "card", "step one")
    expect(row(tess, "step one").locator(".edited")).to_be_hidden()
    demo.bot.call("PATCH", f"/messages/{message}", content="step **two**")
    expect(row(tess, "step two").locator(".edited")).to_be_visible()
    tess.reload()
    expect(row(tess, "step two").locator(".edited")).to_be_visible()


def test_own_messages_can_be_edited(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    compose(tess, "a tpyo", topic="editing")
    row(tess, "a tpyo").hover()
    row(tess, "a tpyo").get_by_label("Edit message").click()
    tess.get_by_label("Edit the message").fill("a typo")
    tess.get_by_label("Edit the message").press("Enter")
    expect(row(tess, "a typo").locator(".edited")).to_be_visible()


def test_a_button_of_a_form_says_its_reply(demo: Any, open_page: OpenPage) -> None:
    demo.bot.say("stuf-admin", "way", "Where to? Say `go left` or `go right`.", widget_content=ZFORM)
    tess = open_page("tess")
    tess.get_by_role("button", name="Left").click()
    expect(row(tess, "go left")).to_be_visible()
    said = demo.bot.newest()
    assert (said["content"], said["subject"]) == ("@**STUF Bot** go left", "way")
    assert "mentioned" in said["flags"]


def test_a_button_in_a_direct_message_mentions_nobody(demo: Any, open_page: OpenPage) -> None:
    demo.bot.call(
        "POST", "/messages", type="direct", to=[demo.tess.user_id], content="Where to?", widget_content=ZFORM
    )
    tess = open_page("tess", f"#narrow/dm/{demo.bot.user_id}-bot")
    tess.get_by_role("button", name="Right").click()
    expect(row(tess, "go right")).to_be_visible()
    assert demo.bot.newest()["content"] == "go right"


def test_direct_messages(demo: Any, open_page: OpenPage) -> None:
    tess, omar = open_page("tess"), open_page("omar")
    tess.locator("#sidebar .people a", has_text="Omar Ops").click()
    compose(tess, "between us")
    expect(row(tess, "between us")).to_be_visible()
    conversation = omar.locator("#sidebar .people a", has_text="Tess Architect")
    expect(conversation.locator(".unread-count")).to_have_text("1")
    conversation.click()
    expect(row(omar, "between us")).to_be_visible()
    pat = open_page("pat", "#feed")
    expect(row(pat, "between us")).to_have_count(0)


def test_several_people_are_written_to_by_name(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    tess.get_by_label("Channel or direct message").select_option("direct")
    tess.get_by_label("To: names").fill("Omar Ops, nobody")
    compose(tess, "to both")
    expect(tess.locator(".compose-status")).to_have_text("There is nobody called nobody here.")
    tess.get_by_label("To: names").fill("omar ops, Pat Plain")
    tess.get_by_label("Message", exact=True).press("Enter")
    expect(tess.locator("#narrow-bar h1")).to_contain_text("Omar Ops, Pat Plain")
    expect(row(tess, "to both")).to_be_visible()
    assert demo.pat.newest()["content"] == "to both"


def test_an_at_sign_offers_the_bot_first(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    tess.get_by_label("Topic", exact=True).fill("mentions")
    box = tess.get_by_label("Message", exact=True)
    box.press_sequentially("@")
    expect(tess.get_by_role("listbox", name="Suggestions").get_by_role("option").first).to_contain_text(
        "STUF Bot"
    )
    box.press_sequentially("st")
    box.press("Enter")
    expect(box).to_have_value("@**STUF Bot** ")
    box.press_sequentially("help")
    box.press("Enter")
    expect(row(tess, "help").locator(".user-mention")).to_have_text("@STUF Bot")


def test_a_file_is_attached_and_opened(demo: Any, open_page: OpenPage, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("ann@example.org,+12025550123\n")
    tess, omar = open_page("tess"), open_page("omar")
    tess.get_by_label("Topic", exact=True).fill("files")
    tess.get_by_label("Files to attach").set_input_files(people)
    box = tess.get_by_label("Message", exact=True)
    expect(box).to_have_value(re.compile(r"^\[people\.csv\]\(/user_uploads/.+\)\n$"))
    box.press("Enter")
    with omar.expect_download() as download:
        omar.get_by_role("link", name="people.csv").click()
    assert Path(download.value.path()).read_text() == "ann@example.org,+12025550123\n"


def test_topics_are_resolved_and_renamed_live(demo: Any, open_page: OpenPage) -> None:
    message = demo.bot.say("stuf-admin", "old name", "content here")
    tess = open_page("tess")
    tess.locator("#sidebar .topics a", has_text="old name").click()
    demo.omar.call("PATCH", f"/messages/{message}", topic="new name", propagate_mode="change_all")
    expect(tess.locator(".topic-name")).to_have_text("new name")
    expect(row(tess, "content here")).to_be_visible()
    tess.get_by_role("button", name="Mark as resolved").click()
    expect(tess.get_by_role("button", name="Mark as unresolved")).to_be_visible()
    expect(tess.locator("#sidebar .topics .resolved a", has_text="new name")).to_be_visible()
    expect(tess.locator("#sidebar .topics a", has_text="old name")).to_have_count(0)


def test_a_new_channel_appears_when_one_is_subscribed(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    demo.bot.call(
        "POST",
        "/users/me/subscriptions",
        subscriptions=[{"name": "stuf-acme-audit", "description": "About one STUF"}],
        principals=[demo.tess.user_id, demo.bot.user_id],
    )
    demo.bot.say("stuf-acme-audit", "provision", "It begins.")
    tess.locator("#sidebar .channel > a", has_text="stuf-acme-audit").click()
    expect(row(tess, "It begins.")).to_be_visible()


def test_one_becomes_somebody_else(demo: Any, open_page: OpenPage) -> None:
    tess = open_page("tess")
    tess.get_by_role("button", name="You are Tess Architect").click()
    tess.get_by_role("link", name="Omar Ops Operator").click()
    expect(tess.get_by_role("button", name="You are Omar Ops")).to_be_visible()
    tess.wait_for_selector("body[data-ready]")
    compose(tess, "it is me", topic="who")
    expect(row(tess, "it is me").locator(".sender")).to_have_text("Omar Ops")


def test_hostile_content_does_nothing(demo: Any, open_page: OpenPage) -> None:
    demo.pat.say("stuf-admin", "<b onmouseover='window.hit=1'>topic</b>", HOSTILE)
    demo.bot.say(
        "stuf-admin", "form", "x", widget_content=ZFORM.replace("Left", "<img src=x onerror=window.hit=1>")
    )
    demo.pat.say("stuf-admin", "end", "the end")
    tess = open_page("tess")
    expect(row(tess, "the end")).to_be_visible()
    assert tess.evaluate("window.hit") is None
    assert tess.locator("#messages script, #messages iframe, #messages svg, #messages [onerror]").count() == 0
    assert tess.locator("#messages a[href^='javascript:']").count() == 0
    expect(tess.get_by_role("button", name="<img src=x onerror=window.hit=1>")).to_be_visible()


def test_markup_from_anywhere_else_is_refused(demo: Any, open_page: OpenPage, provoked: list[str]) -> None:
    provoked.append("TrustedHTML")
    tess = open_page("tess")
    refused = tess.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true } }",
    )
    assert refused, "only the message renderer may turn text into HTML"


def test_times_spoilers_and_emoji_come_alive(demo: Any, open_page: OpenPage) -> None:
    demo.bot.say(
        "stuf-admin",
        "rich",
        "at <time:2026-03-04T09:30:00+00:00> :check:\n\n```spoiler More\nhidden words\n```",
    )
    tess = open_page("tess", timezone_id="Asia/Tokyo", locale="en-GB")
    message = row(tess, "at ")
    expect(message.locator("time[datetime^='2026-03-04']")).to_contain_text("18:30")
    expect(message.locator("span.emoji")).to_have_text("✅")
    expect(message.get_by_text("hidden words")).to_be_hidden()
    message.get_by_role("button", name="More", exact=True).click()
    expect(message.get_by_text("hidden words")).to_be_visible()


def test_it_goes_on_after_the_queue_is_lost(demo: Any, open_page: OpenPage, provoked: list[str]) -> None:
    provoked.append("400 (Bad Request)")
    tess = open_page("tess")
    with tess.expect_response(lambda response: "/register" in response.url):
        demo.realm.drop_queues()
    demo.omar.say("stuf-admin", "after", "still here")
    expect(row(tess, "still here")).to_be_visible()


def test_phone_width(demo: Any, open_page: OpenPage, tmp_path: Path) -> None:
    demo.bot.say("stuf-admin", "plan", "| What | Where |\n|---|---|\n| An encrypted bucket | eu-west-1 |")
    phone = open_page("tess", viewport={"width": 360, "height": 740})
    expect(row(phone, "An encrypted bucket")).to_be_visible()
    sidebar = phone.locator("#sidebar")
    expect(sidebar).to_be_hidden()
    phone.get_by_role("button", name="Channels and people").click()
    sidebar.get_by_role("link", name="general").click()
    expect(phone.locator("#narrow-bar h1")).to_contain_text("general")
    expect(sidebar).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.screenshot(path=tmp_path / "phone.png")


def test_the_keyboard_alone_is_enough(demo: Any, open_page: OpenPage) -> None:
    demo.bot.say("stuf-admin", "keys", "press")
    tess = open_page("tess")
    tess.keyboard.press("c")
    expect(tess.get_by_label("Message", exact=True)).to_be_focused()
    tess.keyboard.type("typed")
    tess.keyboard.press("Enter")
    expect(row(tess, "typed")).to_be_visible()
    tess.get_by_role("button", name="What to try").focus()
    tess.keyboard.press("Enter")
    expect(tess.get_by_role("dialog", name="What to try")).to_be_visible()
    tess.get_by_role("button", name="@STUF Bot create").focus()
    tess.keyboard.press("Enter")
    expect(tess.get_by_label("Message", exact=True)).to_have_value("@**STUF Bot** create")


def test_the_picture_of_the_demo(demo: Any, browser: Browser, tmp_path: Path) -> None:
    demo.bot.say("stuf-admin", "picture", "smile")
    picture = tmp_path / "docs" / "demo.png"
    take_demo_screenshot(demo.url, picture, browser=browser)
    assert picture.read_bytes().startswith(b"\x89PNG")
