"""The preview page in a real browser, and responses to hostile requests."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .scenes import ANNOTATED, LINE, edited
from .space import Space
from .watching import Watched, watched

pytest.importorskip("starlette", reason="the extra `preview` is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium")
BLOCKS = ("--block-size", "10")
SIZES = {"desktop": {"width": 1200, "height": 800}, "phone": {"width": 390, "height": 780}}


@contextlib.contextmanager
def previewed(space: Space, *args: str) -> Iterator[tuple[Watched, str]]:
    """Run a watch with a preview inside the ``with`` block; yield the watch and the address."""
    with watched(space, "scene.py", *BLOCKS, "--preview", "--port", "0", *args) as watching:
        (line,) = watching.until("preview: ")[-1:]
        yield watching, line.rpartition(" ")[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@contextlib.contextmanager
def page_at(browser: Any, address: str, size: str = "desktop", **kwargs: Any) -> Iterator[Any]:
    """Open a page; errors and warnings on its console fail the test."""
    context = browser.new_context(viewport=SIZES[size], **kwargs)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    try:
        yield page
        assert said == []
    finally:
        context.close()


def wait_until(page: Any, what: str) -> None:
    """Wait until an expression is true in the page."""
    deadline = time.monotonic() + 30
    while not page.evaluate(what):  # the content security policy of the page forbids `wait_for_function`
        assert time.monotonic() < deadline, (what, page.evaluate("JSON.stringify(shown)"))
        page.wait_for_timeout(20)


IS_LOADED = "video && video.readyState >= 2"


@pytest.mark.rows(1)
@pytest.mark.parametrize("size", SIZES)
def test_edit_is_shown_at_the_same_frame(space: Space, browser: Any, size: str) -> None:
    space.write("scene.py", LINE)
    with previewed(space) as (watching, address), page_at(browser, address, size) as page:
        watching.built()
        wait_until(page, IS_LOADED)
        assert page.locator("#blocks > i").count() == 4
        assert set(page.locator("#blocks > i").evaluate_all("all => all.map(each => each.dataset.state)")) == {"new"}
        page.evaluate("video.pause(); seek(23)")
        wait_until(page, "!video.seeking && current() === 23")
        before = page.evaluate("video.dataset.version")
        watching.edit("scene.py", ANNOTATED)
        wait_until(page, f"{IS_LOADED} && video.dataset.version !== {json.dumps(before)}")
        assert page.evaluate("[current(), video.paused]") == [23, True]
        states = page.locator("#blocks > i").evaluate_all("all => all.map(each => each.dataset.state)")
        assert states == ["reused", "reused", "new", "reused"]
        assert page.evaluate("changedSpans()") == [[20, 30]]
        mark, strip = (page.locator(each).bounding_box() for each in ("#marks > b", "#blocks"))
        assert abs((mark["x"] - strip["x"]) / strip["width"] - 0.5) < 0.02
        assert abs(mark["width"] / strip["width"] - 0.25) < 0.02
        page.locator("#strip").click(position={"x": strip["width"] * 5.5 / 40, "y": 10})
        wait_until(page, "!video.seeking && current() === 5")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # no horizontal overflow
        wait_until(page, "document.querySelector('#said').textContent.startsWith('built in')")


@pytest.mark.exhaustive
def test_playback_continues_after_an_edit(space: Space, browser: Any) -> None:
    space.write("scene.py", edited(LINE, "interval=50", "interval=500"))
    with previewed(space) as (watching, address), page_at(browser, address) as page:
        watching.built()
        wait_until(page, f"{IS_LOADED} && !video.paused && current() > 0")
        page.evaluate("seek(10)")
        watching.edit("scene.py", edited(ANNOTATED, "interval=50", "interval=500"))
        wait_until(page, f"{IS_LOADED} && video.dataset.version === '2' && !video.paused")
        assert 10 <= page.evaluate("current()") <= 25  # playback has not restarted


@pytest.mark.exhaustive
def test_error_is_shown_and_cleared(space: Space, browser: Any) -> None:
    space.write("scene.py", LINE)
    with previewed(space) as (watching, address), page_at(browser, address, "phone") as page:
        watching.built()
        wait_until(page, IS_LOADED)
        watching.edit("scene.py", edited(LINE, "    # edit here\n", "    assert i < 25, '<b>too far</b>'\n"))
        wait_until(page, "document.querySelector('#status').dataset.state === 'failed'")
        said = page.locator("#error").inner_text()
        assert "AssertionError: <b>too far</b>" in said
        assert "scene.py" in said
        assert page.evaluate(IS_LOADED)  # the last good movie is still shown
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        watching.edit("scene.py", ANNOTATED)
        wait_until(page, "document.querySelector('#status').dataset.state === 'ready'")
        assert page.locator("#error").is_hidden()


def test_keys_and_buttons(space: Space, browser: Any) -> None:
    space.write("scene.py", LINE)
    with previewed(space) as (watching, address), page_at(browser, address) as page:
        watching.built()
        wait_until(page, f"{IS_LOADED} && !video.paused")
        page.keyboard.press(" ")
        wait_until(page, "video.paused")
        page.keyboard.press("Home")
        wait_until(page, "!video.seeking && current() === 0")
        page.keyboard.press("ArrowRight")
        wait_until(page, "!video.seeking && current() === 1")
        page.keyboard.press("Shift+ArrowRight")
        wait_until(page, "!video.seeking && current() === 11")
        page.locator("#back").click()
        wait_until(page, "!video.seeking && current() === 10")
        page.keyboard.press("]")
        assert page.evaluate("video.playbackRate") == 2
        page.keyboard.press("End")
        wait_until(page, "!video.seeking && current() === 39")
        assert page.locator("#loop").is_disabled()
        watching.edit("scene.py", ANNOTATED)
        wait_until(page, f"{IS_LOADED} && video.dataset.version === '2'")
        page.locator("#loop").click()
        wait_until(page, "!video.paused && current() >= 20 && current() < 30")
        page.wait_for_timeout(700)  # at double speed this is longer than the ten frames
        assert 20 <= page.evaluate("current()") <= 31
        box = page.locator("#strip").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 35.5 / 40, box["y"] + 8)
        wait_until(page, "document.querySelector('#thumbnail').dataset.frame === '35'")
        assert page.locator("#where").inner_text() == "frame 35, block 3"


@pytest.mark.exhaustive
def test_drafts_can_be_switched_on_in_the_page(space: Space, browser: Any) -> None:
    space.write("scene.py", edited(LINE, "(2.4, 1.8)", "(2.4, 1.92)"))
    with previewed(space) as (watching, address), page_at(browser, address) as page:
        watching.built()
        wait_until(page, IS_LOADED)
        page.locator("#draft").click()
        wait_until(page, "shown.drafts")
        space.write("scene.py", edited(ANNOTATED, "(2.4, 1.8)", "(2.4, 1.92)"))
        wait_until(page, "shown.draft && video.videoWidth === 60")
        wait_until(page, "!shown.draft && video.videoWidth === 120")
        watching.until("out.mp4: ")


@pytest.mark.exhaustive
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(space: Space, browser: Any, scheme: str) -> None:
    space.write("scene.py", edited(LINE, "FRAMES = 40", "FRAMES = 10"))
    with previewed(space) as (watching, address), page_at(browser, address, color_scheme=scheme) as page:
        watching.built()
        wait_until(page, IS_LOADED)
        colours = page.evaluate(
            "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color]"
        )
        ground, ink = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
        assert (ground > ink) == (scheme == "light")


# -- requests that the preview page does not make -------------------------------


def ask(address: str, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
    host = address.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode() or None)
    answer = connection.getresponse()
    read = b"" if path == "/events" else answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, read


def test_hostile_requests_are_refused(space: Space) -> None:
    space.write("scene.py", LINE)
    space.write("secret.txt", "secret")
    with previewed(space) as (watching, address):
        watching.built()
        port = address.rstrip("/").rpartition(":")[2]
        # a foreign host name that resolves to this server, or none
        for host in (
            "evil.example",
            f"evil.example:{port}",
            f"127.0.0.1.evil.example:{port}",
            "127.0.0.1",
            "",
            "localhost",
        ):
            assert ask(address, "GET", "/", Host=host)[0] == 421, host
            assert ask(address, "GET", "/events", Host=host)[0] == 421, host
        # a page of another origin
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", "http://127.0.0.1:1"):
            for path in ("/", "/events", "/movie/1"):
                assert ask(address, "GET", path, Origin=origin)[0] == 403, origin
            assert ask(address, "POST", "/do/rebuild", "{}", Origin=origin, x_iparsave="1")[0] == 403, origin
        assert ask(address, "GET", "/movie/1", Sec_Fetch_Site="cross-site")[0] == 403
        # a form cannot send the header, and CORS allows no other origin to send it
        assert ask(address, "POST", "/do/rebuild", "{}")[0] == 403
        status, headers, _ = ask(address, "OPTIONS", "/do/rebuild", Access_Control_Request_Method="POST")
        assert status == 405
        # no path reaches the files
        for path in (
            "/secret.txt", "/../secret.txt", "/..%2fsecret.txt", "/movie/../secret.txt", "/movie/..%2f..%2fsecret.txt",
            "/movie/1/../../secret.txt", "/preview.js/../../state.py", "/state.py", "//etc/passwd", "/movie/-1",
            "/movie/99", "/movie/0x1", "/movie/" + "9" * 400, "/%00", "/page/index.html", "/do/__class__",
        ):  # fmt: skip
            status, headers, body = ask(address, "GET", path)
            assert status in (404, 405), path
            assert b"secret" not in body
        for body in ("[]", "{", '"x"', "{" * 10_000):
            assert ask(address, "POST", "/do/rebuild", body, x_iparsave="1")[0] == 400, body
        for path in ("/", "/preview.js", "/preview.css", "/events", "/movie/1"):
            status, headers, _ = ask(address, "GET", path)
            assert status == 200
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["x-content-type-options"] == "nosniff"
            assert not any(name.startswith("access-control") for name in headers)
            assert "server" not in headers


def test_foreign_host_names_are_refused_on_all_addresses(space: Space) -> None:
    space.write("scene.py", LINE)
    with previewed(space, "--host", "0.0.0.0") as (_, address):
        port = address.rstrip("/").rpartition(":")[2]
        assert address == f"http://127.0.0.1:{port}/"
        there = f"{_own_address()}:{port}"
        assert ask(f"http://{there}/", "GET", "/")[0] == 200
        assert ask(f"http://{there}/", "GET", "/", Origin=f"http://{there}")[0] == 200
        assert ask(f"http://{there}/", "GET", "/", Origin=address.rstrip("/"))[0] == 403
        assert ask(f"http://{there}/", "GET", "/", Host=f"evil.example:{port}")[0] == 421


@pytest.mark.exhaustive
def test_range_requests(space: Space) -> None:
    space.write("scene.py", LINE)
    with previewed(space) as (watching, address):
        watching.built()
        made = space.path("out.mp4").read_bytes()
        assert ask(address, "GET", "/movie/1")[2] == made
        for asked, part in (("0-9", made[:10]), ("10-", made[10:]), ("-7", made[-7:]), ("5-999999999", made[5:])):
            status, headers, body = ask(address, "GET", "/movie/1", Range=f"bytes={asked}")
            assert (status, body) == (206, part)
            assert headers["content-length"] == str(len(part))
        for asked in (
            "bytes=9-5",
            f"bytes={len(made)}-",
            "bytes=a-b",
            "lines=1-2",
            "bytes=0-1,3-4",
            "bytes=-0",
            "bytes=--5",
        ):
            assert ask(address, "GET", "/movie/1", Range=asked)[0] == 416, asked
        watching.edit("scene.py", ANNOTATED)
        assert ask(address, "GET", "/movie/1")[2] == made  # a client that plays it can continue
        assert ask(address, "GET", "/movie/2")[2] == space.path("out.mp4").read_bytes()


@pytest.mark.exhaustive
def test_server_listens_on_loopback_only_and_stops(space: Space) -> None:
    space.write("scene.py", LINE)
    with previewed(space) as (watching, address):
        port = int(address.rstrip("/").rpartition(":")[2])
        watching.built()
        with pytest.raises(OSError):  # noqa: PT011 - refused, or no route
            socket.create_connection((_own_address(), port), timeout=2).close()
        stream = socket.create_connection(("127.0.0.1", port))
        stream.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert b"200 OK" in stream.recv(4096)
        begun = time.monotonic()
        assert watching.interrupt() == 130
        assert time.monotonic() - begun < 20
        stream.close()
        taken = socket.create_server(("127.0.0.1", 0))
        with taken, watched(space, "scene.py", "--preview", "--port", str(taken.getsockname()[1])) as other:
            other.until("cannot listen on 127.0.0.1")
            assert other.process.wait(30) == 2


def _own_address() -> str:
    """Return an address of this machine that is not the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
