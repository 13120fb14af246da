"""deploy/compose.yaml read as data: checks of its services, and their commands and environments."""

import json
import re
import secrets
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
# Services that answer on a port; the others run a program without one.
WITH_HEALTH_CHECK = {"site", "postgresql", "redis", "nginx"}


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of .env.example, with generated values where it leaves them empty."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value or secrets.token_hex(32) for name, value in (line.split("=", 1) for line in lines)}


def interpolate(text: str, variables: dict[str, str]) -> str:
    """Replace ${NAME}, ${NAME:-default} and ${NAME:?message} as Compose does; $$ becomes $. Raises KeyError."""

    def value_of(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        default = match["default"]
        return variables.get(match["name"]) or (variables[match["name"]] if default is None else default)

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}", value_of, text)


def load(variables: dict[str, str]) -> dict:
    """Return the file with all variables replaced."""

    def replace(node):
        if isinstance(node, dict):
            return {key: replace(value) for key, value in node.items()}
        if isinstance(node, list):
            return [replace(value) for value in node]
        return interpolate(node, variables) if isinstance(node, str) else node

    return replace(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def environment(service: dict, variables: dict[str, str]) -> dict[str, str]:
    """Return what the container gets: names without a value are taken from .env, or are not set."""
    values = {name: variables.get(name) if value is None else value for name, value in service["environment"].items()}
    return {name: str(value) for name, value in values.items() if value is not None}


def check(compose: dict) -> None:
    """Raise AssertionError for a service that is not confined or not watched, and for an unknown name."""
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"] and not service.get("cap_add") and not service.get("privileged"), name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["mem_limit"] and service["pids_limit"] and service["logging"]["options"], name
        assert ("test" in service.get("healthcheck", {})) == (name in WITH_HEALTH_CHECK), name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        assert name == "nginx" or "ports" not in service, f"{name} is reachable from outside"
        assert re.search(r":[\w.-]+$", service["image"]), f"{name}: the image has no tag"
        assert service["image"].startswith("conference:") or service.get("user"), f"{name} would run as root"
        assert set(service["networks"]) <= set(compose["networks"]), name
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        for dependency, condition in service.get("depends_on", {}).items():
            needed = "service_completed_successfully" if dependency == "migrate" else "service_healthy"
            assert condition["condition"] == needed, (name, dependency)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], volume
    for name in ("data", "edge"):
        assert compose["networks"][name]["internal"] is True, name
    outside = {
        name for name, service in compose["services"].items() if {"outbound", "public"} & set(service["networks"])
    }
    assert outside == {"worker", "nginx"}, outside


def main() -> None:
    """Check the file; with `command SERVICE` or `environment SERVICE` print that as JSON."""
    variables = read_env_file(DEPLOY / ".env.example")
    compose = load(variables)
    if len(sys.argv) == 1:
        check(compose)
        print(f"compose.yaml: {len(compose['services'])} services, confined and with known names")
        return
    service = compose["services"][sys.argv[2]]
    print(json.dumps(service["command"] if sys.argv[1] == "command" else environment(service, variables)))


if __name__ == "__main__":
    main()
