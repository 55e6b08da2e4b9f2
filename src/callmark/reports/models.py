"""Reports that are kept under a name, their schedules, and what came of each time they were due."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.accounts.kept import NAME_LENGTH
from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.calls.models.corrections import keep_shared
from callmark.managers import AccountManager
from callmark.reports.definitions import Definition, definition_from


class SavedReport(Audited):
    """A report under a name. ``asked`` is its definition as words, without digits of codes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="saved_reports")
    owner = models.ForeignKey(User, null=True, on_delete=keep_shared, related_name="saved_reports")
    name = models.CharField(max_length=NAME_LENGTH)
    shared = models.BooleanField(default=False)
    asked = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "owner", "name"),
                name="report_name_once",
                violation_error_message=gettext_lazy("You have a saved report of this name."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audited(self) -> Values:
        """What it tells, and to whom."""
        return values_of(self, ("name", "shared", "asked"))

    @property
    def definition(self) -> Definition:
        """What it asks. Raises :class:`Refused` if that cannot be asked any more."""
        return definition_from(self.asked)


class Every(models.TextChoices):
    """How often a report is due. Programs read the values: they never change."""

    WEEK = "week", gettext_lazy("Every week")
    MONTH = "month", gettext_lazy("Every month")


class SentBy(models.TextChoices):
    """How a report that is ready is handed over. Programs read the values."""

    ATTACHMENT = "attachment", gettext_lazy("By mail, with the file")
    LINK = "link", gettext_lazy("By mail, with a link for people who can sign in")
    WEBHOOK = "webhook", gettext_lazy("By webhook")


class Format(models.TextChoices):
    """What a file of a report can be."""

    XLSX = "xlsx", gettext_lazy("Excel")
    CSV = "csv", gettext_lazy("CSV")
    PDF = "pdf", gettext_lazy("PDF")


class Schedule(Audited):
    """When a kept report is due: on a day of each month or week, at an hour of the account's zone.

    ``day`` is 1-31 (in a shorter month: its last day), or 1-7 from Monday. ``next_at`` is when it
    is due next.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="schedules")
    report = models.ForeignKey(SavedReport, on_delete=models.CASCADE, related_name="schedules")
    every = models.CharField(max_length=5, choices=Every.choices)
    day = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField(default=6)
    way = models.CharField(max_length=10, choices=SentBy.choices)
    format = models.CharField(max_length=4, choices=Format.choices, default=Format.XLSX)
    # Addresses of mail, separated by commas; none for a webhook.
    recipients = models.CharField(max_length=2000, blank=True)
    active = models.BooleanField(default=True)
    next_at = models.DateTimeField()
    # The portal's own address, as the person knew it who saved this: links in mails begin with it.
    portal_url = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("created_at", "pk")
        verbose_name = "schedule of a report"
        indexes = (
            models.Index(
                fields=("next_at",), condition=models.Q(active=True), name="schedules_by_time"
            ),
        )

    def __str__(self) -> str:
        return self.report.name

    def audited(self) -> Values:
        """What people enter of it."""
        names = ("every", "day", "hour", "way", "format", "recipients", "active")
        return {"report": self.report.name if self.report_id else "", **values_of(self, names)}


class RunState(models.TextChoices):
    """How far a run is. Programs read the values: they never change."""

    WAITING = "waiting", gettext_lazy("Waiting")
    DONE = "done", gettext_lazy("Sent")
    GIVEN_UP = "given_up", gettext_lazy("Given up")


class About(models.TextChoices):
    """What a file is made of. Programs read the values: they never change."""

    REPORT = "report", gettext_lazy("A report")
    CALLS = "calls", gettext_lazy("Calls")


class Run(Audited):
    """A file that the worker makes: how far it is, and for a while the file itself.

    With a ``schedule`` it is one time that its report was due, sent as that says. Without, it is an
    export: one person (``asker``) has asked for it, and gets a mail when it is there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="report_runs")
    schedule = models.ForeignKey(Schedule, null=True, on_delete=models.CASCADE, related_name="runs")
    # The moment it is about: a report of last month is of the month before this.
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it is tried (again); null once it is settled.
    next_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=150, blank=True)
    # Of a schedule. Never with digits of codes. Null once it has been kept long enough.
    content = models.BinaryField(null=True)
    # Of an export: whose it is, what is asked (in words, without digits of codes), and of how many
    # lines there are how many are in its parts.
    asker = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="exports")
    about = models.CharField(max_length=6, choices=About.choices, default=About.REPORT)
    asked = models.JSONField(default=dict)
    format = models.CharField(max_length=4, choices=Format.choices, blank=True, default="")
    for_programs = models.BooleanField(default=False)
    portal_url = models.CharField(max_length=300, blank=True, default="", editable=False)
    lines_done = models.PositiveIntegerField(default=0)
    lines_total = models.PositiveIntegerField(null=True)
    size = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-due_at", "-pk")
        indexes = (
            models.Index(
                fields=("next_at",),
                condition=models.Q(state="waiting"),
                name="report_runs_waiting",
            ),
            models.Index(fields=("account", "-due_at"), name="report_runs_by_account"),
        )

    def __str__(self) -> str:
        return self.title if self.schedule_id is None else f"{self.title} {self.due_at:%Y-%m-%d}"

    def audited(self) -> Values:
        """What an export is asked to have."""
        return values_of(self, ("title", "about", "format", "asked"))


class RunPart(models.Model):
    """A piece of an export's file: however long the file is, no more than this is in memory."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("run", "number")
        constraints = (
            models.UniqueConstraint(fields=("run", "number"), name="part_of_a_file_once"),
        )

    def __str__(self) -> str:
        return f"part {self.number}"
