"""What an operator should know before people use an installation: ``manage check --deploy``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@register(Tags.security, deploy=True)
def check_deployment(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **_: object,
) -> list[CheckMessage]:
    """Every warning that applies."""
    return [*_files(), *_https(), *_names(), *_people(), *_database(), *_gate()]


def _files() -> Iterator[CheckMessage]:
    data = settings.DATA_DIR
    if _others_may(data):
        yield Warning(
            f"Other users of this machine can look into {data}.",
            hint=f"chmod 700 {data}",
            id="callmark.W001",
        )
    secrets = (data / "secret-key", data / "api-token-pepper", settings.CODE_KEYS_FILE)
    for path in secrets:
        if _others_may(path):
            yield Warning(
                f"Other users of this machine can read {path}.",
                hint=f"chmod 600 {path}, and renew what it holds if they may have.",
                id="callmark.W002",
            )
    if settings.CODE_KEYS_FILE.parent == data:
        yield Warning(
            "The keys of the account codes are in the folder of the database.",
            hint="Set CALLMARK_CODE_KEYS_FILE to a place that backups of the database leave out.",
            id="callmark.W003",
        )


def _others_may(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & 0o077)


def _https() -> Iterator[CheckMessage]:
    if not settings.HTTPS:
        yield Warning(
            "Cookies go over plain HTTP, too.",
            hint="Put a proxy with HTTPS in front and set CALLMARK_HTTPS=1: docs/security.md.",
            id="callmark.W004",
        )
    elif not settings.BEHIND_PROXY:
        yield Warning(
            "Strict-Transport-Security is not sent: no request looks like HTTPS to Callmark.",
            hint="Let the proxy set X-Forwarded-Proto, and set CALLMARK_BEHIND_PROXY=1.",
            id="callmark.W005",
        )
    if settings.BEHIND_PROXY and settings.HTTP_HOST not in LOOPBACK:
        yield Warning(
            "Who reaches this port past the proxy can claim any address and HTTPS.",
            hint="Let only the proxy reach it: CALLMARK_HOST=127.0.0.1, or a firewall.",
            id="callmark.W006",
        )


def _names() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "Every host name is answered: links in mails can be made to lead elsewhere.",
            hint="Name the portal's own in CALLMARK_ALLOWED_HOSTS.",
            id="callmark.W007",
        )


def _people() -> Iterator[CheckMessage]:
    if (settings.DATA_DIR / "demo-password").exists():
        yield Warning(
            "This installation has demo accounts, with one password in a file.",
            hint="Start with an empty data folder and without --demo.",
            id="callmark.W008",
        )
    if not settings.OPERATORS_NEED_SECOND_FACTOR:
        yield Warning(
            "Operators, who reach every account, may sign in with a password alone.",
            hint="Set CALLMARK_OPERATORS_NEED_SECOND_FACTOR=1.",
            id="callmark.W009",
        )


def _database() -> Iterator[CheckMessage]:
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    host = database.get("HOST", "")
    is_here = not host or host.startswith("/") or host in LOOPBACK
    if not is_here and database["OPTIONS"].get("sslmode") != "verify-full":
        yield Warning(
            "The database is on another machine, and who answers there is not checked.",
            hint="End CALLMARK_DATABASE_URL with ?sslmode=verify-full&sslrootcert=/path/ca.pem.",
            id="callmark.W010",
        )


def _gate() -> Iterator[Warning]:
    if settings.AGI_HOST not in LOOPBACK and not settings.AGI_SECRET:
        yield Warning(
            "Any program of the networks in CALLMARK_AGI_ALLOW may ask the gate without a secret.",
            hint="Run 'callmark asterisk config', which makes one, or set CALLMARK_AGI_SECRET.",
            id="callmark.W011",
        )
