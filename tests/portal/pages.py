"""Where the firm's pages are, and what a browser sends from them."""

from dataclasses import asdict

from django.test import Client

from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, stored


def sent_rules(rules: CodeRules) -> dict[str, str]:
    """What a browser sends for rules that are not greyed out."""
    return {name: "on" if on else "false" for name, on in asdict(rules).items()}


def settings_sent(cast: LawFirm, rules: CodeRules, **more: str) -> dict[str, str]:
    """What the browser sends from Account Codes Settings, with *Allow account codes* on."""
    now = stored(cast)
    base = {"allowed": "on", "max_retries": str(now.max_retries), "version": str(now.version)}
    return {**base, **sent_rules(rules), **more}


def url(cast: LawFirm, page: str) -> str:
    """A page of the firm."""
    return f"/accounts/{cast.account.slug}/{page}"


def turn_on(
    client: Client, cast: LawFirm, rules: CodeRules, everyone: str = "yes", **more: str
) -> None:
    """Olivia saves the settings, and what else is named, and answers the dialog."""
    client.force_login(cast.olivia)
    data = settings_sent(cast, rules, enable_everyone=everyone, **more)
    answer = client.post(url(cast, "account-codes/save/"), data)
    assert answer.status_code == 302
