"""Callmark's own settings over a throw-away data folder."""

import atexit
import os
import shutil
import tempfile
from typing import cast

_folder = tempfile.mkdtemp(prefix="callmark-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["CALLMARK_DATA_DIR"] = _folder

from callmark.keys import key_file  # noqa: E402
from callmark.settings import *  # noqa: E402, F403
from callmark.settings import CODE_KEYS_FILE, DATA_DIR, DATABASES, MIDDLEWARE  # noqa: E402

if "sqlite3" in str(DATABASES["default"]["ENGINE"]):
    # A file, not memory: the browser's server and other processes must see it too.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # No test pulls the plug: nothing need wait for the disk.
    _options = cast("dict[str, str]", DATABASES["default"]["OPTIONS"])
    _options["init_command"] = _options["init_command"].replace("=FULL", "=OFF")

# What migrating makes in a new installation; some tests use a key without a database.
key_file.create(CODE_KEYS_FILE)
# Whoever signs in as operator here is asked for a second factor by the tests of that only.
OPERATORS_NEED_SECOND_FACTOR = False

# Signing in a thousand times must not take a thousand slow hashes.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# No test at all may be answered by the API what its document does not name.
MIDDLEWARE = ["tests.api.statuses.OnlyDocumentedStatuses", *MIDDLEWARE]
_WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"
MIDDLEWARE[MIDDLEWARE.index(_WHITENOISE)] = "tests.static_files.LooksOnce"
