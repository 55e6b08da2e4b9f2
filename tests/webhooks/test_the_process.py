"""``callmark webhooks`` as processes of their own: two side by side send everything just once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.installations import copied
from tests.webhooks.receivers import Receiver, answering

pytestmark = pytest.mark.sqlite

MESSAGES = 30
SET_UP = """
from callmark.accounts.models import Account
from callmark.webhooks.services import add_endpoint, send_test
account = Account.objects.get(slug="demo")
endpoint = add_endpoint(account, url={url!r}, events=["call.tagged"], actor=None).endpoint
for _ in range({messages}):
    send_test(endpoint, actor=None)
"""


@pytest.fixture
def environment(with_demo: Path, tmp_path: Path) -> dict[str, str]:
    """Of the demo's installation on SQLite, whatever the run is on."""
    return os.environ | {
        "CALLMARK_DATA_DIR": str(copied(with_demo, tmp_path)),
        "CALLMARK_DATABASE_URL": "",
        "CALLMARK_WEBHOOKS_ALLOW_PRIVATE": "127.0.0.1/32",
        "DJANGO_SETTINGS_MODULE": "callmark.settings",
    }


def callmark(environment: dict[str, str], *arguments: str) -> None:
    """Run one command to its end."""
    command = [sys.executable, "-m", "callmark", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)


def test_two_workers_send_every_message_once_and_end_when_told(
    environment: dict[str, str], receiver: Receiver
) -> None:
    set_up = SET_UP.format(url=receiver.url, messages=MESSAGES)
    callmark(environment, "manage", "shell", "--command", set_up)
    command = [sys.executable, "-m", "callmark", "webhooks"]
    workers = [subprocess.Popen(command, env=environment) for _ in range(2)]
    give_up_at = time.monotonic() + 30
    while len(receiver.received) < MESSAGES and time.monotonic() < give_up_at:
        time.sleep(0.05)
    # Each sends what it has begun before it ends: what both have taken has come twice by then.
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(10) for worker in workers] == [0, 0]
    ids = [received.headers["webhook-id"] for received in receiver.received]
    assert len(ids) == len(set(ids)) == MESSAGES


def test_who_answers_410_is_switched_off_and_the_administrators_get_a_mail(
    environment: dict[str, str], receiver: Receiver
) -> None:
    receiver.will(then=answering(410))
    set_up = SET_UP.format(url=receiver.url, messages=1)
    callmark(environment, "manage", "shell", "--command", set_up)
    printed = {"CALLMARK_EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    command = [sys.executable, "-m", "callmark", "webhooks"]
    worker = subprocess.Popen(command, env=environment | printed, stdout=subprocess.PIPE, text=True)
    give_up_at = time.monotonic() + 30
    while not receiver.received and time.monotonic() < give_up_at:
        time.sleep(0.05)
    # What came back is stored before it ends.
    worker.send_signal(signal.SIGTERM)
    mail, _ = worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert "Subject: [Callmark] Webhook turned off: " in mail
    assert "To: olivia@demo.example" in mail
    assert 'answered "410 Gone"' in mail
    shown = (
        "from callmark.webhooks.models import WebhookEndpoint as Endpoint;"
        "print(Endpoint.objects.of_every_account('there is one').get().why_off)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "callmark", "manage", "shell", "--command", shown],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split()[-1] == "gone"


def test_a_network_that_is_none_is_said_clearly(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "callmark", "webhooks"],
        env=environment | {"CALLMARK_WEBHOOKS_ALLOW_PRIVATE": "ten/8"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "CALLMARK_WEBHOOKS_ALLOW_PRIVATE" in done.stderr
    assert "Traceback" not in done.stderr
