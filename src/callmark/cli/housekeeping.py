"""``callmark delete-old-records``: what ``callmark run`` does once a day, and on demand."""

from typing import Annotated

from callmark.cli import app
from callmark.cli.commands import Argument, Option
from callmark.cli.shared import database, echo, fail, find_account


@app.command("delete-old-records")
def delete_old_records(
    dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be deleted.")] = False,
    daily: Annotated[bool, Option("--daily", hidden=True)] = False,
) -> None:
    """Delete call records, activity and left-overs that are older than they are to be kept."""
    with database(log_progress=daily):
        from callmark.audit.origin import COMMAND_LINE, HOUSEKEEPING, acting
        from callmark.ops.housekeeping import clean_up

        found = failed = False
        # Who did it is on record: Callmark by itself, or the person who gave the command.
        with acting(HOUSEKEEPING if daily else COMMAND_LINE):
            for done in clean_up(dry_run=dry_run):
                whose = f" of {done.account.slug}" if done.account else ""
                if done.failed:
                    failed = True
                    echo(f"could not be deleted: {done.what}{whose}", err=True)
                    continue
                found = True
                present, past = done.verb
                verb = f"would {present}" if dry_run else past
                echo(f"{verb} {done.count:,} {done.what}{whose}")
        if not found and not failed and not daily:
            echo("nothing has been kept longer than it should be")
    if failed:
        raise SystemExit(1)


@app.command("keep-records")
def keep_records(
    account: Annotated[str, Argument(help="The account's short name.")],
    calls: Annotated[str, Option(help="Days for call records, 0 forever, or 'default'.")] = "",
    activity: Annotated[str, Option(help="The same for who changed what.")] = "",
) -> None:
    """Set how long an account's records are kept, and say what holds now."""
    with database():
        from callmark.accounts.services import change_account
        from callmark.calls.retention import kept_by

        found = find_account(account)
        changes = {"calls_kept_days": calls, "activity_kept_days": activity}
        given = {name: _days(text) for name, text in changes.items() if text}
        if given:
            found = change_account(found, given)
        kept = kept_by(found)
        echo(f"call records are kept {_words(kept.calls)}")
        echo(f"activity is kept {_words(kept.activity)}")


def _days(text: str) -> int | None:
    if text == "default":
        return None
    if not text.isdecimal():
        fail(f"{text!r} is neither a number of days, nor 0 (forever), nor 'default'.")
    return int(text)


def _words(days: int | None) -> str:
    return f"for {days} days" if days else "forever"
