"""The page about GitHub's events says what the bot says."""

import pytest
from events_page import PAGE, page
from github_samples import ABSENT, samples


@pytest.mark.skipif(not samples(), reason=ABSENT)
def test_the_page_is_what_is_told_now() -> None:
    assert PAGE.read_text("utf-8") == page(), "make docs writes it again"
