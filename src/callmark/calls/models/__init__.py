"""What is stored of calls: records, totals of them, their corrections and closed months."""

from callmark.batches import BatchState
from callmark.calls.models.calls import (
    Call,
    CallAttempt,
    CallOutcome,
    CallTypeChoice,
    Direction,
    EndToldBy,
    EnteredBy,
    LockoutLift,
    Payer,
    WaitingRecord,
)
from callmark.calls.models.charges import Charge, Rerating
from callmark.calls.models.corrections import (
    BatchKind,
    Correction,
    CorrectionBatch,
    Job,
    SavedFilter,
)
from callmark.calls.models.counted import CountedCall
from callmark.calls.models.limits import (
    CallLimit,
    LimitOfChoice,
    LimitPerChoice,
    LimitUnitChoice,
    LimitWarning,
    WhenReachedChoice,
)
from callmark.calls.models.other_party import OTHER_PARTY
from callmark.calls.models.totals import (
    Adjustment,
    ClosedMonth,
    CodeTotal,
    DayTotal,
    TagState,
    UserTotal,
)

__all__ = (
    "OTHER_PARTY",
    "Adjustment",
    "BatchKind",
    "BatchState",
    "Call",
    "CallAttempt",
    "CallLimit",
    "CallOutcome",
    "CallTypeChoice",
    "Charge",
    "ClosedMonth",
    "CodeTotal",
    "Correction",
    "CorrectionBatch",
    "CountedCall",
    "DayTotal",
    "Direction",
    "EndToldBy",
    "EnteredBy",
    "Job",
    "LimitOfChoice",
    "LimitPerChoice",
    "LimitUnitChoice",
    "LimitWarning",
    "LockoutLift",
    "Payer",
    "Rerating",
    "SavedFilter",
    "TagState",
    "UserTotal",
    "WaitingRecord",
    "WhenReachedChoice",
)
