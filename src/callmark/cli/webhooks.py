"""``callmark webhooks``: the process that sends messages to the accounts' programs."""

from callmark.cli import app
from callmark.cli.shared import database, fail


@app.command()
def webhooks() -> None:
    """Run only the webhook worker; several may run side by side."""
    with database(log_progress=True):
        from callmark.calls import jobs
        from callmark.codes import batch_jobs, user_batches
        from callmark.keys.starting import require_keys
        from callmark.ops.jobs_service import watched
        from callmark.reports import running
        from callmark.webhooks.addresses import allowed_networks
        from callmark.webhooks.worker import serve

        try:
            allowed_networks()
        except ValueError as problem:
            fail(f"CALLMARK_WEBHOOKS_ALLOW_PRIVATE: {problem}.")
        require_keys()
        with watched() as pulse:
            work = [jobs.work_some, running.work_some, batch_jobs.work_some, user_batches.work_some]
            serve(work, pulse.beat)
