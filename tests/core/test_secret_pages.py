"""Of pages whose address is a key, no other site and no search engine is told it; whoever opens none is answered alike."""

import pytest
from django.http import HttpResponse
from django.test import Client

from core.secret_pages import kept_secret

DOORS = ["/formateurs/x/", "/commandes/x/", "/inscriptions/x/", "/evenements/propositions/x/", "/evenements/organiser/x/"]


def test_what_is_answered_there_is_told_to_nobody_else() -> None:
    answer = kept_secret(HttpResponse("lu"))
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"], answer.content) == ("same-origin", "noindex, nofollow", b"lu")


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
def test_an_address_that_opens_nothing_is_kept_as_secret_as_one_that_does(client: Client, door: str) -> None:
    answer = client.get(door)
    assert (answer.status_code, answer["Referrer-Policy"], answer["X-Robots-Tag"]) == (404, "same-origin", "noindex, nofollow")
