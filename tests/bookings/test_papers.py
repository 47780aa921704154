"""The papers of an order and of a day: what they say (C4, C5), drawn again when the data change, the former versions kept."""

from decimal import Decimal

import pypdfium2
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import papers
from bookings.models import Booking, BookingPaper
from bookings.services import papers as drawing
from bookings.services import sweeping_papers
from bookings.services.certifying import certify
from bookings.states import Paper
from core.drawing import Undrawn, drawer
from core.refusals import Refused
from programmes.demo_days import LONG_NAME, LONG_TITLE
from programmes.models import TrainingSession, VatMode
from tests.billing.factories import association
from tests.billing.validating import verapdf
from tests.bookings.factories import ordered, people
from tests.bookings.paper_factories import MORNING_AFTER, NEAR, ORDERED, day_2019, employer, fresh, named, seats_of, was_there, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _near():
    with time_machine.travel(NEAR, tick=False):
        yield


def drawn(subject: papers.Subject, folder, *options: str) -> str:
    return words_of(drawing.read(drawing.publish(subject, now=NEAR)), folder, *options)


def missing_of(words: str, facts: list[str]) -> list[str]:
    return [fact for fact in facts if fact not in words]


def test_an_agreement_says_every_mention_of_c5(tmp_path):
    booking = employer(day_2019(), 3, places=4)
    words = drawn(papers.of_order(Paper.AGREEMENT, booking), tmp_path)
    assert missing_of(words, [
        "Convention de formation", "La 27e Région", "représentée par Maxime Exemple", "Ville d’Exemple", "EJ-2027-001",
        "Journée découverte : vers une action publique ingénierieuse",
        "Action de formation en présence, en un groupe de 20 personnes au plus",
        "Reconnaître les nouvelles ingénieries publiques", "Mardi 19 mars 2019", "9 h – 18 h, 8 heures de formation",
        "matin 9 h – 13 h, 4 heures · après-midi 14 h – 18 h, 4 heures", "Halle civique, 27 rue Piat, 75020 Paris",
        "4 personnes : Personne Exemple 1, Personne Exemple 2, Personne Exemple 3 ; les autres noms seront donnés avant la journée",
        "Exposés, études de cas, mises en situation et exercices", "Prenez un café, Émile !", "Amina Exemple (science politique)",
        "Un exercice corrigé ensemble", "680 € TTC", "Total HT 2 266,67 €", "Total TVA (20 %) 453,33 €", "Total TTC 2 720,00 €",
        "Contributions publiques : aucune.", "tout est remboursé", "Conditions de vente, version 1",
    ]) == []  # fmt: skip
    assert missing_of(words, ["Qualiopi", "Déclaration d’activité"]) == ["Qualiopi", "Déclaration d’activité"]


def test_a_siret_is_written_by_groups_and_never_parts_from_its_word(tmp_path):
    booking = employer(day_2019(), 1)
    Booking.objects.filter(pk=booking.pk).update(payer_siret="23350001600040")
    association(siret="23350001600040")
    subject = papers.of_order(Paper.AGREEMENT, Booking.objects.with_day().get(pk=booking.pk))
    [layout] = papers.layouts_of(subject, papers.content_of(subject), papers.Edited(1, NEAR))
    parties = layout.html.partition('class="parties"')[2].partition("</div>")[0]
    assert parties.count("SIRET\u00a0233\u00a0500\u00a0016\u00a000040") == 2


def test_a_provider_number_and_the_qualiopi_mark_are_printed_only_if_they_are_filled(tmp_path):
    booking = employer(day_2019(), 1)
    association(
        provider_number="11 75 00000 75", provider_region="préfet de la région Île-de-France", qualiopi="actions de formation, n° 000"
    )
    words = drawn(papers.of_order(Paper.AGREEMENT, booking), tmp_path)
    assert missing_of(words, [
        "Déclaration d’activité enregistrée sous le numéro 11 75 00000 75 auprès du préfet de la région",
        "Qualiopi : actions de formation, n° 000",
    ]) == []  # fmt: skip


def test_a_quote_says_until_when_it_is_good_and_the_mention_of_an_exempt_day(tmp_path):
    booking = ordered(day_2019(VatMode.EXEMPT), now=ORDERED, places=2, people=named(2))
    words = drawn(papers.of_order(Paper.QUOTE, booking), tmp_path)
    assert missing_of(words, [
        f"Devis {booking.reference}", "Exonération de TVA, article 261, 4-4° a du CGI", "Total TVA (exonéré) 0,00 €",
        "Total TTC 1 360,00 €",
        "ce devis est valable, jusqu’au", "numéro de commande ou d’engagement",
    ]) == []  # fmt: skip


