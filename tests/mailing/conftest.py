from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from core.addresses import absolute
from mailing import delivery, letters, stopping
from mailing.letters import LetterKind, Placeholder
from mailing.models import Message
from mailing.states import Settling
from tests.mailing import sink
from tests.mailing.factories import NOW
from tests.mailing.sink import Sink

PLAIN = LetterKind(
    name="test.plain",
    label="Lettre d’essai",
    template="test/plain.txt",
    sample=lambda: {"name": "Camille Exemple", "place": "Lyon"},
    placeholders={
        "prenom": Placeholder("le prénom", itemgetter("name")),
        "lieu": Placeholder("le lieu", itemgetter("place"), essential=True),
        "lien": Placeholder("la page des programmes", lambda _: absolute("/programmes/"), button=True),
    },
    scopes=("programmes.edition",),
)


@pytest.fixture(autouse=True)
def kinds(settings, tmp_path, monkeypatch) -> dict[str, LetterKind]:
    """Kinds for tests: plain, a reminder sent again when uncertain, a secret code."""
    folder = tmp_path / "templates" / "test"
    folder.mkdir(parents=True)
    (folder / "plain.txt").write_text("Bonjour {prenom}\n\nRendez-vous à {lieu}.\n\nLire :\n{lien}\n", encoding="utf-8")
    (folder / "code.txt").write_text("Votre code : {code}\n\nTapez {code}.\n", encoding="utf-8")
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path / "templates"]} for engine in settings.TEMPLATES]
    known = {
        kind.name: kind
        for kind in (
            PLAIN,
            replace(PLAIN, name="test.reminder", settling=Settling.RESEND),
            replace(PLAIN, name="test.code", label="Code de connexion", template="test/code.txt", secret=True,
                    sample=lambda: {"code": "000000"}, expires_after=timedelta(minutes=15), scopes=(),
                    placeholders={"code": Placeholder("le code", itemgetter("code"), essential=True)}),
        )
    }  # fmt: skip
    for name, kind in known.items():
        monkeypatch.setitem(letters.KINDS, name, kind)
    stopping.forget()
    return known


@pytest.fixture
def change_kind(monkeypatch):
    """Change a kind for one test."""

    def change(name: str, **properties) -> LetterKind:
        kind = replace(letters.KINDS[name], **properties)
        monkeypatch.setitem(letters.KINDS, name, kind)
        return kind

    return change


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **duration: int) -> None:
        self.moment += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def smtp(settings) -> Iterator[Sink]:
    """A real SMTP server, named by the settings."""
    server = Sink()
    controller: Controller = sink.start(server)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_TIMEOUT = 30  # below the lease, as everywhere
    yield server
    controller.stop()


@pytest.fixture
def send(clock, db):
    """What the worker does."""
    return lambda: delivery.deliver(clock=clock)


@pytest.fixture
def states():
    """The state of every letter, by key order."""
    return lambda: list(Message.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def reader(db, monkeypatch):
    """Somebody who signs in, and has this address."""
    monkeypatch.setattr(User, "addresses", lambda person: {person.email}, raising=False)
    return User.objects.create_user("camille@ville.example", first_name="Camille", last_name="Exemple")


@pytest.fixture
def space(client, reader):
    """The reader's browser."""
    client.force_login(reader, backend="accounts.backends.RoleBackend")
    return client


@pytest.fixture
def enter(db, settings, monkeypatch):
    """Open the admin as somebody who holds a role; the second factor is tested in tests/accounts."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)

    def as_role(role: Role) -> Client:
        person = User.objects.create_user(f"{role.lower()}@la27eregion.example", last_name="Exemple")
        person.grants.create(role=role)
        client = Client()
        client.force_login(person, backend="accounts.backends.RoleBackend")
        return client

    return as_role


@pytest.fixture
def staff(enter) -> Client:
    return enter(Role.STAFF)
