"""A changed IBAN is told to every treasurer (issue 4): whoever changes where money goes never does it alone.

Derived from the journal of acts: whatever form changed it, the sweep finds it; what was issued keeps the account it was printed with.
"""

from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from core import clock
from core.addresses import absolute
from core.numbers import spaced_iban
from core.typography import moment_in_words
from mailing import outbox
from mailing.letters import Context, LetterKind, Placeholder, register
from mailing.states import Settling
from records.models import Act, Association
from records.services import label_of

LOOKED_BACK = timedelta(days=7)
IBAN = str(Association._meta.get_field("iban").verbose_name)
NONE = "aucun"


def tell(*, now: datetime) -> int:
    """Owe a letter to each treasurer for each change of the last days; told once, whatever is swept again. Return how many."""
    acts = Act.objects.filter(about=label_of(Association(pk=1)), at__gt=now - LOOKED_BACK, at__lte=now, changes__has_key=IBAN)
    return sum(_tell(act, person, now) for act in acts.order_by("pk") for person in User.objects.with_role(Role.TREASURER).order_by("pk"))


def _tell(act: Act, person: User, now: datetime) -> int:
    context = {"person": person, "act": act, "url": absolute(reverse("admin:records_association_change", args=[1]))}
    outbox.post(f"iban:{act.pk}:{person.pk}", KIND, to=person.email, reader=person, context=context, now=now)
    return 1


def _iban(context: Context, rank: int) -> str:
    said = context["act"].changes.get(IBAN, ["", ""])[rank]
    return spaced_iban(str(said).replace(" ", "").replace("\u00a0", "")) or NONE


def _sample() -> dict[str, Any]:
    changes = {IBAN: ["FR7630001007941234567890185", "FR7630006000011234567890189"]}
    person = User(email="tresorerie.exemple@la27eregion.example", first_name="Camille", last_name="Exemple")
    act = Act(at=clock.now(), by_name="Camille Exemple", changes=changes)
    return {"person": person, "act": act, "url": absolute(reverse("admin:records_association_change", args=[1]))}


KIND = LetterKind(
    "billing.iban", "IBAN de l’association changé", "billing/emails/iban.txt", _sample, settling=Settling.RESEND,
    placeholders={
        "salutation": Placeholder("« Bonjour Camille »", lambda context: f"Bonjour {context['person'].first_name}".strip()),
        "qui": Placeholder("qui l’a changé", lambda context: context["act"].by_name),
        "quand": Placeholder("le jour et l’heure", lambda context: moment_in_words(context["act"].at)),
        "ancien": Placeholder("l’IBAN d’avant", lambda context: _iban(context, 0)),
        "nouveau": Placeholder("l’IBAN d’après", lambda context: _iban(context, 1), essential=True),
        "lien": Placeholder("la fiche de l’association", itemgetter("url"), button=True),
    },
)  # fmt: skip
register(KIND)
