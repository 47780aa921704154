"""docker-compose.yml and the Dockerfile say what the project knows: services, health checks, volumes, commands, variables."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from config.celery import LETTERS, LONG, SHORT, app
from scripts.services import programs

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "long", "beat")
WORKERS = ("worker", "long")
# The images' own variables, which the project does not read.
FOREIGN = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"}


def _documented():
    return set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "reglages.md").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_services_are_those_of_production():
    assert sorted(SERVICES) == ["beat", "long", "migrate", "postgres", "redis", "web", "worker"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_that_lasts_has_a_health_check_and_comes_back(name):
    service = SERVICES[name]
    if name == "migrate":
        assert ("healthcheck" in service, service["restart"]) == (False, "no")
    else:
        assert (service["healthcheck"]["test"][0], service["restart"]) == ("CMD", "unless-stopped")


def test_every_volume_is_named_and_used():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"]) == {"database", "queue", "files"}


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_one_image_without_privileges(name):
    service = SERVICES[name]
    told = (service["build"], service["env_file"], service["cap_drop"], service["read_only"], service["volumes"])
    assert told == (".", ".env", ["ALL"], True, ["files:/data"])


@pytest.mark.parametrize("name", ["web", *WORKERS, "beat"])
def test_nothing_starts_before_the_servers_and_the_migrations(name):
    waits = {service: on["condition"] for service, on in SERVICES[name]["depends_on"].items()}
    assert waits == {"postgres": "service_healthy", "redis": "service_healthy", "migrate": "service_completed_successfully"}


def test_every_command_exists():
    from celery.bin.celery import celery

    asked = re.findall(r"manage\.py (\w+)", SERVICES["migrate"]["command"][-1])
    assert (asked, set(asked) <= set(get_commands())) == (["migrate", "reference"], True)
    assert SERVICES["web"]["command"] == ["gunicorn", "-c", "config/gunicorn.py"]
    assert (ROOT / "config" / "gunicorn.py").is_file()
    for name, asked in [("worker", "worker"), ("long", "worker"), ("beat", "beat")]:
        program, *options = SERVICES[name]["command"]
        assert (program, options[:3]) == ("celery", ["-A", "config", asked])
        known = {flag for parameter in celery.commands[asked].params for flag in parameter.opts}
        assert [option for option in options[3:] if option.split("=")[0] not in known] == []


def _queues(command):
    return {name for option in command if option.startswith("--queues=") for name in option.removeprefix("--queues=").split(",")}


def test_every_queue_is_read_and_letters_never_behind_what_lasts(tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.services.certificate", lambda folder: (folder / "key", folder / "crt"))
    local = {name: _queues(command) for name, command in programs(tmp_path, {}).items() if name in WORKERS}
    composed = {name: _queues(SERVICES[name]["command"]) for name in WORKERS}
    assert local == composed == {"worker": {LETTERS, SHORT}, "long": {LONG}}
    app.loader.import_default_modules()
    assert set(app.conf.task_routes) - set(app.tasks) == set()
    assert {route["queue"] for route in app.conf.task_routes.values()} | {SHORT} == {queue.name for queue in app.conf.task_queues}
    assert {queue.name: (queue.exchange.name, queue.routing_key) for queue in app.conf.task_queues} == {
        name: (name, name) for name in (SHORT, LETTERS, LONG)
    }
    assert {app.conf.task_routes[name]["queue"] for name in ("records.work", "programmes.render_flyers", "core.purge")} == {LONG}
    assert app.conf.task_routes["mailing.deliver"]["queue"] == LETTERS


def test_every_health_check_exists():
    asked = {SERVICES[name]["healthcheck"]["test"][-1] for name in ("web", *WORKERS, "beat")}
    told = re.search(r'\{("web".*?)\}', (ROOT / "scripts" / "healthy.py").read_text(encoding="utf-8")).group(1)
    assert asked == set(re.findall(r'"(\w+)"', told)) == {"web", "worker", "beat"}
    assert {tuple(SERVICES[name]["healthcheck"]["test"][1:3]) for name in ("web", *WORKERS, "beat")} == {("python", "scripts/healthy.py")}


def test_every_variable_is_known_to_the_project():
    given = {variable for service in SERVICES.values() for variable in service.get("environment", {})}
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    substituted = set(re.findall(r"\$\{([A-Z_]+)", text))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / "docs" / "exemple.env").read_text(encoding="utf-8"), re.MULTILINE))
    assert (given | substituted | example) - FOREIGN - _documented() == set()


def test_what_production_needs_is_given():
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / "docs" / "exemple.env").read_text(encoding="utf-8"), re.MULTILINE))
    given = example | set(SERVICES["web"]["environment"])
    assert {"PORTAL_URL", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL"} - given == set()


def test_the_image_is_pinned_slim_and_not_root():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["python:3.11-slim-bookworm"] * 2
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE) == ["portail"]
    assert "--require-hashes -r requirements/base.txt" in dockerfile
    variables = set(re.findall(r"\b([A-Z][A-Z_]{3,})=", dockerfile)) - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert variables - _documented() - {"DJANGO_SETTINGS_MODULE", "XDG_CACHE_HOME"} == set()
