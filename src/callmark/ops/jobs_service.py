"""What watches the worker of webhooks, corrections and reports: is it alive, what waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from callmark.ops.checks import of_jobs as health_of_jobs
from callmark.ops.metrics import Metrics
from callmark.ops.metrics_of_jobs import of_jobs
from callmark.ops.probes import Pages, Pulse, serve_probes

HUNG_SECONDS = 900.0
"""The largest report of the largest account takes minutes, and the worker's thread with it."""


@contextmanager
def watched() -> Iterator[Pulse]:
    """Answer for health and metrics while the worker works; it beats each time it comes round."""
    pulse = Pulse(HUNG_SECONDS)
    health = health_of_jobs(pulse.is_alive)
    pages = Pages(health, Metrics(health, of_jobs), settings.METRICS_TOKEN)
    probes = serve_probes(settings.PROBES["jobs"], pages)
    try:
        yield pulse
    finally:
        if probes is not None:
            probes.stop()
