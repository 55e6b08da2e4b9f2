"""The database under load, made by the real services: two accounts with codes, one with users.

Run with the environment of the gate: ``python -m bench.load.office make CODES``, and ``... edit
SECONDS`` to rename a code of the other account once a second, ``... force PORT`` to see how soon
an edit is in force.
"""

import os
import socket
import sys
import time
from itertools import count

OTHER = "other"


def code(number: int) -> str:
    """The digits of a code by its place: spread, so that neighbors are not alike."""
    return f"{number * 7 % 1_000_000:06}"


def make(codes: int) -> None:
    """Both accounts with so many codes each."""
    from django.core.management import call_command  # noqa: PLC0415

    from bench.load.switch import SLUG, USERS, endpoint  # noqa: PLC0415
    from callmark.accounts.services import add_account, add_extension, add_person  # noqa: PLC0415
    from callmark.codes.bulk import NewCode, add_codes  # noqa: PLC0415
    from callmark.codes.services import (  # noqa: PLC0415
        SettingsChange,
        enable_account_codes,
        save_account_settings,
    )
    from callmark.keys.starting import require_keys  # noqa: PLC0415
    from callmark.policy.rules import CodeRules  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    require_keys()
    for slug in (SLUG, OTHER):
        account = add_account(slug=slug, name=slug)
        settings = enable_account_codes(account, code_length=6, max_retries=3, actor=None)
        rows = [NewCode(n, f"Matter {n}", code(n)) for n in range(codes)]
        add_codes(account, rows, actor=None)
        if slug == SLUG:
            for number in range(USERS):
                user = add_person(account, name=f"User {number}")
                add_extension(user, number=str(100 + number), endpoint=endpoint(number))
        settings.refresh_from_db()
        change = SettingsChange(3, CodeRules(validate=True, international=True))
        save_account_settings(
            account, change, enable_everyone=True, expected_version=settings.version, actor=None
        )


def edit(seconds: float) -> None:
    """Rename a code of the other account once a second, from when it says that it is ready."""
    from callmark.accounts.models import Account  # noqa: PLC0415
    from callmark.codes.models import AccountCode  # noqa: PLC0415
    from callmark.codes.services import rename_code  # noqa: PLC0415

    account = Account.objects.get(slug=OTHER)
    ids = list(AccountCode.objects.of(account).values_list("pk", flat=True)[:1000])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    begin = time.monotonic()
    for turn, pk in enumerate(ids):
        row = AccountCode.objects.of(account).get(pk=pk)
        rename_code(row, name=f"Renamed {turn} {begin}", actor=None)
        time.sleep(max(0.0, begin + turn + 1 - time.monotonic()))
        if time.monotonic() - begin > seconds:
            return


def force(port: int) -> None:
    """Turn a code off and on, and say how many seconds later the gate knows it, ten times."""
    from bench.load.switch import SLUG  # noqa: PLC0415
    from callmark.accounts.models import Account  # noqa: PLC0415
    from callmark.codes.finding import find_code  # noqa: PLC0415
    from callmark.codes.services import set_code_active  # noqa: PLC0415

    account = Account.objects.get(slug=SLUG)
    row = find_code(account, code(0))
    assert row is not None
    for turn in range(10):
        active = turn % 2 == 1
        row.refresh_from_db()
        set_code_active(row, active=active, actor=None)
        saved = time.monotonic()
        while _accepts(port, code(0), channel=next(_asked)) is not active:
            if time.monotonic() - saved > 20:
                raise TimeoutError("the edit never came into force")
            time.sleep(0.01)
        sys.stdout.write(f"{time.monotonic() - saved:.3f}\n")
        time.sleep(0.17)


def _accepts(port: int, digits: str, *, channel: int) -> bool:
    """Ask the gate as a switch would, and hang up after the first entry was judged."""
    from bench.load.switch import SLUG, USERS, endpoint  # noqa: PLC0415

    header = (
        "agi_network: yes\nagi_network_script: gate\n"
        f"agi_request: agi://127.0.0.1/gate?switch=main&account={SLUG}\n"
        f"agi_channel: PJSIP/{endpoint(channel % USERS)}-00000001\n"
        f"agi_uniqueid: {int(time.time())}.{channel}\n"
        "agi_arg_1: dialplan=2\nagi_arg_2: number=011442079460000\n\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(header.encode())
        typed = False
        for command in line.makefile("rb"):
            if command.startswith(b"SET VARIABLE") and b"connect" in command:
                return True
            if command.startswith(b"GET DATA") and typed:
                return False
            if command.startswith(b"GET DATA"):
                typed = True
                line.sendall(f"200 result={digits}\n".encode())
            else:
                line.sendall(b"200 result=1\n")
    return False


_asked = count()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")
    django.setup()
    work, given = sys.argv[1:]
    {"make": make, "edit": edit, "force": force}[work](int(float(given)))
