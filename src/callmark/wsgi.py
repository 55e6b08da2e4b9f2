"""The web application for any WSGI server."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")
_django = get_wsgi_application()

from callmark.keys.keyring import KeyProblem  # noqa: E402 (Django is set up only now)
from callmark.keys.starting import require_keys  # noqa: E402

try:
    require_keys()
except KeyProblem as _problem:
    sys.exit(f"callmark: {_problem}.")

from django.conf import settings  # noqa: E402

from callmark.ops.checks import of_portal  # noqa: E402
from callmark.ops.portal_probes import PortalProbes  # noqa: E402
from callmark.web.loaded import keep_what_is_loaded  # noqa: E402

keep_what_is_loaded()
application = PortalProbes(_django, of_portal(), settings.METRICS_TOKEN)
