"""A live shop, and a Chromium that opens its pages and may talk to nobody else."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories.shop import shop_make
from tests.factories.users import PASSWORD, user_make

WIDTHS = {"wide": (1400, 900), "narrow": (390, 844)}
# As root there is no sandbox; the other flags keep the browser from calling its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
STAFF = "boss@example.com"

T = TypeVar("T")


def ask(question: Callable[[], T]) -> T:
    """Ask the database while a browser is open: in a thread of its own, since Playwright runs a loop in this one."""

    def answer() -> T:
        try:
            return question()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(answer).result()


@pytest.fixture(name="ask")
def ask_fixture() -> Callable[[Callable[[], T]], T]:
    """Return `ask`."""
    return ask


@pytest.fixture
def shop(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a live server of a shop with goods and orders, and a member of staff."""
    # The server's threads let go of the database after each page, so that it can be dropped at the end.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    shop_make()
    user_make(email=STAFF, name="Berta Boss", is_staff=True, is_superuser=True)
    return live_server


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Return the system's Chromium; the test is skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((path for name in names if (path := shutil.which(name))), None)
    # A browser comes with the system, not with our packages; .ci/run installs it, so nothing is skipped there.
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(shop: Any, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Return a maker of logged-in pages of a width, by its name; what they asked for and complained of is checked."""
    asked: list[str] = []
    complaints: list[str] = []

    def make(width: str) -> Page:
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        page = chromium.new_context(viewport=size).new_page()  # type: ignore[arg-type]
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{shop.url}/admin/")
        page.fill("#id_username", STAFF)
        page.fill("#id_password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector("#pile-ship")
        return page

    yield make
    own = urlsplit(shop.url).netloc
    assert asked
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {own}
    assert complaints == []


@pytest.fixture
def shoot(tmp_path: Path) -> Callable[[Page, str], None]:
    """Return what keeps a picture of a page, in the folder SCREENSHOTS or a temporary one."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)

    def keep(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        assert path.stat().st_size > 10_000

    return keep
