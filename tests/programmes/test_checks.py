"""What may not be published: each fault in words, in its field."""

from datetime import date

import pytest

from programmes import checks
from tests.programmes.factories import AgendaItemFactory, EditionFactory, PartnerFactory, PhaseFactory, SessionFactory, VenueFactory


def told(text, *years):
    return list(checks.in_text(text, years=years))


@pytest.mark.parametrize(
    "text",
    [
        "[le site]()", "[le site]( )", "[le site](<>)", "[le site](#)", "[le site](https://)", "[le site](mailto:)", "[](https://a.example)",
        "[ ](https://a.example)", "<>", "< >",
    ],
)  # fmt: skip
def test_an_empty_link_is_a_fault(text):
    assert told(f"Avant {text} après") == [f"le lien « {text} » est vide.".replace("« ", "«\u00a0").replace(" »", "\u00a0»")]


@pytest.mark.parametrize(
    "text", ["[le site](https://a.example)", "<https://a.example>", "a < b > c", "[1]", "(voir)", "[x](#plan)", "5 < 6 et 7 > 3"]
)
def test_a_link_that_leads_somewhere_is_none(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "years", "faults"),
    [
        ("mardi 19 mars 2019", [], []),
        ("Mardi 19 mars 2019", [], []),
        ("mardi 20 mars 2019", [], ["«\u00a0mardi 20 mars\u00a0»\u00a0: le 20\u00a0mars 2019 est un mercredi."]),
        ("mardi\u00a020\u00a0mars 2019", [], ["«\u00a0mardi 20 mars\u00a0»\u00a0: le 20\u00a0mars 2019 est un mercredi."]),
        ("vendredi 1er mars 2019", [], []),
        ("samedi 1er mars 2019", [], ["«\u00a0samedi 1er mars\u00a0»\u00a0: le 1er\u00a0mars 2019 est un vendredi."]),
        ("dimanche 31 février 2019", [], ["le 31 février 2019 n’existe pas."]),
        ("du mardi 19 au mercredi 20 mars 2019", [], []),
        ("du lundi 19 au jeudi 21 mars 2019", [], ["«\u00a0lundi 19 mars\u00a0»\u00a0: le 19\u00a0mars 2019 est un mardi."]),
        (
            "mardi 19, mercredi 20 et vendredi 21 mars 2019",
            [],
            ["«\u00a0vendredi 21 mars\u00a0»\u00a0: le 21\u00a0mars 2019 est un jeudi."],
        ),
        # Without year: right when one of the years of the row makes it so.
        ("mardi 19 mars", [2019], []),
        ("mercredi 19 mars", [2019], ["«\u00a0mercredi 19 mars\u00a0»\u00a0: le 19\u00a0mars 2019 est un mardi."]),
        ("mardi 19 mars", [2018, 2019], []),
        ("mardi 19 mars", [], []),
        ("le 20 mars 2019, un mardi", [], []),
        ("mardi 19e mars 2019", [], []),
    ],
)
def test_a_weekday_agrees_with_its_date(text, years, faults):
    assert told(text, *years) == faults


@pytest.mark.django_db
def test_a_call_that_is_ready_has_no_fault():
    edition = EditionFactory(description="Départ le [vendredi 15 septembre 2017](https://a.example).")
    PhaseFactory(edition=edition)
    assert checks.faults_of(edition) == []


@pytest.mark.django_db
def test_every_fault_of_a_call_is_told_with_its_place():
    edition = EditionFactory(programme__is_public=False, programme__title="Caché", lede=" ", audience="[ici]()")
    PhaseFactory(edition=edition, title="Préparation", description="jeudi 15 septembre 2017")
    PartnerFactory(edition=edition, name="le SGMAP <>")
    phase = "phase «\u00a0Préparation\u00a0»"
    assert [(fault.field, str(fault)) for fault in checks.faults_of(edition)] == [
        ("lede", "chapô\u00a0: ce texte est vide."),
        ("programme", "programme\u00a0: le programme «\u00a0Caché\u00a0» n’est pas publié\u00a0: publiez-le d’abord."),
        ("audience", "à qui s’adresse l’appel\u00a0: le lien «\u00a0[ici]()\u00a0» est vide."),
        ("description", f"{phase}, description\u00a0: «\u00a0jeudi 15 septembre\u00a0»\u00a0: le 15\u00a0septembre 2017 est un vendredi."),
        ("name", "partenaire «\u00a0le SGMAP <>\u00a0», nom, avec son article\u00a0: le lien «\u00a0<>\u00a0» est vide."),
    ]


