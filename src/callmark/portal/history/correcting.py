"""What a page says to put calls right, carried out, and told in a sentence."""

from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from callmark.accounts.refused import Refused
from callmark.calls.corrections import (
    Which,
    assign_code,
    assign_suggested,
    set_not_billable,
    take_code_away,
)
from callmark.calls.lengths import calls_in_words
from callmark.calls.models import BatchKind, BatchState, CorrectionBatch
from callmark.codes.default_codes import active_code_called
from callmark.codes.models import AccountCode
from callmark.codes.use import validation_is_on_anywhere
from callmark.local_formats import number
from callmark.portal.pages import Here
from callmark.portal.responses import named

WHAT = ("assign", "suggested", "clear", "not_billable", "billable")
"""What can be done to calls."""


def code_for(here: Here, text: str) -> tuple[AccountCode | None, str]:
    """The active code of this name or these digits; where none is validated, any digits."""
    text = text.strip()
    if not text:
        raise Refused(gettext("Say which code: its name or its digits."), "code")
    try:
        return active_code_called(here.account, text), ""
    except Refused:
        if not text.isdecimal() or validation_is_on_anywhere(here.account):
            raise
    return None, text


def carry_out(
    here: Here, which: Which, what: str, text: str, *, leave_closed: bool = False
) -> CorrectionBatch:
    """Do one of :data:`WHAT` to calls; ``text`` names the code to assign."""
    account, actor = here.account, here.person
    match what:
        case "suggested":
            return assign_suggested(account, which, leave_closed=leave_closed, actor=actor)
        case "clear":
            return take_code_away(account, which, leave_closed=leave_closed, actor=actor)
        case "not_billable" | "billable":
            return set_not_billable(
                account,
                which,
                not_billable=what == "not_billable",
                leave_closed=leave_closed,
                actor=actor,
            )
    code, digits = code_for(here, text)
    return assign_code(
        account, which, code=code, digits=digits, leave_closed=leave_closed, actor=actor
    )


def told(batch: CorrectionBatch) -> str:
    """What a correction did, in a sentence."""
    if batch.state != BatchState.DONE:
        return ngettext(
            "{count} call is being corrected. You may leave this page meanwhile.",
            "{count} calls are being corrected. You may leave this page meanwhile.",
            batch.total,
        ).format(count=number(batch.total))
    if not batch.left:
        return _done(batch)
    if batch.kind == BatchKind.SUGGESTED:
        left = ngettext(
            "{count} without a suggestion stays as it is.",
            "{count} without a suggestion stay as they are.",
            batch.left,
        )
    else:
        left = ngettext(
            "{count} changed meanwhile and stays as it is.",
            "{count} changed meanwhile and stay as they are.",
            batch.left,
        )
    return format_html("{} {}", _done(batch), left.format(count=number(batch.left)))


def _done(batch: CorrectionBatch) -> str:
    calls = calls_in_words(batch.done)
    match batch.kind:
        case BatchKind.CLEAR:
            return gettext("Took the code away from {calls}.").format(calls=calls)
        case BatchKind.NOT_BILLABLE:
            return gettext("Marked {calls} as not billable.").format(calls=calls)
        case BatchKind.BILLABLE:
            return gettext("Marked {calls} as billable again.").format(calls=calls)
        case BatchKind.SUGGESTED if batch.done > 1:
            return gettext("Assigned what was suggested to {calls}.").format(calls=calls)
        case BatchKind.UNDO:
            return gettext("Undone: {calls} as before.").format(calls=calls)
    name = batch.account_code_name
    if batch.kind == BatchKind.SUGGESTED:
        name = batch.calls.values_list("after_name", flat=True).get()
    if not name:
        return gettext("Assigned the code to {calls}.").format(calls=calls)
    return named(gettext("Assigned “{name}” to {calls}.").replace("{calls}", calls), name=name)
