"""The administrator's guide as a page: read once, cut at its headings, searched in memory.

The text is ours (files of ``docs/``, the same that are read on their own), and is still rendered as
if it were anybody's: HTML in it is shown as text, and a link leads only to a place in the guide.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from callmark.languages import language_now
from callmark.policy.values import value_class

_PICTURE = re.compile(r"^!\[[^]]*\]\([^)]*\)\n+", re.M)
_EXCERPT = 160
"""Characters of a section that a search shows."""


@value_class
class Section:
    """One heading and what stands below it, up to the next one."""

    anchor: str
    title: str
    level: int
    """2 for a chapter, 3 for a part of one."""
    html: SafeString
    text: str

    def excerpt(self, words: list[str]) -> str:
        """What stands around the longest of the words, to be shown in a list."""
        first = max(0, self.text.casefold().find(max(words, key=len, default="")))
        begins = self.text.rfind(" ", 0, max(0, first - _EXCERPT // 4)) + 1
        cut = self.text[begins : begins + _EXCERPT]
        return f"{'… ' if begins else ''}{cut}{'…' if len(self.text) > begins + _EXCERPT else ''}"


def anchor_of(title: str) -> str:
    """The anchor of a heading, as code forges make it: links work there and here."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@cache
def guide(language: str = "en") -> tuple[Section, ...]:
    """The guide's sections in their order; its pictures show what is one click away here.

    A translation has the sections of the English guide, one by one, and their anchors: *Help* and
    links lead to the same place in every language.
    """
    texts = (Path(one).read_text(encoding="utf-8") for one in settings.GUIDE_FILES[language])
    names = frozenset(Path(one).name for one in settings.GUIDE_FILES[language])
    found = tuple(one for text in texts for one in sections_of(_PICTURE.sub("", text), names))
    if language == "en":
        return found
    anchors = dict(zip((one.anchor for one in found), (one.anchor for one in guide()), strict=True))
    return tuple(
        replace(one, anchor=anchors[one.anchor], html=_leading_to(anchors, one.html))
        for one in found
    )


def _leading_to(anchors: dict[str, str], html: str) -> SafeString:
    """The same with links to the English anchors."""
    own = re.sub(r'(?<=href="#)[^"]+', lambda found: anchors.get(unquote(found[0]), found[0]), html)
    return mark_safe(own)  # noqa: S308


def guide_language() -> str:
    """In which language the reader has the guide."""
    spoken = language_now()
    return spoken if spoken in settings.GUIDE_FILES else "en"


@cache
def switch_guide(kind: str) -> tuple[Section, ...]:
    """How a switch of this kind is connected. Raises ``KeyError`` for another."""
    text = settings.SWITCH_GUIDES[kind].read_text(encoding="utf-8")
    return tuple(sections_of(_PICTURE.sub("", text)))


def search(asked: str) -> list[tuple[Section, str]]:
    """Sections that have every word, those with one in the title first; each with an excerpt."""
    words = asked.casefold().split()
    found = [
        one
        for one in guide(guide_language())
        if all(word in f"{one.title} {one.text}".casefold() for word in words)
    ]
    found.sort(key=lambda one: not any(word in one.title.casefold() for word in words))
    return [(one, one.excerpt(words)) for one in found]