@pytest.mark.django_db
def test_every_fault_of_a_day_is_told_with_its_place():
    day = SessionFactory(
        day=date(2019, 3, 19), audience="", venue=VenueFactory(name="Halle civique", address=""), format="mercredi 19 mars"
    )
    assert [(fault.field, str(fault)) for fault in checks.faults_of(day)] == [
        ("audience", "public\u00a0: ce texte est vide."),
        ("venue", "lieu\u00a0: l’adresse de «\u00a0Halle civique\u00a0» est incomplète (rue et ville)."),
        ("format", "format\u00a0: «\u00a0mercredi 19 mars\u00a0»\u00a0: le 19\u00a0mars 2019 est un mardi."),
        ("", "Le déroulé est vide\u00a0: donnez au moins une séquence."),
    ]


@pytest.mark.django_db
def test_a_day_without_place_is_not_ready_and_one_with_all_is():
    day = SessionFactory(audience="Tout le monde.", venue=None)
    AgendaItemFactory(session=day)
    assert [fault.field for fault in checks.faults_of(day)] == ["venue"]
    day.venue = VenueFactory(address="27 rue Piat")
    assert checks.faults_of(day) == []


@pytest.mark.parametrize(
    "text", ["[js](javascript:alert(1))", "[x]( data:text/html,y)", "[f](<file:///etc/passwd>)", "[f](ftp://a.example/b)"]
)
def test_an_address_that_pages_do_not_open_is_a_fault(text):
    words = " ne s’ouvrira pas\u00a0: une adresse commence par https:// ou mailto:."
    assert [fault.endswith(words) for fault in told(f"Avant {text} après")] == [True]


@pytest.mark.parametrize(
    "text", ["[a](HTTPS://a.example)", "[a](mailto:a@b.example)", "[a](tel:+33123456789)", "[a](/programmes/)", "javascript:alert(1)"]
)
def test_an_address_that_pages_open_is_none(text):
    assert told(text) == []


def test_an_address_without_its_beginning_is_a_fault():
    assert told("[le site](www.ville.example/x)") == [
        "le lien «\u00a0[le site](www.ville.example/x)\u00a0» ne mène nulle part\u00a0: son adresse commence par https://."
    ]


CLOSING = "8\u00a0septembre 2017"
TOO_EARLY = f"la phase doit commencer après le jour de la clôture ({CLOSING})."
TOO_LATE = "la phase doit être finie quand l’édition se termine (30\u00a0novembre 2017)."


@pytest.mark.parametrize(
    ("dates", "faults"),
    [
        ({"starts_on": date(2017, 9, 9)}, []),
        ({"starts_on": date(2017, 9, 8)}, [("starts_on", TOO_EARLY)]),
        ({"starts_on": date(2017, 9, 7), "ends_on": date(2017, 9, 12)}, [("starts_on", TOO_EARLY)]),
        ({"starts_on": date(2017, 11, 30)}, []),
        ({"starts_on": date(2017, 11, 29), "ends_on": date(2017, 12, 1)}, [("ends_on", TOO_LATE)]),
        # Words: as late as they may mean.
        ({"starts_on": None, "when_label": "mi-septembre 2017", "sort_on": date(2017, 9, 5)}, []),
        ({"starts_on": None, "when_label": "début septembre 2016", "sort_on": date(2017, 9, 8)}, [("sort_on", TOO_EARLY)]),
        ({"starts_on": None, "when_label": "à la rentrée", "sort_on": date(2017, 9, 1)}, [("sort_on", TOO_EARLY)]),
        ({"starts_on": date(2017, 9, 1), "ends_on": date(2017, 9, 20), "when_label": "courant septembre"}, []),
        ({"starts_on": date(2017, 8, 1), "ends_on": date(2017, 8, 31), "when_label": "courant août"}, [("ends_on", TOO_EARLY)]),
        ({"starts_on": None, "when_label": "fin décembre 2017", "sort_on": date(2017, 11, 20)}, [("sort_on", TOO_LATE)]),
    ],
)
@pytest.mark.django_db
def test_a_phase_comes_after_the_closing_and_before_the_end(dates, faults):
    phase = PhaseFactory(**dates)
    assert [(fault.field, fault.words) for fault in checks.of_phase(phase, phase.edition)] == faults
    assert [fault.words for fault in checks.faults_of(phase.edition)] == [words for _, words in faults]


@pytest.mark.parametrize(
    ("label", "is_told"),
    [
        ("mi-septembre 2017", False), ("début septembre 2017", False), ("fin août 2017", True), ("le 7 septembre 2017", True),
        ("vendredi 8 septembre 2017", False), ("1er septembre 2017", True), ("août ou septembre 2017", False), ("août 2017", True),
        ("à la rentrée", False), ("septembre", False), ("", False),
    ],
)  # fmt: skip
def test_the_answer_comes_after_the_closing(label, is_told):
    edition = EditionFactory.build(results_label=label)
    faults = [(fault.field, fault.words) for fault in checks.of_answer(edition)]
    assert faults == ([("results_label", f"cette réponse viendrait avant la clôture ({CLOSING}).")] if is_told else [])
