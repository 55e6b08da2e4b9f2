"""Accounts, people and codes for tests, made by the same services as in real life."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from callmark.accounts.models import Account, Role, User
from callmark.accounts.services import add_account, add_extension, add_person
from callmark.calls.records import Attempt, CodeTag, LegDecided, LegEnded
from callmark.codes.models import AccountCode
from callmark.codes.services import (
    SettingsChange,
    add_code,
    enable_account_codes,
    save_account_settings,
)
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryResult
from callmark.policy.rules import CodeRules

OUTSIDE_CALLS = CodeRules(
    validate=True, international=True, directory_assistance=True, premium=True
)


@dataclass(frozen=True, slots=True)
class LawFirm:
    """An account with the feature on, and its people."""

    account: Account
    olivia: User  # the office manager
    ben: User  # extension 101
    carla: User  # extension 102
    code: AccountCode  # 1234


def make_account(slug: str = "firm", country: str = "US", prefix: str = "") -> Account:
    """An account where nobody has set anything up."""
    return add_account(
        slug=slug, name=f"{slug.title()} Ltd", country=country, outside_prefix=prefix
    )


def make_user(account: Account, name: str, extension: str | None = None) -> User:
    """A phone user, with an endpoint named after account and extension."""
    user = add_person(account, name=name)
    if extension:
        add_extension(user, number=extension, endpoint=f"{account.slug}-{extension}")
    return user


def make_law_firm(
    slug: str = "firm",
    rules: CodeRules = OUTSIDE_CALLS,
    *,
    max_retries: int = 3,
    everyone: bool = True,
    digits: str = "1234",
) -> LawFirm:
    """An account with one code, 'Harper v. Castellan', and codes of that length."""
    account = make_account(slug)
    olivia = add_person(
        account, name="Olivia", email=f"olivia@{slug}.example", role=Role.ADMINISTRATOR
    )
    ben = make_user(account, "Ben", "101")
    carla = make_user(account, "Carla", "102")
    settings = enable_account_codes(
        account, code_length=len(digits), max_retries=max_retries, actor=olivia
    )
    code = add_code(account, name="Harper v. Castellan", code=digits, actor=olivia)
    save_account_settings(
        account,
        SettingsChange(max_retries=max_retries, rules=rules),
        enable_everyone=everyone,
        expected_version=settings.version,
        actor=olivia,
    )
    account.refresh_from_db()
    return LawFirm(account, olivia, ben, carla, code)


def tag_of(firm: LawFirm, digits: str = "1234") -> CodeTag:
    """The firm's code on a call, as the gate writes it."""
    return CodeTag(
        code=keyring().encrypt(digits), code_id=str(firm.code.pk), code_name=firm.code.name
    )


def decided_call(
    firm: LawFirm,
    outcome: str,
    *,
    at: datetime | None = None,
    tag: CodeTag | None = None,
    guesses: int = 0,
    simulated: bool = False,
    typed: bool = False,
) -> LegDecided:
    """The gate's word on a call of Ben's to London, to store; its wrong entries a second apart.

    ``typed``: the entry of its code is on the record, too.
    """
    start = at or datetime.now(UTC)
    moments = [start + timedelta(seconds=number) for number in range(guesses)]
    accepted = [Attempt(result=EntryResult.ACCEPTED, at=start)] if typed else []
    return LegDecided(
        id=str(uuid4()),
        switch="main",
        call_id=uuid4().hex,
        linked_id="",
        account_id=str(firm.account.pk),
        user_id=str(firm.ben.pk),
        direction="outbound",
        caller="101",
        dialed="011442079460000",
        number="011442079460000",
        e164="+442079460000",
        call_type="international",
        started_at=start,
        outcome=outcome,
        attempts=(
            *(
                Attempt(result=EntryResult.UNKNOWN_CODE, at=one, counts_as_guess=True)
                for one in moments
            ),
            *accepted,
        ),
        tag=tag,
        simulated=simulated,
    )


def ended_call(
    firm: LawFirm, *, at: datetime, seconds: int, tag: CodeTag | None = None
) -> list[LegDecided | LegEnded]:
    """A call of Ben's to London with the firm's code, from its beginning to its end."""
    decided = decided_call(firm, "connected", at=at, tag=tag or tag_of(firm))
    return [
        decided,
        LegEnded(
            id=decided.id,
            answered_at=at + timedelta(seconds=5),
            ended_at=at + timedelta(seconds=5 + seconds),
            seconds=seconds,
            disposition="ANSWERED",
        ),
    ]
