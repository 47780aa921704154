"""Logs hold neither the secret of a link nor an address, in plain lines as in JSON."""

import io
import json
import logging

import pytest
from django.conf import settings
from django.test import Client

from accounts import services
from core import clock
from core.logs import JSONFormatter, PlainFormatter, masked
from tests.accounts.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[PlainFormatter, JSONFormatter])
def written(request):
    """What the root handler would write."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def test_a_refused_post_to_a_live_link_leaves_no_secret_in_the_log(written):
    fresh = services.make_proof("candidate@ville.example", now=clock.now())
    assert Client(enforce_csrf_checks=True).post(f"/compte/lien/{fresh.secret}/").status_code == 403
    assert fresh.secret not in written.getvalue()
    assert "/compte/lien/[secret]/" in written.getvalue()


def test_a_trace_quotes_no_address(written):
    try:
        raise ValueError("Key (email)=(d'exemple+27@ville.example) already exists")
    except ValueError:
        logging.getLogger("essai").exception("refus pour personne@ville.example")
    assert "ville.example" not in written.getvalue()
    assert "already exists" in written.getvalue()


def test_an_entry_of_json_is_one_line():
    record = logging.LogRecord("essai", logging.WARNING, __file__, 1, "une ligne\net une autre", None, None)
    line = JSONFormatter().format(record)
    assert ("\n" in line, json.loads(line)["message"]) == (False, "une ligne\net une autre")


def test_what_is_no_secret_stays():
    text = 'Not Found: /compte/lien/abc-_DEF/renvoyer/ "GET /programmes/2017/" /compte/invitation/xyz/'
    assert masked(text) == 'Not Found: /compte/lien/[secret]/renvoyer/ "GET /programmes/2017/" /compte/invitation/[secret]/'


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/prevenez-moi/abcdef0123/", "/prevenez-moi/[secret]/"),
        ("/lettres/abc:def/ne-plus-recevoir/", "/lettres/[secret]/ne-plus-recevoir/"),
        ("/apercu/abc.def/depliant.pdf", "/apercu/[secret]/depliant.pdf"),
    ],
)
def test_the_secrets_of_every_mailed_link_are_masked(path, said):
    assert masked(f"Forbidden (CSRF cookie not set.): {path}") == f"Forbidden (CSRF cookie not set.): {said}"


def test_every_line_of_the_portal_is_masked():
    made = {name: options["()"] for name, options in settings.LOGGING["formatters"].items()}
    assert made == {"plain": "core.logs.PlainFormatter", "json": "core.logs.JSONFormatter"}


def test_a_page_refused_to_somebody_leaves_a_line_and_no_trace(written, client):
    sign_in(client, UserFactory())
    assert client.get("/admin/", follow=True).status_code == 403
    assert "/admin/" in written.getvalue()
    assert "Traceback" not in written.getvalue()
