"""Headers that every answer carries, a page, a refusal or a file."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sante/", "/inconnu/", "/admin/", "/compte/connexion/"])
def test_every_answer_stays_with_our_own_pages(client, path):
    response = client.get(path)
    kept = ("Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options")
    assert [response.get(name) for name in kept] == ["same-origin", "same-origin", "same-origin", "nosniff", "DENY"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
