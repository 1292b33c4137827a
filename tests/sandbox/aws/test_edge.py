"""The front door: the page through the STUF's distribution, the API below it."""

import httpx
import pytest

from sandbox.aws import Aws


def test_page_comes_through_the_distribution(aws: Aws, stuf: str) -> None:
    page = httpx.get(f"{aws.edge_url}/{stuf}/")
    assert page.status_code == 200
    assert page.text == "<h1>Upload</h1>"
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in page.headers


def test_storage_may_be_called_from_the_page(aws: Aws, stuf: str) -> None:
    policy = httpx.get(f"{aws.edge_url}/{stuf}/").headers["content-security-policy"]
    assert f"connect-src {aws.url} 'self'" in policy
    assert "upgrade-insecure-requests" not in policy


def test_scripts_keep_their_type(aws: Aws, stuf: str) -> None:
    script = httpx.get(f"{aws.edge_url}/{stuf}/js/a.js")
    assert script.status_code == 200
    assert script.headers["content-type"].startswith("text/javascript")


def test_api_gets_path_query_and_body(aws: Aws, stuf: str) -> None:
    answer = httpx.post(f"{aws.edge_url}/{stuf}/api/uploads/a%20b?x=1", json="hello")
    assert answer.status_code == 200, answer.text
    assert answer.json()["path"] == "/api/uploads/a b"
    assert answer.json()["query"] == "x=1"
    assert answer.json()["sent"] == '"hello"'


def test_functions_use_the_public_endpoint(aws: Aws, stuf: str) -> None:
    assert httpx.get(f"{aws.edge_url}/{stuf}/api/x").json()["endpoint"] == aws.url


def test_slug_without_slash_is_redirected(aws: Aws, stuf: str) -> None:
    answer = httpx.get(f"{aws.edge_url}/{stuf}")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"/{stuf}/"


@pytest.mark.parametrize("path", ["/nobody/", "/nobody/api/version", "/../etc", "/%2e%2e/x"])
def test_unknown_addresses_say_what_stands(aws: Aws, stuf: str, path: str) -> None:
    answer = httpx.get(aws.edge_url + path)
    assert answer.status_code in {200, 404}
    assert stuf in answer.text


def test_verification_fails_once(aws: Aws, stuf: str) -> None:
    aws.fail_once("verification")
    assert httpx.get(f"{aws.edge_url}/{stuf}/api/version").status_code == 200
    assert httpx.get(f"{aws.edge_url}/{stuf}/").status_code == 403
    assert httpx.get(f"{aws.edge_url}/{stuf}/").status_code == 200


def test_the_button_makes_the_stuf_meet_one_error(aws: Aws, stuf: str) -> None:
    button = f"{aws.edge_url}/{stuf}/demo/error"
    assert "<button>Raise an error</button>" in httpx.get(button).text
    assert httpx.post(f"{aws.edge_url}/{stuf}/api/sign-in", json={}).status_code == 202
    pressed = httpx.post(button)
    assert pressed.status_code == 200, pressed.text
    assert "An error was raised" in pressed.text
    assert httpx.post(f"{aws.edge_url}/{stuf}/api/sign-in", json={}).status_code == 202
    assert not aws.armed


def test_the_button_is_not_pressed_from_another_site(aws: Aws, stuf: str) -> None:
    button = f"{aws.edge_url}/{stuf}/demo/error"
    answer = httpx.post(button, headers={"Sec-Fetch-Site": "cross-site"})
    assert "An error was raised" not in answer.text


def test_a_page_gets_a_link_to_the_button(aws: Aws, stuf: str) -> None:
    s3 = aws.client("s3", region_name="eu-west-2")
    page = b"<html><body><h1>Upload</h1></body></html>"
    s3.put_object(Bucket=f"stuf-{stuf}-site", Key="whole.html", Body=page, ContentType="text/html")
    shown = httpx.get(f"{aws.edge_url}/{stuf}/whole.html")
    assert '<a href="demo/error">' in shown.text
    assert int(shown.headers["content-length"]) == len(shown.content)
