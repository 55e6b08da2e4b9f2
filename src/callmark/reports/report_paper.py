"""A report on paper: its chart, every line, the total and what it is about."""

from dataclasses import replace

from django.utils.formats import date_format
from django.utils.translation import gettext

from callmark.accounts.models import Account
from callmark.keys.installed import keyring
from callmark.reports.definitions import OVER_TIME, Column, Figures, Kind, Line, Report
from callmark.reports.paper import Column as PaperColumn
from callmark.reports.paper import Paper, pdf, size_for
from callmark.reports.pictures import picture_of
from callmark.reports.words import about, figure_in_words, label_of, period_of_report

_FIT = 6
"""Columns on a sheet that stands upright."""
_OF_NAMES = 26


def report_pdf(report: Report, account: Account, *, with_codes: bool) -> bytes:
    """The report as PDF. Raises :class:`Refused` where that is not possible, or it is too long."""
    return pdf(report_paper(report, account, with_codes=with_codes))


def report_paper(report: Report, account: Account, *, with_codes: bool) -> Paper:
    """What is on it; the digits of codes beside their names for those who may see them."""
    shows_codes = with_codes and any(line.code_encrypted for line in report.lines)
    named = [one for one in report.columns if one.kind is not Kind.TEXT]
    titles = [PaperColumn(report.columns[0].title, 0, figures=False)]
    if shows_codes:
        titles.append(PaperColumn(gettext("Digits"), figures=False))
    titles += [PaperColumn(one.title) for one in named]
    if _compares_lines(report):
        titles += [
            PaperColumn(gettext("{column} before").format(column=one.title)) for one in named
        ]
    if is_wide := len(titles) > _FIT:
        first, *others = titles
        titles = [replace(first, share=_OF_NAMES), *(replace(one, share=0) for one in others)]
    lines = [*report.lines, *report.rest]
    rows = [
        [_label(report, line), *_digits(line, shown=shows_codes), *_figures(report, line, named)]
        for line in lines
    ]
    picture = picture_of(report)
    made = report.made_at.astimezone(account.zone)
    return Paper(
        size=size_for(account.country),
        is_wide=is_wide,
        title=report.title,
        from_whom=[account.name],
        about=[
            period_of_report(report.period),
            gettext("Made on {day}").format(day=date_format(made, "DATETIME_FORMAT")),
        ],
        facts=[*about(report.definition, account), *_compared(report)],
        columns=titles,
        rows=rows,
        totals=_totals(report, named, shows_codes=shows_codes),
        notes=report.notes,
        bars=picture.heights if picture else (),
        sentence=picture.sentence if picture else "",
    )


def _compares_lines(report: Report) -> bool:
    """Whether a line has one in the period before; a day, a week or a month has none."""
    return report.total_before is not None and report.definition.what not in OVER_TIME


def _totals(report: Report, named: list[Column], *, shows_codes: bool) -> list[list[str]]:
    first = [gettext("Total"), *([""] if shows_codes else [])]
    now = _cells(report.total, named, report.currency)
    if report.total_before is None:
        return [[*first, *now]]
    before = _cells(report.total_before, named, report.currency)
    if _compares_lines(report):
        return [[*first, *now, *before]]
    return [[*first, *now], [period_of_report(report.before or report.period), *before]]


def _compared(report: Report) -> list[tuple[str, str]]:
    return [(gettext("Compared with"), period_of_report(report.before))] if report.before else []


def _label(report: Report, line: Line) -> str:
    label, country = label_of(report, line)
    return f"{label} ({country})" if country else label


def _digits(line: Line, *, shown: bool) -> list[str]:
    if not shown:
        return []
    return [keyring().decrypt(line.code_encrypted) if line.code_encrypted else ""]


def _figures(report: Report, line: Line, named: list[Column]) -> list[str]:
    cells = _cells(line.figures, named, report.currency)
    if _compares_lines(report):
        cells += _cells(line.before, named, report.currency) if line.before else [""] * len(named)
    return cells


def _cells(figures: Figures, named: list[Column], currency: str) -> list[str]:
    return [figure_in_words(one.kind, getattr(figures, one.name), currency) for one in named]