def sections_of(markdown: str, same_page: frozenset[str] = frozenset()) -> Iterator[Section]:
    """The sections of a document; what stands before its first chapter is left out.

    ``same_page`` are the names of the documents that are on the same page.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(markdown)
    _only_own_links(tokens, same_page)
    starts = [
        at
        for at, one in enumerate(tokens)
        if one.type == "heading_open" and one.tag in {"h2", "h3"}
    ]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        heading = tokens[start + 1 : start + 2]
        title = _words_of(reader.renderer.render(heading, reader.options, {}))
        html = reader.renderer.render(tokens[start + 3 : end], reader.options, {})
        # What scrolls by itself can be reached by keyboard, and an empty heading is none.
        html = html.replace("<pre>", '<pre tabindex="0">').replace("<th></th>", "<td></td>")
        yield Section(
            anchor=anchor_of(title),
            title=title,
            level=int(tokens[start].tag[1]),
            # Rendered from our own file, and HTML in it is escaped.
            html=mark_safe(html),  # noqa: S308
            text=_words_of(html),
        )


def _words_of(html: str) -> str:
    """The text of rendered Markdown; blocks do not run into one another."""
    return " ".join(unescape(strip_tags(re.sub(r"(</(?:p|li|td|th)>)", r"\1 ", html))).split())


def _only_own_links(tokens: list[Token], same_page: frozenset[str]) -> None:
    """Links to documents that are not here become their words; those to sections here stay."""
    for token in tokens:
        if token.children is None:
            continue
        kept: list[Token] = []
        inside_foreign = False
        for child in token.children:
            if child.type == "link_open":
                document, _, anchor = str(child.attrGet("href")).partition("#")
                inside_foreign = not anchor or document not in {"", *same_page}
                child.attrSet("href", f"#{anchor}")
            if child.type not in {"link_open", "link_close"} or not inside_foreign:
                kept.append(child)
        token.children = kept


# Which section a page's *Help* leads to, by the name of its URL; pages that only do something and
# then lead back are not here.
HELP: dict[str, str] = {
    "account_codes": "account-codes-settings",
    "save": "saving",
    "turn_off": "turning-it-off",
    "codes": "account-codes",
    "codes_search": "account-codes",
    "guide": "the-guide",
    "length": "the-first-time",
    "codes_import": "import-and-export",
    "codes_many": "many-codes-at-once",
    "code_changes": "many-codes-at-once",
    "code_change": "many-codes-at-once",
    "code_change_undo": "many-codes-at-once",
    "code_change_left": "many-codes-at-once",
    "code_rename": "a-codes-own-rules",
    "code_delete": "account-codes",
    "limits": "limits",
    "limit_add": "limits",
    "limit_change": "limits",
    "limit_remove": "limits",
    "listed_numbers": "listed-numbers",
    "listed_number_change": "listed-numbers",
    "listed_number_remove": "listed-numbers",
    "users": "users-come-and-go",
    "users_changes": "many-users-at-once",
    "users_change": "many-users-at-once",
    "users_import": "importing-users",
    "user_add": "users-come-and-go",
    "user_details": "users-come-and-go",
    "user_delete": "users-come-and-go",
    "user_active": "users-come-and-go",
    "extension_add": "users-come-and-go",
    "extension_remove": "users-come-and-go",
    "number_add": "users-come-and-go",
    "number_remove": "users-come-and-go",
    "user_settings": "one-user-users--a-user--settings",
    "trunk_add": "sip-trunks",
    "test_call": "test-a-call",
    "account_home": "home",
    "calls": "calls",
    "call": "one-call",
    "to_assign": "calls-to-assign",
    "calls_replace": "calls-to-assign",
    "rates": "rates",
    "rates_edit": "rates",
    "rates_import": "rates",
    "rates_version": "rates",
    "shared_rates": "rates-for-all-accounts",
    "shared_rates_edit": "rates-for-all-accounts",
    "shared_rates_import": "rates-for-all-accounts",
    "shared_rates_version": "rates-for-all-accounts",
    "reports": "reports",
    "reports_run": "reports",
    "exports": "exports-in-the-background",
    "schedules": "scheduled-reports",
    "schedule_add": "scheduled-reports",
    "schedule_edit": "scheduled-reports",
    "months": "closing-a-month",
    "month": "closing-a-month",
    "month_close": "closing-a-month",
    "month_reopen": "closing-a-month",
    "account_calendar": "closing-a-month",
    "statements": "statements",
    "statement": "statements",
    "hand_over": "handing-calls-over-to-a-billing-system",
    "firm": "firm-details-and-timekeepers",
    "timekeeper": "firm-details-and-timekeepers",
    "account_edit": "account",
    "people": "who-can-sign-in",
    "invite": "who-can-sign-in",
    "person": "who-can-sign-in",
    "person_do": "who-can-sign-in",
    "operators": "who-can-sign-in",
    "operator_invite": "who-can-sign-in",
    "operator_person": "who-can-sign-in",
    "operator_person_do": "who-can-sign-in",
    "activity": "activity",
    "webhooks": "webhooks",
    "webhook_add": "webhooks",
    "webhook": "webhooks",
    "webhook_edit": "webhooks",
    "webhook_delete": "webhooks",
    "webhook_secret": "webhooks",
    "webhook_replay_failed": "webhooks",
    "delivery": "webhooks",
    "api_tokens": "api-tokens",
    "api_token_add": "api-tokens",
    "api_token_revoke": "api-tokens",
    "mfa_index": "your-own-sign-in",
    "mfa_activate_totp": "your-own-sign-in",
    "mfa_deactivate_totp": "your-own-sign-in",
    "mfa_add_webauthn": "your-own-sign-in",
    "mfa_edit_webauthn": "your-own-sign-in",
    "mfa_remove_webauthn": "your-own-sign-in",
    "mfa_generate_recovery_codes": "your-own-sign-in",
    "mfa_view_recovery_codes": "your-own-sign-in",
    "usersessions_list": "your-own-sign-in",
    "sign_in_language": "your-own-sign-in",
    "templates": "for-operators-templates",
    "switches": "for-operators-switches",
    "switch": "for-operators-switches",
    "home": "account",
    "account_add": "account",
}
