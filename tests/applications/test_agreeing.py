"""The employer's word: a page by link without account, a signed PDF, a question, and what the team does with them (B8)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.roles import Role
from applications import agreement_waiting, agreements, retention, services, uploads
from applications.models import Application, EmployerAgreement
from applications.services import AlreadyAnswered
from applications.services.agreeing import LINKS_AT_ONCE, OWN, TOO_MANY, OwnAddress
from applications.states import Agreement, State
from core.logs import masked
from core.refusals import Refused
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import NOON, OPEN, deposited, reviewer, staff
from tests.applications.selections import AFTER, CONFIRM_BY, RELEASED, chosen, signed_pdf, told_call, upload

pytestmark = pytest.mark.django_db
SAID = {"name": "Dominique Exemple", "job": "directrice des services"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def row():
    return chosen(told_call())


def ask(row, email="chef@ville.example", now=AFTER) -> EmployerAgreement:
    return services.ask_manager(row, email, by=row.applicant, now=now)


def agree(link, now=AFTER):
    return services.word_received(link, agrees=True, **SAID, now=now)


def refuse(link, words="Octobre est le mois du budget."):
    return services.word_received(link, agrees=False, **SAID, words=words, now=AFTER)


def page_of(link) -> str:
    return reverse("agreement", args=[agreements.secret_of(link)])


def text(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def letters(kind):
    return Message.objects.filter(kind=f"applications.{kind}")


# --- The link -----------------------------------------------------------------------------------------------


def test_a_link_is_asked_as_soon_as_the_application_is_deposited():
    with time_machine.travel(OPEN, tick=False):
        early = deposited()
        link = ask(early, now=OPEN)
    letter = letters("agreement_asked").get()
    assert (letter.to, link.answer, Act.objects.filter(verb="accord de l’employeur demandé").count()) == (
        "chef@ville.example",
        "AWAITED",
        1,
    )
    assert (agreements.address_of(link) in letter.text, early.motivation in letter.text, letter.reader) == (True, False, "")


def test_only_the_fingerprint_of_the_secret_is_kept(row):
    link = ask(row)
    secret = agreements.secret_of(link)
    kept = EmployerAgreement.objects.values().get(pk=link.pk)
    assert (len(secret), secret in str(kept), agreements.agreement_of(secret, now=AFTER)) == (64, False, link)


def test_the_letter_of_a_link_is_readable_by_nobody_afterwards(row):
    ask(row)
    letter = letters("agreement_asked").get()
    assert (letter.is_secret, letter.shown_text) == (True, "")


def test_the_same_address_twice_is_one_request_and_one_letter(row):
    assert ask(row) == ask(row, "CHEF@ville.example")
    assert (EmployerAgreement.objects.count(), letters("agreement_asked").count()) == (1, 1)


def test_nobody_sends_more_than_five_requests_at_once(row):
    for number in range(LINKS_AT_ONCE):
        ask(row, f"chef{number}@ville.example")
    with pytest.raises(Refused) as refused:
        ask(row, "encore@ville.example")
    assert str(refused.value) == TOO_MANY


@pytest.mark.parametrize("which", ["sign-in", "proven", "typed"])
def test_no_request_goes_to_an_address_of_the_candidate(client, row, which):
    if which == "typed":
        Application.objects.filter(pk=row.pk).update(applicant=None, email="papier@ville.example")
        row.refresh_from_db()
        with pytest.raises(OwnAddress):
            services.ask_manager(row, "Papier@ville.example", by=None, now=AFTER)
        return
    if which == "proven":
        EmailAddress.objects.create(user=row.applicant, email="autre@ville.example", verified=True)
    sign_in(client, row.applicant)
    own = row.applicant.email if which == "sign-in" else "autre@ville.example"
    answer = client.post(reverse("application_agreement_ask", args=[row.reference]), {"email": own.upper()})
    assert (answer.status_code, answer.context["send_form"].errors["email"]) == (422, [OWN])
    assert (EmployerAgreement.objects.exists(), letters("agreement_asked").exists()) == (False, False)


@pytest.mark.parametrize("state", [State.DECLINED, State.WITHDRAWN, State.LAPSED, State.DUPLICATE])
def test_nothing_is_asked_of_an_employer_for_nothing(state):
    over = chosen(told_call(), state)
    with pytest.raises(Refused):
        ask(over)


def test_a_link_lives_sixty_days_and_never_past_the_edition(row):
    link = ask(row)
    end = link.until
    assert (end, agreements.agreement_of(agreements.secret_of(link), now=end)) == (AFTER + agreements.OPEN_FOR, None)
    late = told_call(ends_on=AFTER.date() + timedelta(days=3))
    assert ask(chosen(late)).until.date() == late.ends_on + timedelta(days=1)


# --- The manager's page -------------------------------------------------------------------------------------


def test_the_manager_is_told_by_when_once_the_candidate_is(client, row):
    link = ask(row)
    said = "Répondez avant le mercredi 20 septembre 2017 à midi"
    assert (said in text(client.get(page_of(link))), said in letters("agreement_asked").get().text.replace("\u00a0", " ")) == (True, True)


@pytest.mark.parametrize(("state", "released"), [(State.SELECTED, None), (State.WAITLISTED, RELEASED)])
def test_the_manager_is_told_no_date_that_would_tell_the_decision(client, state, released):
    link = ask(chosen(told_call(results_released_at=released), state))
    for said in (text(client.get(page_of(link))), letters("agreement_asked").get().text):
        assert ("Répondez le plus tôt possible." in said, "20 septembre" in said) == (True, False)


def test_the_page_says_what_is_asked_and_nothing_else_of_the_person(client, row):
    Application.objects.filter(pk=row.pk).update(motivation="SECRETE-ENVIE", first_name="Camille", last_name="Exemple", region="53")
    answer = client.get(page_of(ask(row)))
    said = text(answer)
    assert [words in said for words in ("Camille Exemple", "bibliothécaire", "hébergement", "Je donne mon accord")] == [True] * 4
    hidden = ("SECRETE-ENVIE", row.applicant.email, row.reference, "candidature retenue", "Bretagne")
    assert [words for words in hidden if words in said] == []


def test_the_page_is_kept_and_told_nowhere(client, row):
    answer = client.get(page_of(ask(row)))
    cached = answer.headers["Cache-Control"]
    assert (answer.headers["Referrer-Policy"], answer.headers["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    assert ("no-store" in cached, "private" in cached, answer.cookies.get("sessionid")) == (True, True, None)
    assert masked(f"GET {page_of(EmployerAgreement.objects.get())} 200") == "GET /accords/[secret]/ 200"


def test_opening_changes_nothing_but_the_moment(client, row):
    link = ask(row)
    client.get(page_of(link))
    link.refresh_from_db()
    assert (link.opened_at, link.answer, link.answered_at) == (AFTER, Agreement.AWAITED, None)


def test_a_manager_agrees_with_name_job_and_box(client, row):
    link = ask(row)
    missing = client.post(page_of(link), {"act": "accord", **SAID})
    assert (missing.status_code, "Cochez cette case" in text(missing), "directrice des services" in text(missing)) == (422, True, True)
    done = client.post(page_of(link), {"act": "accord", **SAID, "allowed": "on"}, follow=True)
    link.refresh_from_db()
    assert (link.answer, link.name, "Déjà répondu le 13 septembre 2017" in text(done)) == (Agreement.RECEIVED, "Dominique Exemple", True)
    assert "Dominique Exemple, directrice des services" in letters("agreement_received").get().text


def test_a_manager_refuses_in_words_that_the_candidate_reads(client, row):
    link = ask(row)
    bare = client.post(page_of(link), {"act": "refus", **SAID})
    client.post(page_of(link), {"act": "refus", **SAID, "words": "Pas en octobre."})
    link.refresh_from_db()
    letter = letters("agreement_refused").get()
    assert (bare.status_code, link.answer, "Pas en octobre." in letter.text) == (422, Agreement.REFUSED, True)
    assert "20\u00a0septembre 2017" in letter.text


def test_a_forwarded_link_answers_once_and_says_so(client, row):
    link = ask(row)
    agree(link)
    again = client.post(page_of(link), {"act": "refus", **SAID, "words": "Non."})
    assert (again.status_code, "Déjà répondu le 13 septembre 2017 à 10 h" in text(again)) == (409, True)
    link.refresh_from_db()
    assert (link.answer, "Je donne mon accord" in text(client.get(page_of(link)))) == (Agreement.RECEIVED, False)
    with pytest.raises(AlreadyAnswered):
        refuse(link)


@pytest.mark.parametrize("why", ["invented", "revoked", "expired", "withdrawn", "declined", "erased"])
def test_a_dead_link_says_the_same_whatever_killed_it(client, row, why):
    link = ask(row)
    address = page_of(link)
    if why == "revoked":
        services.revoke_link(link, by=row.applicant, now=AFTER)
    elif why == "expired":
        EmployerAgreement.objects.filter(pk=link.pk).update(until=AFTER)
    elif why in ("withdrawn", "declined"):
        Application.objects.filter(pk=row.pk).update(state=why.upper())
    elif why == "erased":
        Application.objects.filter(pk=row.pk).update(erased_at=AFTER)
    else:
        address = reverse("agreement", args=["0" * 64])
    answer = client.get(address)
    assert (answer.status_code, "Cette demande ne s’ouvre plus" in text(answer), row.last_name in text(answer)) == (404, True, False)
    assert client.post(address, {"act": "accord", **SAID, "allowed": "on"}).status_code == 404
    assert client.get(reverse("agreement_paper", args=[address.rstrip("/").rpartition("/")[2]])).status_code == 404


def test_before_the_release_a_declined_file_still_asks_its_employer(client):
    """The page must not tell a manager what the candidate does not know."""
    call = told_call(results_released_at=None)
    link = ask(chosen(call, State.DECLINED))
    assert client.get(page_of(link)).status_code == 200


def test_the_word_given_early_survives_an_edit_and_closes_the_other_links(row):
    with time_machine.travel(OPEN, tick=False):
        early = deposited()
        first, second = ask(early, now=OPEN), ask(early, "autre@ville.example", now=OPEN)
        agree(first, now=OPEN)
        early.refresh_from_db()
        services.submit(early, {**early.answers, "job": "juriste"}, by=early.applicant, now=OPEN + timedelta(hours=1))
    second.refresh_from_db()
    assert (agreements.word_of(early), second.revoked_at) == (Agreement.RECEIVED, OPEN)


def test_a_word_before_the_release_tells_the_candidate_no_decision(row):
    call = told_call(results_released_at=None)
    agree(ask(chosen(call)))
    letter = letters("agreement_received").get()
    assert ("Si votre candidature est retenue" in letter.text, "Je confirme" in letter.text) == (True, False)


def test_a_withdrawn_file_closes_its_links_for_good():
    with time_machine.travel(OPEN, tick=False):
        early = deposited()
        link = ask(early, now=OPEN)
        services.withdraw(early, by=early.applicant, now=OPEN)
        early.refresh_from_db()
        services.submit(early, early.answers, by=early.applicant, now=OPEN + timedelta(minutes=5))
        assert agreements.agreement_of(agreements.secret_of(link), now=OPEN) is None


# --- A question -----------------------------------------------------------------------------------------------


def test_a_question_goes_to_the_team_and_the_candidate_and_its_answer_by_mail(client, row):
    link = ask(row, "")
    said = {"act": "question", "name": "Dominique Exemple", "email": "chef@ville.example", "question": "Qui paie le train ?"}
    page = client.post(page_of(link), said, follow=True)
    to = list(Message.objects.filter(kind__contains="agreement_").order_by("pk").values_list("kind", "to"))
    assert to == [
        ("applications.agreement_question", row.applicant.email),
        ("applications.agreement_to_team", "programme@la27eregion.example"),
    ]
    assert ("Question envoyée" in text(page), "Je donne mon accord" in text(page)) == (True, True)
    services.reply(EmployerAgreement.objects.get(), "Votre administration.", by=UserFactory(), now=AFTER)
    letter = letters("agreement_reply").get()
    assert (letter.to, "Votre administration." in letter.text, page_of(link) in letter.text) == ("chef@ville.example", True, True)
    agree(EmployerAgreement.objects.get())
    assert agreements.word_of(row) == Agreement.RECEIVED


def test_one_question_a_link(client, row):
    link = ask(row)
    said = {"act": "question", "name": "D", "email": "chef@ville.example", "question": "Quoi ?"}
    client.post(page_of(link), said)
    again = client.post(page_of(link), said)
    assert (again.status_code, "déjà été posée" in text(again), letters("agreement_to_team").count()) == (409, True, 1)


# --- A signed PDF ----------------------------------------------------------------------------------------------


def send(client, row, content, name="accord.pdf"):
    client.force_login(row.applicant)
    return client.post(reverse("application_agreement_deposit", args=[row.reference]), {"file": upload(content, name)})


def test_a_signed_pdf_with_the_yes_confirms_the_place(client, row):
    services.accept_place(row, by=row.applicant, now=AFTER)
    answer = send(client, row, signed_pdf())
    row.refresh_from_db()
    kept = EmployerAgreement.objects.get()
    assert (answer.status_code, row.state, kept.answer, len(kept.sha256)) == (302, State.CONFIRMED, Agreement.RECEIVED, 64)
    assert letters("place_confirmed").count() == 1


REFUSED = {
    "an executable renamed": (b"MZ\x90\x00" + b"\x00" * 200, "accord.pdf", "n’est pas un PDF"),
    "an executable with a PDF inside": (b"MZ\x90\x00" + signed_pdf(), "accord.pdf", "n’est pas un PDF"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "accord.pdf", "n’est pas un PDF"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "accord.svg", "n’est pas un PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "accord.png", "n’est pas un PDF"),
    "a PDF that runs": (
        signed_pdf().replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (1) >>"),
        "a.pdf",
        "programme",
    ),
    "a PDF with a file inside": (
        signed_pdf().replace(b"/Type /Catalog", b"/Type /Catalog /Names << /EmbeddedFiles 9 0 R >>"),
        "a.pdf",
        "autre fichier",
    ),
    "a locked PDF": (signed_pdf().replace(b"/Size 4", b"/Size 4 /Encrypt 9 0 R"), "a.pdf", "mot de passe"),
    "a cut PDF": (signed_pdf()[:-40], "a.pdf", "abîmé"),
    "a PDF without a page": (signed_pdf().replace(b"/Type /Page ", b"/Type /Pane "), "a.pdf", "pas de page lisible"),
    "thirty megabytes": (signed_pdf(b"0" * 30_000_000), "a.pdf", "5 Mo"),
    "nothing": (b"", "a.pdf", "vide"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_signed_pdf_is_refused_in_words_with_the_form_kept(client, row, what):
    content, name, why = REFUSED[what]
    answer = send(client, row, content, name)
    assert (answer.status_code, why in text(answer), "Joindre ce PDF" in text(answer)) == (422, True, True)
    assert (EmployerAgreement.objects.count(), "<title>Erreur" in answer.content.decode()) == (0, True)


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "..\\..\\boot.pdf", "a\x00b.pdf", "é" * 90 + ".pdf"])
def test_a_name_decides_nothing(client, row, name, settings):
    answer = send(client, row, signed_pdf(), name)
    kept = EmployerAgreement.objects.get().file.name
    assert (answer.status_code, kept.startswith("accords/"), kept.count("/"), "passwd" in kept or "boot" in kept) == (302, True, 1, False)


def test_a_deposited_pdf_is_given_back_as_an_attachment_to_its_people_only(client, row):
    send(client, row, signed_pdf())
    address = reverse("application_agreement_file", args=[row.reference, EmployerAgreement.objects.get().pk])
    mine = client.get(address)
    assert (mine.content, mine.headers["Content-Disposition"]) == (signed_pdf(), f'attachment; filename="{row.reference}-accord-signe.pdf"')
    assert (mine.headers["X-Content-Type-Options"], mine.headers["Cache-Control"]) == ("nosniff", "private, no-cache")
    team = sign_in(client, UserFactory(roles=[Role.STAFF])).get(address).status_code
    reviewer = sign_in(client, UserFactory(roles=[Role.REVIEWER])).get(address).status_code
    other = sign_in(client, UserFactory()).get(address).status_code
    client.logout()
    assert (team, reviewer, other, client.get(address).status_code) == (200, 404, 404, 302)


def test_the_same_pdf_twice_is_one_and_another_is_not_needed(row):
    first = services.deposit_agreement(row, signed_pdf(), by=row.applicant, now=AFTER)
    assert services.deposit_agreement(row, signed_pdf(), by=row.applicant, now=AFTER) == first
    with pytest.raises(Refused):
        services.deposit_agreement(row, signed_pdf(b"autre"), by=row.applicant, now=AFTER)
    assert letters("agreement_received").count() == 1


def test_the_paper_to_sign_is_filled_in_and_is_taken_back_once_signed(client, row):
    client.force_login(row.applicant)
    paper = client.get(reverse("application_agreement_paper", args=[row.reference]))
    name = f'attachment; filename="{row.reference}-accord-employeur.pdf"'
    assert (paper.content[:5], paper.headers["Content-Disposition"]) == (b"%PDF-", name)
    assert send(client, row, paper.content).status_code == 302


# --- The team ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    return sign_in(client, UserFactory(roles=[Role.STAFF]))


def board(row, name="agreements", *more):
    return reverse(f"admin:applications_application_{name}", args=[row.pk, *more])


def test_the_team_reads_the_word_on_the_file(desk, row):
    page = text(desk.get(reverse("admin:applications_application_change", args=[row.pk])))
    agree(ask(row))
    after = text(desk.get(reverse("admin:applications_application_change", args=[row.pk])))
    assert ("Accord attendu" in page, "Accord reçu" in after) == (True, True)
    assert "Dominique Exemple, directrice des services" in text(desk.get(board(row)))


def test_the_team_does_not_take_an_agreement_and_the_place_waits_seven_days(desk, row):
    services.accept_place(row, by=row.applicant, now=AFTER)
    kept = services.deposit_agreement(row, signed_pdf(), by=row.applicant, now=AFTER)
    late = CONFIRM_BY - timedelta(days=1)
    with time_machine.travel(late, tick=False):
        bare = desk.post(board(row, "agreement_refuse", kept.pk), {"reason": " "})
        desk.post(board(row, "agreement_refuse", kept.pk), {"reason": "La page n’est pas signée."})
    row.refresh_from_db()
    letter = letters("agreement_not_taken").get()
    assert (bare.status_code, row.state, row.confirm_by) == (422, State.SELECTED, late + timedelta(days=7))
    assert ("La page n’est pas signée." in letter.text, "26\u00a0septembre 2017" in letter.text) == (True, True)
    services.deposit_agreement(row, signed_pdf(b"autre"), by=row.applicant, now=CONFIRM_BY)
    row.refresh_from_db()
    assert (row.state, letters("place_confirmed").count()) == (State.CONFIRMED, 2)


def test_the_team_answers_a_question_once(desk, row):
    link = ask(row)
    services.ask_question(link, "Qui paie ?", name="Dominique", email="chef@ville.example", now=AFTER)
    answered = desk.post(board(row, "agreement_reply", link.pk), {"reply": "Votre administration."})
    again = desk.post(board(row, "agreement_reply", link.pk), {"reply": "Autre chose."})
    assert (answered.status_code, again.status_code, letters("agreement_reply").count()) == (302, 422, 1)


def test_the_team_deposits_what_came_by_mail(desk, row):
    answer = desk.post(board(row, "agreement_deposit"), {"file": upload(signed_pdf())})
    bad = desk.post(board(row, "agreement_deposit"), {"file": upload(b"MZ")})
    assert (answer.status_code, bad.status_code, agreements.word_of(row)) == (302, 422, Agreement.RECEIVED)


def test_who_only_reads_does_nothing_here(client, row):
    treasurer = sign_in(client, UserFactory(roles=[Role.TREASURER]))
    link = ask(row)
    assert treasurer.get(board(row)).status_code in (403, 404)
    assert treasurer.post(board(row, "agreement_reply", link.pk), {"reply": "x"}).status_code in (403, 404)


# --- Kept and erased ---------------------------------------------------------------------------------------------


def test_an_erased_application_takes_its_agreements_and_their_files_along(row, django_capture_on_commit_callbacks):
    kept = services.deposit_agreement(row, signed_pdf(), by=row.applicant, now=AFTER)
    storage, name = kept.file.storage, kept.file.name
    Application.objects.filter(pk=row.pk).update(state=State.DECLINED)
    later = AFTER + timedelta(days=365)
    with time_machine.travel(later, tick=False):
        dry = counted(later, dry_run=True)
        assert storage.exists(name)
        with django_capture_on_commit_callbacks(execute=True):
            done = counted(later, dry_run=False)
    left = EmployerAgreement.objects.get()
    assert (dry[retention.AGREEMENTS], done[retention.AGREEMENTS], storage.exists(name)) == (1, 1, False)
    assert (left.file.name, left.name, left.words, left.answer, left.digest, left.email) == ("", "", "", Agreement.RECEIVED, "", "")


def counted(now, *, dry_run):
    parts = [*retention.purge_words(now, dry_run), *retention.purge(now, dry_run)]
    return {part.label: part.count for part in parts}


def test_links_die_with_the_deadline_of_a_call_that_is_called_off(client):
    call = told_call(results_released_at=None)
    link = ask(chosen(call, State.SUBMITTED))
    call.cancelled_at = NOON
    call.save()
    assert client.get(page_of(link)).status_code == 404


def test_what_is_looked_at_is_the_content():
    with pytest.raises(uploads.ValidationError) as told:
        uploads.signed_pdf(upload_of(b"%PDF-1.7 rien"))
    assert "abîmé" in told.value.message


def upload_of(content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("accord.pdf", content, content_type="application/pdf")


def test_a_question_waits_for_the_team_until_it_is_answered(row):
    asking = ask(row)
    services.ask_question(asking, "Qui paie ?", name="Dominique", email="chef@ville.example", now=AFTER)
    [line] = agreement_waiting.waiting(AFTER)
    assert (line.count, line.url, line.since) == (1, board(row), AFTER)
    services.reply(asking, "Votre administration.", by=UserFactory(), now=AFTER)
    assert list(agreement_waiting.waiting(AFTER)) == []


def test_an_erased_application_keeps_the_jurys_scores_and_none_of_their_words():
    from applications.models import ConflictOfInterest, ReviewVersion

    with time_machine.travel(NOON, tick=False):
        read = deposited(at=OPEN, state=State.IN_REVIEW)
        one, two, three = reviewer(), reviewer(), reviewer()
        services.selection_of(read.edition)
        services.assign([read.pk], [one, two, three], by=staff(), now=NOON)
        scores = {criterion.pk: 4 for criterion in read.edition.criteria.all()}
        services.send_review(read.reviews.get(reviewer=one), scores, comment="Camille est curieuse.", by=one, now=NOON)
        services.declare_conflict(read.reviews.get(reviewer=two), note="Ma voisine.", by=two, now=NOON)
    Application.objects.filter(pk=read.pk).update(state=State.DECLINED, reason="Trop loin.", masked_words="Camille")
    later = AFTER + timedelta(days=365)
    with time_machine.travel(later, tick=False):
        dry, done = counted(later, dry_run=True), counted(later, dry_run=False)
    read.refresh_from_db()
    assert (dry[retention.COMMENTS], done[retention.COMMENTS], read.reason, read.masked_words) == (1, 1, "", "")
    assert list(read.reviews.values_list("comment", "mark")) == [("", 4)]
    assert (ReviewVersion.objects.get().comment, ConflictOfInterest.objects.get().note, read.mean, read.readings) == ("", "", 4, 1)


# --- A place that the clock took back --------------------------------------------------------------------------


def test_a_lapsed_place_is_not_given_back_by_refusing_its_agreement(row):
    """Nobody swept: the row still says « retenue », the clock says the place is another's."""
    services.accept_place(row, by=row.applicant, now=AFTER)
    kept = services.deposit_agreement(row, signed_pdf(), by=row.applicant, now=AFTER)
    Application.objects.filter(pk=row.pk).update(state=State.SELECTED)
    for state in (State.SELECTED, State.LAPSED):
        Application.objects.filter(pk=row.pk).update(state=state)
        with pytest.raises(Refused, match="n’attend plus d’accord"):
            services.refuse_agreement(kept, by=row.applicant, now=CONFIRM_BY, reason="Non signé.")
    row.refresh_from_db()
    kept.refresh_from_db()
    assert (row.confirm_by, kept.answer, letters("agreement_not_taken").count()) == (None, Agreement.RECEIVED, 0)


def test_a_word_that_comes_after_the_date_is_told_too_late_and_writes_to_nobody(client, row):
    services.accept_place(row, by=row.applicant, now=AFTER)
    link = ask(row)
    before = Message.objects.count()
    with pytest.raises(Refused, match="plus d’actualité"):
        agree(link, now=CONFIRM_BY)
    with pytest.raises(Refused, match="plus d’actualité"):
        services.deposit_agreement(row, signed_pdf(), by=row.applicant, now=CONFIRM_BY)
    with pytest.raises(Refused, match="plus d’actualité"):
        ask(row, "autre@ville.example", now=CONFIRM_BY)
    with time_machine.travel(CONFIRM_BY, tick=False):
        assert client.get(page_of(link)).status_code == 404
    assert Message.objects.count() == before
