"""Make the pictures of docs/watch.md: ``python -m tests.pictures``.

The real command watches the double pendulum, and a real browser shows the preview page.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from .space import Space
from .watching import watched

HERE = Path(__file__).parent.parent
PICTURES = HERE / "docs" / "pictures"
SCENE = (HERE / "examples" / "double_pendulum.py").read_text()
TEXT = 'time_text.set_text(f"time = {i * DT:.1f}s")'
NOTE = 'time_text.set_text(f"time = {i * DT:.1f}s" + (", look here" if 300 <= i < 350 else ""))'
ALL = SCENE.replace('"o-", lw=2', '"o-", lw=3, color="C3"')
WRONG = SCENE.replace(TEXT, 'time_text.set_text(f"time = {times[i]:.1f}s")')


def shown(page: Any, what: str) -> None:
    while not page.evaluate(what):
        page.wait_for_timeout(30)


def take(page: Any, name: str) -> None:
    page.screenshot(path=str(PICTURES / f"{name}.png"))
    print(f"docs/pictures/{name}.png")


def main() -> None:
    """Make all pictures."""
    PICTURES.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    space = Space(folder).as_installed()
    space.write("pendulum.py", SCENE)
    with sync_playwright() as driver, watched(space, "pendulum.py", "--preview", "--port", "0") as watching:
        (line,) = watching.until("preview: ")[-1:]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 760}, color_scheme="light")
        page.goto(line.rpartition(" ")[2])
        shown(page, "document.querySelectorAll('[data-state=\"new\"]').length > 8")
        take(page, "watch-building")
        watching.built()
        shown(page, "shown.state === 'ready' && video && video.readyState >= 2")
        page.evaluate("video.pause(); seek(320)")
        watching.edit("pendulum.py", SCENE.replace(TEXT, NOTE))
        shown(page, "shown.state === 'ready' && video.dataset.version === '2' && !video.seeking")
        box = page.locator("#strip").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.62, box["y"] + 8)
        shown(page, "document.querySelector('#thumbnail').dataset.frame")
        page.wait_for_timeout(500)
        take(page, "watch-edited")
        page.mouse.move(5, 5)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 800})
        watching.edit("pendulum.py", WRONG)
        shown(page, "shown.state === 'failed'")
        here = str(folder)  # replaced, because the path of the temporary folder means nothing to readers
        page.evaluate(
            "(here) => { const said = $('error'); said.textContent = said.textContent.replaceAll(here, '~') }", here
        )
        page.wait_for_timeout(500)  # until the colour transitions have ended
        take(page, "watch-failed")
        browser.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
