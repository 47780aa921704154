"""An invented application, for the previews of letters: nothing of it is stored."""

from datetime import date, datetime, timedelta

from accounts.models import User
from applications.models import Application, EmployerAgreement, Offer, Step
from applications.states import Agreement, Branch, State
from core.clock import PARIS
from organisations.regions import Region
from programmes.models import Edition, Programme

ANSWERS = {
    "last_name": "Exemple",
    "first_name": "Camille",
    "organisation": "Ville d’Exemple",
    "job": "agent d’accueil en mairie",
    "branch": Branch.LOCAL.value,
    "region": Region.BRETAGNE.value,
    "motivation": "Je reçois chaque jour des habitants qui ne comprennent pas nos courriers. Je voudrais voir comment d’autres "
    "s’y prennent pour les écrire avec eux, et revenir avec trois essais à faire avec mon équipe d’accueil.",
    "costs_covered": True,
}


def sample_step() -> Step:
    """A deposit on the last call, or on an invented one when there is none."""
    edition = Edition.objects.select_related("programme").order_by("-closes_at", "-pk").first() or _sample_edition()
    person = User(email="camille.exemple@ville.example", first_name="Camille", last_name="Exemple")
    at = datetime(2027, 9, 6, 10, 5, 7, tzinfo=PARIS)
    reference = f"{edition.reference_prefix}-0001"
    application = Application(
        pk=0, edition=edition, applicant=person, state=State.SUBMITTED, reference=reference, started_at=at, saved_at=at, **ANSWERS
    )
    return Step(application=application, to_state=State.SUBMITTED, at=at, by_name=str(person), answers={"email": person.email, **ANSWERS})


def _sample_edition() -> Edition:
    programme = Programme(slug="exemple", title="Un programme", lede="Un programme.", contact_email="programme@la27eregion.example")
    return Edition(
        programme=programme,
        slug="2027",
        title="Un appel",
        short_title="L’appel 2027",
        reference_prefix="EX27",
        opens_at=datetime(2027, 8, 23, 9, tzinfo=PARIS),
        closes_at=datetime(2027, 9, 8, 12, tzinfo=PARIS),
        results_label="mi-septembre 2027",
        ends_on=date(2027, 11, 30),
    )


def sample_agreement() -> EmployerAgreement:
    """A manager's answer on the sample application; nothing of it is stored, and its link opens nothing."""
    step = sample_step()
    step.application.confirm_by = step.at + timedelta(days=14)
    return EmployerAgreement(
        application=step.application,
        answer=Agreement.REFUSED,
        asked_at=step.at,
        answered_at=step.at,
        until=step.at + timedelta(days=60),
        email="direction@ville.example",
        nonce="exemple",
        name="Dominique Exemple",
        job="directrice des services",
        question="Qui paie le train entre deux étapes ?",
        reply="Votre administration : compter deux allers-retours vers Paris et un en région.",
        words="Octobre est le mois du budget : je ne peux pas me passer de Camille deux jours.",
        refusal="La page jointe n’est pas signée.",
    )


def sample_offer() -> Offer:
    """A place offered on the sample application, rank 1, to be confirmed two weeks later; nothing of it is stored."""
    application = sample_step().application
    at = datetime(2027, 9, 21, 10, tzinfo=PARIS)
    application.state, application.waitlist_rank = State.WAITLISTED, 1
    application.confirm_by = datetime(2027, 9, 27, 12, tzinfo=PARIS)
    application.reason, application.reason_shared = "le jury a regretté de ne pas lire ce que vous feriez au retour.", True
    return Offer(pk=0, application=application, rank=1, at=at, until=at + timedelta(hours=72))