def test_a_joining_letter_is_for_one_person_and_says_how_to_come(tmp_path):
    booking = employer(day_2019(), 2)
    words = drawn(papers.of_seat(Paper.JOINING, seats_of(booking)[0]), tmp_path)
    assert missing_of(words, [
        "Convocation", "Personne Exemple 1", "Ville d’Exemple", "Mardi 19 mars 2019", "9 h – 18 h",
        "Halle civique, 27 rue Piat, 75020 Paris", "Métro Pyrénées ou Belleville", "Roger, un muscadet !",
        "jusqu’au dimanche 17 mars 2019", "journees@la27eregion.example",
    ]) == []  # fmt: skip
    assert "Personne Exemple 2" not in words


def test_nobody_is_joined_without_a_name():
    booking = employer(day_2019(), 1, people=(), places=1)
    with pytest.raises(Refused, match="pas encore nommée"):
        drawing.publish(papers.of_seat(Paper.JOINING, seats_of(booking)[0]), now=NEAR)


def test_a_sheet_names_the_expected_by_order_with_trainers_and_blank_lines(tmp_path):
    day = day_2019()
    booking = employer(day, 2, places=3)
    seats_of(booking)[0].__class__.objects.filter(booking=booking, rank=1).update(name="Zoé Exemple", needs="sans gluten")
    content = papers.content_of(papers.of_day(day))
    words = drawn(papers.of_day(day), tmp_path, "-layout")
    assert [row["name"] for row in content["rows"]] == ["Personne Exemple 2", "Zoé Exemple", ""]
    assert missing_of(words, [
        "Feuille d’émargement", "Matin, 9 h – 13 h (4 heures)", "Après-midi, 14 h – 18 h (4 heures)", "Zoé Exemple", "Florian Exemple",
        "Émargement du mardi 19 mars 2019 · page 1 / 1",
    ]) == []  # fmt: skip
    assert ("gluten" in words, len(content["blanks"])) == (False, 3)


def test_a_sheet_is_landscape():
    content = drawing.read(drawing.publish(papers.of_day(day_2019()), now=NEAR))
    width, height = pypdfium2.PdfDocument(content)[0].get_size()
    assert (round(width), round(height)) == (842, 595)


def test_all_are_tagged_and_pass_pdf_ua(tmp_path):
    day = day_2019()
    booking = employer(day, 2)
    was_there(seats_of(booking))
    with time_machine.travel(MORNING_AFTER, tick=False):
        for seat in seats_of(booking):
            certify(seat, by=None, now=MORNING_AFTER)
    subjects = [
        *(papers.of_order(kind, booking) for kind in (Paper.QUOTE, Paper.AGREEMENT, Paper.CERTIFICATES)),
        *(papers.of_seat(kind, seats_of(booking)[0]) for kind in (Paper.JOINING, Paper.CERTIFICATE)),
        papers.of_day(day),
    ]
    files = []
    for subject in subjects:
        files.append(tmp_path / f"{subject.kind.lower()}.pdf")
        files[-1].write_bytes(drawing.read(drawing.publish(subject, now=NEAR)))
    assert verapdf(files, "ua1") == {(file.stem, "ua1"): "ok" for file in files}


def test_a_long_title_a_long_name_and_a_long_payer_hold_on_one_page():
    day = day_2019(VatMode.EXEMPT, title=LONG_TITLE)
    payer = "Communauté de communes d’Exemple-sur-l’Invention et des Vallées-Réunies-de-la-Démonstration"
    booking = ordered(day, now=ORDERED, places=3, people=people(LONG_NAME), payer_name=payer, service_code="SERVICE-42")
    subjects = papers.of_order(Paper.QUOTE, booking), papers.of_seat(Paper.JOINING, seats_of(booking)[0])
    assert [pages_of(subject) for subject in subjects] == [1, 1]


def test_each_certificate_of_an_order_holds_on_its_own_page():
    booking = employer(day_2019(title=LONG_TITLE), 3)
    was_there(seats_of(booking))
    for seat in seats_of(booking):
        certify(seat, by=None, now=MORNING_AFTER)
    assert pages_of(papers.of_order(Paper.CERTIFICATES, booking)) == 3


def pages_of(subject: papers.Subject) -> int:
    return len(pypdfium2.PdfDocument(drawing.read(drawing.publish(subject, now=NEAR))))


# --- Versions -----------------------------------------------------------------------------------------------------------


