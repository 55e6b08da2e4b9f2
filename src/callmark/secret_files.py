"""Secrets from files, as containers and service managers hand them over.

Each of :data:`SECRETS` may be given as ``..._FILE`` instead: the name of a file that holds it. So
it stands in no compose file, in no image, and in no list of a container's settings.
"""

import sys
from collections.abc import MutableMapping
from pathlib import Path

SECRETS = (
    "CALLMARK_DATABASE_URL",
    "CALLMARK_CDR_DATABASE_URL",
    "CALLMARK_SECRET_KEY",
    "CALLMARK_API_TOKEN_PEPPER",
    "CALLMARK_AGI_SECRET",
    "CALLMARK_FREESWITCH_PASSWORD",
    "CALLMARK_SMTP_PASSWORD",
    "CALLMARK_METRICS_TOKEN",
)


def read_secret_files(environment: MutableMapping[str, str]) -> None:
    """Put into the environment what its files hold. Ends the process for one that is not there.

    Both at once is refused: nobody could tell which one counts.
    """
    for name in SECRETS:
        path = environment.get(f"{name}_FILE")
        if not path:
            continue
        if environment.get(name):
            sys.exit(f"{name} and {name}_FILE are both set: leave one of them out.")
        try:
            environment[name] = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as problem:
            sys.exit(f"{name}_FILE: {path} cannot be read ({type(problem).__name__}).")
        # What is started from here has it in the environment, and is not to find both.
        del environment[f"{name}_FILE"]
