"""What staff do to many applications at once: the jury, the review, tags, a letter."""

import re
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import PERMISSIONS, TRIAGE, WRITE_TO_APPLICANTS, Role
from applications import services, written
from applications.emails import overtaken
from applications.models import Application, Review, Step, Tag
from applications.services import assigning, writing
from applications.states import State
from core import hints
from core.refusals import Refused
from mailing import batches, groupacts, outbox
from mailing.models import Batch, Message, Refusal
from mailing.rendering import Words
from mailing.states import State as LetterState
from records.models import Act
from records.services import label_of
from tests.accounts.factories import UserFactory as ProvenFactory
from tests.accounts.factories import show_factor, sign_in
from tests.applications.factories import NOON, ApplicationFactory, UserFactory, deposited, reviewer, staff
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"
CLOSED = NOON + timedelta(hours=2)  # a Friday, in working hours
WORDS = Words("Une date pour {appel}", "La réunion est mardi. Votre référence : {reference}.")


@pytest.fixture(autouse=True)
def _closed():
    with time_machine.travel(CLOSED, tick=False):
        yield


@pytest.fixture
def edition():
    return EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")


@pytest.fixture
def colleague(client, settings, monkeypatch):
    """A member of staff in the admin; the second factor is tested in tests/accounts."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    monkeypatch.setattr(groupacts, "ask_factor", lambda _: None)
    colleague = staff()
    client.force_login(colleague, backend="accounts.backends.RoleBackend")
    return colleague


def juror(name: str) -> User:
    return reviewer(name)


def several(count: int, edition, **fields) -> list[Application]:
    return [deposited(edition=edition, **fields) for _ in range(count)]


def keys(rows) -> list[int]:
    return [row.pk for row in rows]


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def outcome_of(outcomes) -> list[tuple[str, str]]:
    return [(str(outcome.application), plain(outcome.why)) for outcome in outcomes]


def text(response) -> str:
    return " ".join(plain(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def screen(slug: str, rows) -> str:
    return f"{reverse('admin:applications_application_group_act', args=[slug])}?choix={','.join(map(str, keys(rows)))}"


def confirmed(client, address: str, typed: dict) -> Batch:
    shown = client.post(address, {**typed, "_preview": "1"})
    assert shown.status_code == 200, text(shown)
    hidden = dict(re.findall(r'type="hidden" name="(token|shown)" value="([^"]*)"', shown.content.decode()))
    answer = client.post(address, {**typed, **hidden, "_confirm": "1"})
    assert answer.status_code == 302, text(answer)
    return Batch.objects.latest("pk")


# --- The jury ---------------------------------------------------------------------------------------


def test_two_reviewers_get_thirty_applications_at_once_in_one_act_of_the_log(client, colleague, edition):
    rows, lou, nora = several(30, edition), juror("Lou"), juror("Nora")
    batch = confirmed(client, screen("confier", rows), {"reviewers": [lou.pk, nora.pk]})
    assert Review.objects.count() == 60
    assert {(review.assigned_at, review.assigned_by) for review in Review.objects.all()} == {(CLOSED, str(colleague))}
    grouped = Act.objects.filter(verb="acte groupé")
    assert [act.note for act in grouped] == ["30\u00a0candidatures"]
    assert batch.label == f"Confier au jury\u00a0: {lou}, {nora}"
    assert "30 faits" in text(client.get(batch.get_absolute_url()))
    assert Act.objects.filter(verb="confiée au jury", about=f"applications.application:{rows[0].pk}").count() == 2


def test_each_file_says_why_it_is_not_given(edition, colleague):
    lou = juror("Lou")
    given, own, draft, gone = (
        deposited(edition=edition), deposited(edition=edition, applicant=lou), ApplicationFactory(edition=edition),
        deposited(edition=edition, state=State.WITHDRAWN),
    )  # fmt: skip
    services.assign([given.pk], [lou], by=colleague, now=CLOSED)
    outcomes = services.assign(keys([given, own, draft, gone]), [lou], by=colleague, now=CLOSED)
    assert outcome_of(outcomes) == [
        ("AV17-0001", "Lou Exemple : déjà confiée"),
        ("AV17-0002", "Lou Exemple : sa propre candidature"),
        (str(draft), "« brouillon » : le jury lit les candidatures déposées ou en examen"),
        ("AV17-0003", "« désistement » : le jury lit les candidatures déposées ou en examen"),
    ]
    assert Review.objects.count() == 1


def test_a_file_one_reviewer_has_goes_to_the_other_and_says_so(edition, colleague):
    row, lou, nora = deposited(edition=edition), juror("Lou"), juror("Nora")
    services.assign([row.pk], [lou], by=colleague, now=CLOSED)
    (outcome,) = services.assign([row.pk], [lou, nora], by=colleague, now=CLOSED)
    assert (outcome.why, plain(outcome.note)) == ("", "Lou Exemple : déjà confiée")
    assert [review.reviewer for review in row.reviews.order_by("pk")] == [lou, nora]


def test_a_file_entered_for_somebody_is_not_given_to_that_person(edition, colleague):
    lou, row = juror("Lou"), deposited(edition=edition)
    Application.objects.filter(pk=row.pk).update(applicant=None, email=lou.email)
    (outcome,) = services.assign([row.pk], [lou], by=colleague, now=CLOSED)
    assert plain(outcome.why) == "Lou Exemple : sa propre candidature"


def test_somebody_who_left_the_jury_gets_nothing(edition, colleague):
    row, lou = deposited(edition=edition), juror("Lou")
    lou.grants.all().delete()
    with pytest.raises(Refused, match="n’est plus du jury"):
        services.assign([row.pk], [lou], by=colleague, now=CLOSED)
    with pytest.raises(Refused, match="au moins une personne"):
        services.assign([row.pk], [], by=colleague, now=CLOSED)


def test_giving_to_the_jury_is_undone_and_leaves_what_was_given_before(client, colleague, edition):
    rows, lou = several(3, edition), juror("Lou")
    services.assign([rows[0].pk], [lou], by=colleague, now=CLOSED)
    batch = confirmed(client, screen("confier", rows), {"reviewers": [lou.pk]})
    assert Review.objects.count() == 3
    client.post(reverse("admin:mailing_batch_act", args=[batch.pk]), {"_undo": "1"})
    assert [review.application for review in Review.objects.all()] == [rows[0]]


def test_taking_from_the_jury_is_undone_as_it_was(edition, colleague):
    rows, lou, nora = several(2, edition), juror("Lou"), juror("Nora")
    services.assign(keys(rows), [lou], by=colleague, now=CLOSED)
    batch = batches.open_batch("Retirer", by=colleague, now=CLOSED, undo=assigning.UNDO_UNASSIGN)
    outcomes = services.unassign(keys(rows), [lou, nora], by=colleague, now=CLOSED + timedelta(minutes=1), batch=batch)
    batch.save()
    assert {(outcome.why, plain(outcome.note)) for outcome in outcomes} == {("", "Nora Exemple : ne l’a pas")}
    assert Review.objects.count() == 0
    batches.undo(batch, by=colleague, now=CLOSED + timedelta(minutes=2))
    assert {(review.reviewer, review.assigned_at) for review in Review.objects.all()} == {(lou, CLOSED)}
    (outcome,) = services.unassign([rows[0].pk], [nora], by=colleague, now=CLOSED)
    assert plain(outcome.why) == "Nora Exemple : ne l’a pas"


def test_nobody_of_the_jury_is_chosen_at_first_and_without_a_jury_the_screen_says_what_to_do(client, colleague, edition):
    rows = several(1, edition)
    assert "Personne n’a encore le rôle « jury »" in text(client.get(screen("confier", rows)))
    juror("Lou")
    page = client.get(screen("confier", rows))
    assert "checked" not in page.content.decode()
    assert client.post(screen("confier", rows), {"_preview": "1"}).status_code == 422


# --- The review -------------------------------------------------------------------------------------


def test_deposited_applications_go_in_review_once_the_call_is_closed_with_a_step_each(client, colleague, edition):
    rows = [*several(2, edition), deposited(edition=edition, state=State.WITHDRAWN)]
    batch = confirmed(client, screen("mettre-en-examen", rows), {})
    assert list(Application.objects.order_by("pk").values_list("state", flat=True)) == [State.IN_REVIEW, State.IN_REVIEW, State.WITHDRAWN]
    steps = Step.objects.filter(to_state=State.IN_REVIEW)
    assert {(step.at, step.by, step.by_name) for step in steps} == {(CLOSED, colleague, str(colleague))}
    assert [plain(why) for _, why, _ in batch.results] == ["", "", "« désistement » : seule une candidature déposée se met en examen"]


def test_before_the_deadline_nothing_goes_in_review(edition, colleague):
    row = deposited(edition=edition)
    (outcome,) = services.start_review([row.pk], by=colleague, now=NOON - timedelta(seconds=1))
    assert plain(outcome.why).startswith("l’appel n’est pas encore clos")
    (outcome,) = services.start_review([row.pk], by=colleague, now=NOON)
    assert plain(outcome.why) == ""
    (outcome,) = services.start_review([row.pk], by=colleague, now=NOON)
    assert plain(outcome.why) == "déjà en examen"


def test_a_file_whose_person_has_a_limit_of_their_own_goes_in_review_when_it_is_past(edition, colleague):
    """By any address of theirs; the letter promised that they may edit until then."""
    person = ProvenFactory(email="camille@ville.example")
    EmailAddress.objects.create(user=person, email="autre@ville.example", verified=True)
    limited, other = deposited(edition=edition, applicant=person), deposited(edition=edition)
    until = NOON + timedelta(days=2)
    services.give_late_link(edition, "autre@ville.example", until=until, reason="Panne", by=colleague, now=CLOSED)
    outcomes = services.start_review([limited.pk, other.pk], by=colleague, now=CLOSED)
    assert [plain(outcome.why) for outcome in outcomes] == ["délai personnel jusqu’au 10 septembre 2017 à midi", ""]
    (outcome,) = services.start_review([limited.pk], by=colleague, now=until)
    assert plain(outcome.why) == ""


def test_the_review_is_undone_and_what_changed_since_stays(client, colleague, edition):
    rows = several(3, edition)
    batch = confirmed(client, screen("mettre-en-examen", rows), {})
    services.withdraw(rows[0], by=rows[0].applicant, now=CLOSED)
    page = client.post(reverse("admin:mailing_batch_act", args=[batch.pk]), {"_undo": "1"}, follow=True)
    assert "Une candidature a changé depuis : elle reste comme elle est." in text(page)
    assert list(Application.objects.order_by("pk").values_list("state", flat=True)) == [State.WITHDRAWN, State.SUBMITTED, State.SUBMITTED]


def test_a_review_undone_hides_no_receipt_and_outdates_no_letter(client, colleague, edition):
    row = deposited(edition=edition)
    batch = confirmed(client, screen("mettre-en-examen", [row]), {})
    batches.undo(batch, by=colleague, now=CLOSED)
    assert overtaken(Message.objects.get()) == ""
    client.force_login(row.applicant, backend="accounts.backends.RoleBackend")
    assert "Essayer ici." in text(client.get(row.get_absolute_url()))


# --- Tags -------------------------------------------------------------------------------------------


def test_a_tag_is_put_on_many_files_and_taken_away(client, colleague, edition):
    rows = several(3, edition)
    services.add_tag(rows[0], "À revoir", by=colleague, now=CLOSED)
    batch = confirmed(client, screen("etiqueter", rows), {"name": "à revoir"})
    assert [plain(why) for _, why, _ in batch.results] == ["", "", "porte déjà « À revoir »"]
    assert Tag.objects.get().applications.count() == 3
    changed = Act.objects.filter(verb="étiquette ajoutée", about=f"applications.application:{rows[1].pk}").get()
    assert changed.changes == {"étiquettes": ["", "À revoir"]}
    assert set(Application.objects.values_list("staff_revision", flat=True)) == {1}
    batches.undo(batch, by=colleague, now=CLOSED)
    assert list(Tag.objects.get().applications.all()) == [rows[0]]


def test_taking_a_tag_away_is_undone_even_when_no_file_held_it_any_more(client, colleague, edition):
    rows = several(2, edition)
    services.tag(keys(rows), "À revoir", by=colleague, now=CLOSED)
    batch = confirmed(client, screen("retirer-etiquette", rows), {"name": "À revoir"})
    assert Tag.objects.count() == 0
    batches.undo(batch, by=colleague, now=CLOSED)
    assert Tag.objects.get().applications.count() == 2
    (outcome,) = services.untag([rows[0].pk], "Autre", by=colleague, now=CLOSED)
    assert plain(outcome.why) == "ne porte pas « Autre »"


# --- « Écrire » -------------------------------------------------------------------------------------


def test_a_letter_goes_to_each_person_of_the_selection_in_ten_minutes(client, colleague, edition):
    rows = several(3, edition)
    Message.objects.all().delete()
    batch = confirmed(client, screen("ecrire", rows), {"subject": WORDS.subject, "body": WORDS.body})
    letter = Message.objects.earliest("pk")
    assert batch.letters.count() == 3
    assert (letter.subject, letter.due_at) == ("Une date pour Les Aventuriers 2017", CLOSED + timedelta(minutes=10))
    assert (letter.to, letter.reply_to) == (rows[0].applicant.email, edition.programme.contact_email)
    assert (letter.reader, letter.about) == (f"accounts.user:{rows[0].applicant_id}", f"applications.application:{rows[0].pk}")
    assert plain(letter.text).startswith(
        "Bonjour Camille Exemple,\n\nLa réunion est mardi. Votre référence : AV17-0001.\n\nVotre candidature :\nhttp"
    )
    client.force_login(rows[0].applicant, backend="accounts.backends.RoleBackend")
    assert client.get(reverse("letter", args=[letter.pk])).status_code == 404
    with time_machine.travel(letter.due_at, tick=False):
        assert "La réunion est mardi." in text(client.get(reverse("letter", args=[letter.pk])))


def test_it_starts_with_nobody_under_the_filter_of_the_list(client, colleague, edition):
    several(2, edition)
    deposited(edition=edition, state=State.WITHDRAWN)
    link = f"{reverse('admin:applications_application_group_act', args=['ecrire'])}?state=SUBMITTED"
    assert link.replace("&", "&amp;") in client.get(f"{LIST}?state=SUBMITTED").content.decode()
    page = client.get(link)
    assert "Rien n’est sélectionné." in text(page)
    assert "Les 2 résultats de ce filtre" in text(page)
    shown = client.post(f"{link}&choix=tous", {"subject": "Bonjour", "body": "Texte.", "_preview": "1"})
    assert "2 candidatures, 2 lettres" in text(shown)


def test_who_gets_no_letter_is_told_with_the_reason(edition, colleague):
    kept = deposited(edition=edition)
    twin = deposited(edition=EditionFactory(reference_prefix="MD17"), applicant=kept.applicant)
    deaf = deposited(edition=edition)
    Refusal.objects.create(address=deaf.applicant.email, reason="550", at=CLOSED)
    erased, closed, double, nowhere = several(4, edition)
    Application.objects.filter(pk=erased.pk).update(applicant=None, erased_at=CLOSED)
    User.objects.filter(pk=closed.applicant_id).update(is_active=False)
    Application.objects.filter(pk=double.pk).update(state=State.DUPLICATE, duplicate_of=kept)
    Application.objects.filter(pk=nowhere.pk).update(applicant=None)
    rows = Application.objects.with_call().all()
    assert outcome_of(writing.recipients(rows, WORDS)) == [
        ("AV17-0001", "même personne que MD17-0001 : une seule lettre"),
        ("MD17-0001", ""),
        ("AV17-0002", "son adresse ne reçoit pas"),
        ("AV17-0003", "anonymisée"),
        ("AV17-0004", "compte fermé"),
        ("AV17-0005", "doublon de AV17-0001"),
        ("AV17-0006", "sans adresse"),
    ]
    assert twin.reference == "MD17-0001"


def test_somebody_without_account_gets_it_at_the_address_staff_entered(edition, colleague):
    row = deposited(edition=edition)
    Application.objects.filter(pk=row.pk).update(applicant=None, email="papier@ville.example")
    batch = batches.open_batch("Lettre", by=colleague, now=CLOSED)
    services.write([row.pk], WORDS, batch=batch, now=CLOSED)
    letter = batch.letters.get()
    assert (letter.to, letter.reader, letter.text.partition(",")[0]) == ("papier@ville.example", "", "Bonjour Camille Exemple")


def test_the_same_words_reach_a_person_once_unless_the_act_was_undone(edition, colleague):
    row = deposited(edition=edition)
    first = batches.open_batch("Lettre", by=colleague, now=CLOSED)
    services.write([row.pk], WORDS, batch=first, now=CLOSED)
    (outcome,) = services.write([row.pk], WORDS, batch=batches.open_batch("Lettre", by=colleague, now=CLOSED), now=CLOSED)
    assert plain(outcome.why) == "a déjà cette lettre"
    batches.undo(first, by=colleague, now=CLOSED)
    again = batches.open_batch("Lettre", by=colleague, now=CLOSED)
    (outcome,) = services.write([row.pk], WORDS, batch=again, now=CLOSED)
    assert (outcome.why, again.letters.get().state) == ("", LetterState.DUE)


@pytest.mark.parametrize(
    ("subject", "body", "told"),
    [
        ("", "Texte.", "Écrivez le sujet de la lettre."),
        ("Sujet", "", "Écrivez le texte de la lettre."),
        ("Sujet", "Bonjour {motivation}", "Le repère {motivation} n’existe pas pour cette lettre"),
        ("Sujet {", "Texte.", "Une accolade « { » est seule"),
    ],
)
def test_words_that_cannot_be_sent_are_refused_by_the_form(client, colleague, edition, subject, body, told):
    answer = client.post(screen("ecrire", several(1, edition)), {"subject": subject, "body": body, "_preview": "1"})
    assert (answer.status_code, told in text(answer)) == (422, True)


def test_words_that_cannot_be_sent_are_refused_by_the_service(edition, colleague):
    batch = batches.open_batch("Lettre", by=colleague, now=CLOSED)
    with pytest.raises(Refused, match="n’existe pas"):
        services.write([deposited(edition=edition).pk], Words("Sujet", "{motivation}"), batch=batch, now=CLOSED)


def test_what_a_candidate_typed_is_no_placeholder(edition):
    row = deposited(edition=edition)
    Application.objects.filter(pk=row.pk).update(first_name="{reference}")
    row.refresh_from_db()
    assert writing.preview(row, Words("Pour {prenom}", "Bonjour."))[0] == "Pour {reference}"


def test_a_text_that_gives_the_link_itself_gets_no_second_one(edition):
    row = deposited(edition=edition)
    body = writing.preview(row, Words("Sujet", "À compléter avant lundi :\n{lien}"))[1]
    assert body.count("/candidatures/AV17-0001/") == 1


def test_a_letter_is_tried_on_myself_at_once_once(client, colleague, edition):
    rows = several(2, edition)
    Message.objects.all().delete()
    for _ in range(2):
        page = client.post(screen("ecrire", rows), {"subject": WORDS.subject, "body": WORDS.body, "_try": "1"})
    assert f"Un essai part à {colleague.email}" in text(page)
    letter = Message.objects.get()
    assert (letter.to, plain(letter.subject), letter.due_at) == (colleague.email, "Essai : Une date pour Les Aventuriers 2017", CLOSED)
    assert letter.reader == f"accounts.user:{colleague.pk}"
    assert "Essai" not in text(client.get(f"{LIST}{rows[0].pk}/change/"))  # no letter of the candidate's
    assert outbox.forget(label_of(rows[0]), CLOSED) == 1  # but it names them, and is forgotten with their file


def test_what_the_team_writes_does_not_say_auto_generated_and_is_read_by_who_reads_applications():
    kind = written.kind()
    assert (kind.personal, kind.read_with) == (True, "applications.view_application")


def test_an_old_second_factor_is_asked_again_and_the_letters_leave_then(client, edition):
    rows, person = several(2, edition), ProvenFactory(roles=[Role.STAFF])
    sign_in(client, person, seconds_ago=20 * 60)
    address, typed = screen("ecrire", rows), {"subject": WORDS.subject, "body": WORDS.body}
    shown = client.post(address, {**typed, "_preview": "1"}).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(token|shown)" value="([^"]*)"', shown))
    asked_again = client.post(address, {**typed, **hidden, "_confirm": "1"})
    assert (asked_again["Location"].startswith("/compte/"), Batch.objects.count()) == (True, 0)
    show_factor(client, person)
    kept = client.get(reverse("accounts_resume"))
    assert kept.context["path"] == address
    answer = client.post(kept.context["path"], dict(kept.context["fields"]))
    assert (answer["Location"], Batch.objects.get().letters.count()) == (Batch.objects.get().get_absolute_url(), 2)


# --- Who, and how much ------------------------------------------------------------------------------


def test_each_act_is_for_who_may(client, colleague, edition, monkeypatch):
    rows = several(1, edition)
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {TRIAGE, WRITE_TO_APPLICANTS})
    for slug in ("confier", "retirer-au-jury", "mettre-en-examen", "etiqueter", "retirer-etiquette", "ecrire"):
        assert client.get(screen(slug, rows)).status_code == 403
    assert "Confier au jury" not in text(client.get(LIST))


@pytest.mark.parametrize(
    ("slug", "typed"),
    [
        ("confier", {"reviewers": ["jury"]}),
        ("mettre-en-examen", {}),
        ("etiqueter", {"name": "urgent"}),
        ("ecrire", {"subject": "Bonjour", "body": "Texte."}),
    ],
)
def test_an_act_asks_the_database_as_much_for_three_files_as_for_ten(client, colleague, edition, slug, typed):
    jury = juror("Lou")
    typed = {"reviewers": [jury.pk]} if "reviewers" in typed else typed
    counts = []
    for count in (3, 10):
        rows = several(count, edition)
        with CaptureQueriesContext(connection) as asked:
            batch = confirmed(client, screen(slug, rows), typed)
        client.get(batch.get_absolute_url())  # says that it is done
        counts.append(len(asked))
    assert counts[1] <= counts[0]


def test_the_list_of_acts_says_of_which_call_and_of_how_many_files_and_the_result_names_people(client, colleague, edition):
    rows, lou = several(3, edition), juror("Lou")
    address = f"{screen('confier', rows)}&region=53"
    batch = confirmed(client, address, {"reviewers": [lou.pk]})
    listed = text(client.get(reverse("admin:mailing_batch_changelist")))
    assert f"Appel : {edition} 3 en attente 0 sur 1" in listed
    page = client.get(batch.get_absolute_url())
    assert [f"{row}, Camille Exemple" in text(page) for row in rows] == [True] * 3
    confirmed(client, f"{screen('etiqueter', rows)}&region=53", {"name": "urgent"})
    told = client.get(Batch.objects.latest("pk").get_absolute_url()).content.decode()
    assert f'<a href="{LIST}?region=53">Revenir où vous en étiez</a>' in told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "Aucune candidature ne vous est confiée."), (1, "0 sur 1 candidature lue."), (3, "0 sur 3 candidatures lues.")],
)
def test_somebody_of_the_jury_reads_in_their_space_how_many_files_they_were_given(client, colleague, edition, count, told):
    lou = juror("Lou")
    if count:
        services.assign(keys(several(count, edition)), [lou], by=colleague, now=CLOSED)
    sign_in(client, lou)
    page = text(client.get("/espace/"))
    assert (told in page, "Rien à faire pour l’instant" in page) == (True, False)
    sign_in(client, UserFactory())
    assert "À lire" not in text(client.get("/espace/"))


def test_acts_on_all_that_the_list_finds_open_on_it_and_a_letter_on_nobody(client, colleague, edition):
    several(2, edition)
    links = {link.label: link.url for link in client.get(f"{LIST}?region=53").context["on_all"]}
    assert links["Confier au jury"] == f"{LIST}actes/confier/?region=53&choix=tous"
    assert links["Écrire"] == f"{LIST}actes/ecrire/?region=53"
    assert "Rien n’est sélectionné" not in text(client.get(links["Confier au jury"]))


class TestRaces:
    """On the database that serves production."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture(autouse=True)
    def no_nudge(self, monkeypatch):
        monkeypatch.setattr(hints, "_send", lambda _: None)

    @pytest.mark.parametrize("attempt", range(4))
    def test_two_colleagues_give_the_same_files_at_once_and_each_is_given_once(self, attempt, edition):
        rows, lou, first, second = several(5, edition), juror("Lou"), staff(), staff()
        outcomes = race(*(partial(services.assign, keys(rows), [lou], by=by, now=CLOSED) for by in (first, second)))
        whys = sorted({plain(outcome.why) for outcome in each}.pop() for each in outcomes)
        assert whys == ["", "Lou Exemple : déjà confiée"]
        assert Review.objects.count() == 5

    def test_without_the_lock_one_of_them_loses_everything(self, edition, monkeypatch):
        """The twin: both have looked before either writes."""
        rows, lou, first, second = several(2, edition), juror("Lou"), staff(), staff()
        both, reading = Barrier(2, timeout=PATIENCE), assigning.locked_with_reviewers

        def looked(found):
            rows = reading(found)
            both.wait()
            return rows

        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
        monkeypatch.setattr(assigning, "locked_with_reviewers", looked)
        outcomes = race(*(partial(services.assign, keys(rows), [lou], by=by, now=CLOSED) for by in (first, second)))
        assert [isinstance(outcome, IntegrityError) for outcome in outcomes].count(True) == 1

    def test_a_candidate_withdraws_while_the_file_goes_in_review_and_no_step_is_lost(self, edition):
        row, by = deposited(edition=edition), staff()
        race(
            partial(services.start_review, [row.pk], by=by, now=CLOSED),
            partial(services.withdraw, row, by=row.applicant, now=CLOSED),
        )
        row.refresh_from_db()
        assert row.state == State.WITHDRAWN
        assert row.steps.last().to_state == State.WITHDRAWN