def test_the_same_data_is_the_same_paper():
    subject = papers.of_order(Paper.AGREEMENT, employer(day_2019(), 1))
    first, again = drawing.publish(subject, now=NEAR), drawing.publish(subject, now=MORNING_AFTER)
    assert (first.pk, first.sha256) == (again.pk, again.sha256)


def test_a_change_makes_a_new_version_and_the_former_stays(tmp_path):
    booking = employer(day_2019(), 1)
    subject = papers.of_seat(Paper.JOINING, seats_of(booking)[0])
    first = drawing.publish(subject, now=NEAR)
    TrainingSession.objects.filter(pk=booking.session_id).update(day="2019-03-26")
    booking.session = fresh(booking.session)
    subject = papers.Subject(Paper.JOINING, booking.session, booking, subject.seat)
    second = drawing.publish(subject, now=NEAR)
    words = [words_of(drawing.read(row), tmp_path) for row in (first, second)]
    assert ["19 mars" in words[0], "26 mars" in words[1], "version 2" in words[1]] == [True] * 3
    assert list(drawing.versions(subject)) == [second, first]


def test_the_sweep_draws_again_what_changed_and_leaves_the_rest():
    day = day_2019()
    booking, other = employer(day, 1), employer(day, 1, people=named(1, 5))
    drawing.publish(papers.of_order(Paper.QUOTE, booking), now=NEAR)

    def swept() -> list[tuple[str, int | None]]:
        before = set(BookingPaper.objects.values_list("pk", flat=True))
        sweeping_papers.ask_due(now=NEAR)
        sweeping_papers.draw_due(now=NEAR)
        rows = BookingPaper.objects.exclude(pk__in=before).order_by("kind", "booking_id")
        assert all(row.file for row in rows)
        return [(row.kind, row.booking_id) for row in rows]

    assert swept() == [("AGREEMENT", booking.pk), ("AGREEMENT", other.pk), ("JOINING", booking.pk), ("JOINING", other.pk), ("SHEET", None)]
    assert swept() == []
    seats_of(other)[0].__class__.objects.filter(booking=other).update(name="Autre Exemple")
    assert swept() == [("AGREEMENT", other.pk), ("JOINING", other.pk), ("SHEET", None)]


def test_a_drawing_that_fails_is_tried_later_and_the_last_good_one_is_given(monkeypatch):
    booking = employer(day_2019(), 1)
    subject = papers.of_order(Paper.QUOTE, booking)
    good = drawing.publish(subject, now=NEAR)
    booking.unit_price = Decimal("600.00")
    booking.save()

    def fails(*args, **kwargs):
        raise Undrawn("arrêté")

    monkeypatch.setattr(drawer, "draw", fails)
    with pytest.raises(drawing.NotReady):
        drawing.publish(subject, now=NEAR)
    failed = drawing.latest(subject)
    assert (drawing.to_download(subject, now=NEAR), failed.tries, failed.next_try_at > NEAR, list(drawing.failed())) == (
        good,
        1,
        True,
        [failed],
    )
    assert sweeping_papers.draw_due(now=NEAR) == 0


def test_a_file_that_the_storage_lost_is_drawn_again():
    subject = papers.of_order(Paper.QUOTE, employer(day_2019(), 1))
    first = drawing.publish(subject, now=NEAR)
    default_storage.delete(first.file.name)
    again = drawing.publish(subject, now=NEAR)
    assert (again.pk, default_storage.exists(again.file.name)) == (first.pk, True)


def test_what_cannot_be_said_any_more_holds_up_no_other_paper():
    booking = employer(day_2019(), 2)
    first, second = seats_of(booking)
    drawing.ask(papers.of_seat(Paper.JOINING, first), now=NEAR)
    drawing.ask(papers.of_seat(Paper.JOINING, second), now=NEAR)
    type(first).objects.filter(pk=first.pk).update(name="")
    assert (sweeping_papers.draw_due(now=NEAR), sweeping_papers.draw_due(now=NEAR)) == (1, 0)
    assert BookingPaper.objects.get(seat=first).next_try_at == NEAR + sweeping_papers.REFUSED_FOR


def test_a_day_is_swept_in_as_many_questions_for_one_order_as_for_three():
    def cost() -> int:
        sweeping_papers.post_due(now=NEAR)
        sweeping_papers.ask_due(now=NEAR)
        with CaptureQueriesContext(connection) as asked:
            assert (sweeping_papers.ask_due(now=NEAR), sweeping_papers.post_due(now=NEAR)) == (0, 0)
        return len(asked)

    day = day_2019()
    employer(day, 1)
    one = cost()
    employer(day, 1, people=named(1, 5))
    employer(day, 1, people=named(1, 9))
    assert cost() == one
