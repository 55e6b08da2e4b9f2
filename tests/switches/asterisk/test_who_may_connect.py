"""The FastAGI port's networks and its secret, as an operator writes them."""

from pathlib import Path

import pytest

from callmark.switches.asterisk.access import Access, write_secret

from .test_server import NEW_SECRET, SECRET


@pytest.mark.parametrize(
    ("address", "admitted"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("192.0.2.1", False), ("fe80::1%eth0", False)],
)
def test_networks_admit_their_addresses_however_written(address: str, admitted: bool) -> None:
    assert Access.of(["10.0.0.0/8"]).admits(address) is admitted


def test_a_switch_gets_the_new_secret_only(tmp_path: Path) -> None:
    written = write_secret(tmp_path, f"{NEW_SECRET},{SECRET}").read_text()
    assert f"secret = {NEW_SECRET}\n" in written
    assert SECRET not in written


@pytest.mark.parametrize(
    ("networks", "secret"),
    [("nonsense", ""), ("10.0.0.0/8", "short"), ("10.0.0.0/8", f"{SECRET},short")],
)
def test_impossible_settings_are_refused(networks: str, secret: str) -> None:
    with pytest.raises(ValueError, match=r"network|secret"):
        Access.of([networks], secret)
