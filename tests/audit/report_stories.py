"""The same of reports that are kept, and of their schedules."""

from collections.abc import Callable
from datetime import date

from callmark.calls.filters import CallFilter
from callmark.reports import exports, schedules
from callmark.reports import saved as reports
from callmark.reports.handover.files import make_file
from callmark.reports.handover.formats import read_format
from callmark.reports.handover.gathering import billing
from callmark.reports.models import Run, SavedReport, Schedule
from tests.cast import LawFirm


def _report(firm: LawFirm) -> SavedReport:
    return reports.save_report(firm.account, name="The bill", asked={}, actor=firm.olivia)


def _schedule(firm: LawFirm) -> Schedule:
    values = {"every": "week", "day": 1, "way": "link", "recipients": "olivia@firm.example"}
    return schedules.add_schedule(firm.account, _report(firm), values, actor=firm.olivia)


def _export(firm: LawFirm) -> Run:
    return exports.ask_for_report(firm.account, {"what": "user"}, "xlsx", actor=firm.olivia)


REPORT_STORIES: dict[str, Callable[[LawFirm], object]] = {
    "reports.saved.save_report": _report,
    "reports.saved.delete_report": lambda firm: reports.delete_report(
        _report(firm), actor=firm.olivia
    ),
    "reports.schedules.add_schedule": _schedule,
    "reports.schedules.change_schedule": lambda firm: schedules.change_schedule(
        _schedule(firm), {"active": False}, actor=firm.olivia
    ),
    "reports.schedules.delete_schedule": lambda firm: schedules.delete_schedule(
        _schedule(firm), actor=firm.olivia
    ),
    "reports.handover.files.make_file": lambda firm: make_file(
        billing(firm.account, date(2026, 3, 1)),
        read_format({"format": "csv"}),
        actor=firm.olivia,
    ),
    "reports.exports.ask_for_report": _export,
    "reports.exports.ask_for_calls": lambda firm: exports.ask_for_calls(
        firm.account, CallFilter(call_type="international"), "csv", actor=firm.olivia
    ),
    "reports.exports.delete_export": lambda firm: exports.delete_export(
        _export(firm), actor=firm.olivia
    ),
    "reports.schedules.run_now": lambda firm: schedules.run_now(_schedule(firm), actor=firm.olivia),
}
