"""People of a story: each a browser of their own, signed in or not, who act through pages as anybody would."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huicheng.errors import Unavailable
from huicheng.stories.evidence import Evidence
from huicheng.stories.system import System

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Drawing without a graphics card, and nothing sent to anybody.
_FLAGS = [
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--no-sandbox",
]
_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1440, "height": 900}
_PATIENCE_MS = 60_000

#: Field → what to write or choose; a path is a file.
Form = Mapping[str, str | Path]


class Person:
    """Somebody with a browser."""

    def __init__(self, page: Page, name: str, evidence: Evidence) -> None:
        self.page = page
        self.name = name
        self._evidence = evidence

    @property
    def folder(self) -> Path:
        """Where the story keeps its pictures."""
        return self._evidence.folder

    def go(self, address: str) -> None:
        """Open a page; the story ends when it does not answer well."""
        answer = self.page.goto(address)
        if answer is None or answer.status >= 400:
            raise StoryFailed(
                place=self.name,
                why="%(address)s answered %(status)s",
                address=address,
                status=answer.status if answer else "nothing",
            )

    def fill(self, form: Form, within: str = "body") -> None:
        """Fill in fields by their names, whatever sort they are of."""
        for name, value in form.items():
            _fill(self.page.locator(f"{within} [name='{name}']"), value)

    def act(self, number: str, action: str, form: Form | None = None) -> None:
        """One action on a case, by its page."""
        self.go(f"/desk/cases/{number}/")
        self.press_action(action, form)

    def press_action(self, action: str, form: Form | None = None) -> None:
        """The same on the page of a case that is open already."""
        self._press(f"#act-{action}", action, form or {})

    def press_own(self, action: str, form: Form | None = None) -> None:
        """What a reporter may do on the page that follows their report."""
        place = f"details.act:has(input[name='do'][value='{action}'])"
        self._press(place, action, {f"f-{name}": value for name, value in (form or {}).items()})

    def _press(self, place: str, action: str, form: Form) -> None:
        if not self.page.locator(place).count():
            raise StoryFailed(
                place=self.name, why="“%(action)s” is not offered at %(page)s", action=action, page=self.page.url
            )
        self.page.locator(place).evaluate("one => { one.open = true; }")
        self.fill(form, place)
        self.send(f"{place} button[type=submit]")
        if self.page.locator("main [role=alert]").count():
            said = self.page.inner_text("main [role=alert]")
            raise StoryFailed(place=self.name, why="%(action)s: %(said)s", action=action, said=said)

    def send(self, button: str) -> None:
        """Press what sends a form, and wait for the page that answers: the one before it says nothing yet."""
        with self.page.expect_navigation():
            self.page.locator(button).first.click()

    def offers(self, number: str, action: str) -> bool:
        """Whether the page of a case offers an action."""
        self.go(f"/desk/cases/{number}/")
        return bool(self.page.locator(f"#act-{action}").count())

    def reads(self, words: str, where: str = "main") -> None:
        """The words stand on the page, now or soon."""
        try:
            self.page.locator(where, has_text=words).first.wait_for(timeout=_PATIENCE_MS)
        except Exception as waited:
            raise StoryFailed(
                place=self.name, why="“%(words)s” is not to be read at %(page)s", words=words, page=self.page.url
            ) from waited

    def until(self, address: str, holds: Callable[[Page], bool]) -> None:
        """Open a page again and again until something holds: figures follow the cases a moment later."""
        deadline = time.monotonic() + _PATIENCE_MS / 1000
        self.go(address)
        while not holds(self.page):
            if time.monotonic() > deadline:
                raise StoryFailed(place=self.name, why="%(address)s does not become what it should", address=address)
            time.sleep(0.2)
            self.go(address)

    def tell(self, what: str, **facts: Any) -> None:
        """Note what was just done, with a picture of the page."""
        picture = self._evidence.picture()
        self.page.screenshot(path=picture)
        address = self.page.url.partition("//")[2].partition("/")[2]
        self._evidence.note(self.name, what, address=f"/{address}", screenshot=picture.name, **facts)


class StoryFailed(Unavailable):
    """Problem: something did not go as the story says. Remedy: look at its evidence."""

    slug = "story-failed"
    remedy = "Look at the last pictures and at the system's log."


class Company:
    """Everybody of one story."""

    def __init__(self, browser: Browser, system: System, evidence: Evidence) -> None:
        self._browser, self._system, self._evidence = browser, system, evidence
        self._signed_in: dict[str, Person] = {}

    def anybody(self, name: str, *, phone: bool = False) -> Person:
        """Somebody without an account."""
        context = self._browser.new_context(viewport=_PHONE if phone else _DESK, base_url=self._system.address)  # type: ignore[arg-type]  # plain dictionaries
        context.set_default_timeout(_PATIENCE_MS)
        return Person(context.new_page(), name, self._evidence)

    def officer(self, username: str, *, phone: bool = False) -> Person:
        """Somebody with an account of the demonstration, signed in once; the session outlives a restart."""
        if username not in self._signed_in:
            person = self.anybody(username, phone=phone)
            person.go("/sign-in/")
            person.fill({"username": username, "password": self._system.passwords[username]}, "main")
            person.page.click("main button[type=submit]")
            person.page.wait_for_url(lambda address: "/sign-in/" not in address)
            self._signed_in[username] = person
        return self._signed_in[username]

    def again(self, username: str) -> Person:
        """The same person in a second window."""
        known = self.officer(username)
        return Person(known.page.context.new_page(), username, self._evidence)


@contextmanager
def company(system: System, evidence: Evidence) -> Iterator[Company]:
    """Browsers for a story. ``Unavailable`` says what is not installed."""
    if find_spec("playwright") is None:
        raise Unavailable(place="stories", why="Playwright is not installed.", mend="pip install 'huicheng[stories]'")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise Unavailable(place="stories", why="There is no Chromium.", mend="apt-get install chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an optional engine

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        try:
            yield Company(browser, system, evidence)
        finally:
            browser.close()


def _fill(field: Any, value: str | Path) -> None:
    """One field, by what it is."""
    first = field.first
    kind = first.evaluate("one => one.type || one.tagName.toLowerCase()")
    if kind == "file":
        first.set_input_files(value)
    elif kind == "select-one":
        first.select_option(str(value))
    elif kind in {"radio", "checkbox"}:
        field.and_(field.page.locator(f"[value='{value}']")).check(force=True)
    elif kind == "hidden":
        first.evaluate("(one, value) => { one.value = value; }", str(value))
    else:
        first.fill(str(value))
