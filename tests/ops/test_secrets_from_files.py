"""A secret that is given as a file, as containers hand it over."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callmark.secret_files import SECRETS, read_secret_files


@pytest.mark.parametrize("name", SECRETS)
def test_each_may_be_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("hush\n")
    environment = {f"{name}_FILE": str(tmp_path / "secret")}
    read_secret_files(environment)
    assert environment == {name: "hush"}


def test_a_file_that_is_not_there_and_a_value_beside_it_end_the_command(tmp_path: Path) -> None:
    for given, says in (
        (
            {"CALLMARK_SECRET_KEY_FILE": str(tmp_path / "none")},
            "cannot be read (FileNotFoundError)",
        ),
        (
            {"CALLMARK_SECRET_KEY_FILE": str(tmp_path), "CALLMARK_SECRET_KEY": "hush"},
            "are both set",
        ),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "callmark", "classify", "911", "--country", "US"],
            env=os.environ | given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert says in done.stderr
        assert "hush" not in done.stderr
