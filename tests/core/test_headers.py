"""Headers that every answer carries, a page, a refusal or a file."""

import pytest
from django.test import Client

from tests.accounts.factories import UserFactory, sign_in


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sante/", "/inconnu/", "/admin/", "/compte/connexion/"])
def test_every_answer_stays_with_our_own_pages(client, path):
    response = client.get(path)
    kept = ("Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options")
    assert [response.get(name) for name in kept] == ["same-origin", "same-origin", "same-origin", "nosniff", "DENY"]
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_no_cache_in_front_keeps_what_somebody_known_was_shown(client):
    sign_in(client, UserFactory())
    for path in ("/espace/", "/compte/adresses/", "/contact/", "/candidatures/inconnue/"):
        assert any(word in client.get(path)["Cache-Control"] for word in ("private", "no-store")), path
    assert Client().get("/contact/")["Cache-Control"] == "public, max-age=60"
