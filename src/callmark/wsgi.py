"""The web application for any WSGI server."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")
application = get_wsgi_application()

from callmark.keys.keyring import KeyProblem  # noqa: E402 (Django is set up only now)
from callmark.keys.starting import require_keys  # noqa: E402

try:
    require_keys()
except KeyProblem as _problem:
    sys.exit(f"callmark: {_problem}.")
