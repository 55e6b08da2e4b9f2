"""What people do at the door, as their browsers send it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import time_machine
from django.test import Client

from callmark.accounts.models import User
from callmark.audit.models import AuditEntry
from tests.cast import PASSWORD
from tests.rows import every
from tests.sign_in.authenticator import code_of, key_on, recovery_codes_on


class Answer(Protocol):
    """What a browser gets."""

    @property
    def content(self) -> bytes:
        """The page."""

    @property
    def status_code(self) -> int:
        """Whether it is what was asked for."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What stands above it."""


@dataclass
class Door:
    """A browser, and the person in front of it."""

    browser: Client
    person: User
    clock: time_machine.Traveller | None = None
    key: str = ""
    recovery_codes: list[str] = field(default_factory=list)

    def sign_in(self, password: str = PASSWORD, **more: str) -> str:
        """Type e-mail address and password; return the path of the page that follows."""
        sent = {"login": self.person.email or "", "password": password, **more}
        answer = self.browser.post("/login/", sent)
        return where(answer)

    def sign_out(self) -> None:
        """Sign out."""
        self.browser.post("/logout/")

    @property
    def is_in(self) -> bool:
        """Whether the session's person sees pages."""
        return self.browser.get("/sign-in/").status_code == 200

    def confirm(self) -> None:
        """Type the password again where that is asked for."""
        self.browser.post("/reauthenticate/", {"password": PASSWORD})

    def set_up_app(self) -> None:
        """Scan the code, type what the app shows, keep the recovery codes."""
        self.confirm()
        self.key = key_on(text(self.browser.get("/sign-in/app/set-up/")))
        sent = {"code": code_of(self.key)}
        page = self.browser.post("/sign-in/app/set-up/", sent, follow=True)
        self.recovery_codes = recovery_codes_on(page.content.decode())

    def next_code(self) -> str:
        """Wait until the app shows another code than it has shown last."""
        assert self.clock is not None
        self.clock.shift(30)
        return code_of(self.key)

    def second_step(self, code: str) -> str:
        """Type a code after the password; return the path of the page that follows."""
        return where(self.browser.post("/login/second-factor/", {"code": code}))


def where(answer: Answer) -> str:
    """Where an answer leads: the path of a redirect, '' for a page."""
    return answer.headers.get("Location", "")


def text(answer: Answer) -> str:
    """The page as a person reads it: in one line, without the isolation around names (<bdi>)."""
    return re.sub(r"\s+", " ", re.sub("</?bdi>", "", answer.content.decode()))


def entries(action: str) -> list[AuditEntry]:
    """The audit's entries of this kind, oldest first."""
    return list(every(AuditEntry).filter(action=action).order_by("at"))
