"""Why it may be too early to close a month, in words."""

from django.utils.translation import ngettext


def why_wait(kind: str, count: int) -> str:
    """What follows the count: the reason of a :class:`callmark.calls.months.WarningKind`."""
    match kind:
        case "calls_running":
            return ngettext("call may still be under way", "calls may still be under way", count)
        case "records_waiting":
            return ngettext(
                "record of a call waits to be stored", "records of calls wait to be stored", count
            )
        case "calls_to_assign":
            return ngettext("call has no code yet", "calls have no code yet", count)
        case "earlier_month_open":
            return ngettext("earlier month is open", "earlier months are open", count)
        case _:
            return ngettext("correction under way", "corrections under way", count)
