"""Every form that asks personal data says why, on what basis, who reads it and when it is erased."""

from datetime import datetime, timedelta

import pytest
import time_machine

from accounts import colleagues, services
from accounts.models import Invitation, Proof
from accounts.roles import Role
from core import clock, retention
from core.clock import PARIS
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import OPEN, deposited
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
SAID = ("Vos données", "intérêt légitime", "lit", "effac", "/donnees-personnelles/")


@time_machine.travel(OPEN)
@pytest.mark.parametrize("page", ["sign-in", "addresses", "invitation", "application", "withdrawal"])
def test_each_form_says_it(client, page, monkeypatch):
    application = deposited(edition=EditionFactory())
    monkeypatch.setattr(colleagues, "new_secret", lambda: "secret")
    colleagues.invite("jury@ville.example", ["REVIEWER"], by=UserFactory(roles=[Role.ADMINISTRATOR]), now=clock.now())
    if page not in ("sign-in", "invitation"):
        sign_in(client, application.applicant, factor=False)
    path, day = {
        "sign-in": ("/compte/connexion/", "2\u00a0octobre 2017"),
        "addresses": ("/compte/adresses/", "2\u00a0octobre 2017"),
        "invitation": ("/compte/invitation/secret/", "9\u00a0octobre 2017"),
        "application": (EditionFactory().get_apply_url(), "30\u00a0mai 2018"),
        "withdrawal": (f"/candidatures/{application.reference}/retirer/", "30\u00a0mai 2018"),
    }[page]
    html = client.get(path).content.decode()
    assert [words for words in (*SAID, day) if words not in html] == []


def test_the_night_of_that_day_keeps_the_promise():
    now = datetime(2017, 9, 1, 23, 50, tzinfo=PARIS)
    services.ask_proof("candidate@ville.example", now=now)
    colleagues.invite("jury@ville.example", ["REVIEWER"], by=UserFactory(roles=[Role.ADMINISTRATOR], date_joined=now), now=now)
    proof_day, invitation_day = services.erased_on(now), services.erased_after(now + colleagues.INVITATION_LIFETIME)
    for day, left in ((proof_day - timedelta(days=2), (1, 1)), (proof_day, (0, 1)), (invitation_day, (0, 0))):
        list(retention.purge(now=datetime(day.year, day.month, day.day, 3, 30, tzinfo=PARIS)))
        assert (Proof.objects.count(), Invitation.objects.count()) == left
