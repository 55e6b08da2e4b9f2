"""The image and the compose file, as far as they can be judged without running containers.

``scripts/try-image`` makes what the image holds in a root of its own and starts it there.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from callmark.cli import every_command
from callmark.ops.probe_places import probe_place

FOLDER = Path(__file__).parents[2] / "deploy/container"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, one in SERVICES.items() if one["image"] == "callmark")
UNITS = FOLDER.parent / "systemd"


def test_the_compose_file_is_one() -> None:
    """By the specification's own schema; beside this test is a copy (Apache License 2.0)."""
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    errors = [str(one) for one in jsonschema_rs.validator_for(schema).iter_errors(COMPOSE)]
    assert errors == []


def test_whatever_has_a_unit_has_a_service() -> None:
    named = {path.stem.removeprefix("callmark-") for path in UNITS.glob("callmark-*.service")}
    assert set(OURS) == named
    for name in OURS:
        started = re.search(
            r"callmark/bin/callmark (\S+)", (UNITS / f"callmark-{name}.service").read_text()
        )
        assert started
        assert started[1] in " ".join(
            [*SERVICES[name]["command"], *SERVICES[name].get("entrypoint", ())]
        )
        assert started[1] in every_command().commands


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_write_nowhere_but_in_its_volumes_and_has_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if name in OURS:
        assert service["user"] == "10001:10001"
        assert "cap_add" not in service


def test_no_secret_stands_in_it_and_each_is_a_file() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|TOKEN|KEY|PEPPER|DATABASE_URL", variable):
                assert variable.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert {one["file"] for one in COMPOSE["secrets"].values()} == {
        f"secrets/{name}" for name in COMPOSE["secrets"]
    }
    ignored = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()
    first = next(line for line in ignored if not line.startswith("#"))
    assert first == "*", "nothing gets into an image but what is named"


def test_what_is_put_into_a_container_is_a_file_that_is_there() -> None:
    """Docker mounts a file; a text it would copy, which a read-only root refuses."""
    for one in (*COMPOSE["configs"].values(), *COMPOSE["secrets"].values()):
        assert one.keys() == {"file"}
    for one in COMPOSE["configs"].values():
        assert (FOLDER / one["file"]).stat().st_mode & 0o111, "else the entrypoint sources it"


def test_an_image_is_built_without_anything_of_docker_hub_but_its_base() -> None:
    for file in FOLDER.rglob("Containerfile"):
        assert "syntax=" not in file.read_text()


def test_each_process_is_asked_where_it_answers() -> None:
    jobs = {"worker": "jobs"}
    for name in OURS:
        if name in {"migrate", "housekeeping"}:
            continue
        place = probe_place(jobs.get(name, name), {}) if name != "portal" else ("127.0.0.1", 8000)
        assert place
        assert f"http://127.0.0.1:{place[1]}/healthz" in SERVICES[name]["healthcheck"]["test"][-1]


def test_only_the_portal_on_this_machine_and_the_switch_can_be_reached() -> None:
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published == {"portal": ["127.0.0.1:8000:8000"], "asterisk": ["5060:5060/udp"]}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [name for name, one in SERVICES.items() if "outside" in one.get("networks", ())] == [
        "portal",
        "worker",
        "asterisk",
    ]


def test_the_image_is_made_by_the_steps_that_are_tried_without_it() -> None:
    text = (FOLDER / "Containerfile").read_text()
    assert "RUN --mount=type=bind,target=/src sh /src/deploy/container/make-root /src" in text
    assert "USER 10001:10001" in text
    assert "COPY" not in text, "what is copied stays in a layer"
    assert "deploy/container/make-root" in (FOLDER.parents[1] / "scripts/try-image").read_text()
