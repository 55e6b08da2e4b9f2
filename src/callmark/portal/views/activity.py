"""Activity: who changed what on the account, when and from where."""

from datetime import date

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from callmark.audit.actions import Action
from callmark.audit.export import csv_lines
from callmark.audit.models import AuditEntry
from callmark.policy.values import value_class
from callmark.portal.activity.changes import Change, changes_of
from callmark.portal.activity.sentences import from_where, sentence
from callmark.portal.forms.activity import KINDS, ActivityFilterForm
from callmark.portal.pages import Here
from callmark.portal.responses import is_htmx
from callmark.portal.stretches import stretch_of
from callmark.web.csv import csv_download

ORDER = ("-at", "-id")


@value_class
class Told:
    """An entry as the page tells it."""

    entry: AuditEntry
    day: date
    icon: str
    sentence: SafeString
    changes: list[Change]
    from_where: str

    @property
    def unchanged(self) -> bool:
        """Whether settings were saved as they were, so that the list of changes is empty."""
        saved = {Action.SETTINGS_SAVED, Action.USER_SETTINGS_SAVED}
        return self.entry.action in saved and not self.changes


@require_safe
def activity(request: HttpRequest, here: Here) -> HttpResponse:
    """The account's entries, newest first."""
    form = ActivityFilterForm(here.account, request.GET)
    form.is_valid()
    page = stretch_of(request.GET, form.entries(), ORDER, 50, looking_for=form.looking_for)
    context = {
        "section": "activity",
        "form": form,
        "page": page,
        "told": [_tell(entry) for entry in page],
        "filtered": any(form.cleaned_data.values()),
    }
    template = "portal/activity/entries.html" if is_htmx(request) else "portal/activity/page.html"
    return here.render(request, template, context)


def _tell(entry: AuditEntry) -> Told:
    icon = next((kind.icon for kind in KINDS.values() if kind.has(entry.action)), "info-circle")
    return Told(
        entry,
        timezone.localtime(entry.at).date(),
        icon,
        sentence(entry),
        changes_of(entry),
        from_where(entry),
    )


@require_safe
def export(request: HttpRequest, here: Here) -> FileResponse:
    """The same entries as CSV."""
    form = ActivityFilterForm(here.account, request.GET)
    form.is_valid()
    name = f"activity-{here.account.slug}-{timezone.localdate()}.csv"
    entries = form.entries().filter(form.looking_for or Q())
    written = here.account.csv
    return csv_download(csv_lines(entries, written), name, written)
