"""What a blind reader does not read: who wrote it; the answers themselves do not change."""

import pytest

from applications import services
from applications.masking import MASK, plain, read_by_jury, tidied, unfound, words_of
from applications.models import Application
from core.refusals import Refused
from organisations.models import Alias
from records.models import Act
from tests.applications.factories import OPEN, deposited, staff
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


def written(motivation="", *, job="bibliothécaire", **fields) -> Application:
    who = {"last_name": "Exemple", "first_name": "Zoé-Élise", "organisation": "Mairie de Rennes"} | fields
    return Application(motivation=motivation, job=job, **who)


def read(application, *, blind=True) -> str:
    return "\n\n".join(plain(paragraph) for paragraph in read_by_jury(application, blind=blind).motivation)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("Je suis Zoé-Élise Exemple.", f"Je suis {MASK} {MASK}."),
        ("zoe elise, ZOÉ‑ÉLISE, zoé’élise", f"{MASK}, {MASK}, {MASK}"),
        ("À la mairie de Rennes, à Rennes, rennes.", f"À la {MASK}, à {MASK}, {MASK}."),
        ("L’exemplaire et Rennesaise restent.", "L’exemplaire et Rennesaise restent."),
        ("Écrire à zoe.exemple@rennes.example ou au 06 12 34 56 78.", f"Écrire à {MASK} ou au {MASK}."),
        ("Voir https://blog.example/moi et www.example.org !", f"Voir {MASK} et {MASK} !"),
        ("Les Exemples de la famille.", f"Les {MASK} de la famille."),
        ("Une mairie sans nom.", "Une mairie sans nom."),
    ],
)
def test_names_structure_and_addresses_mask_themselves_however_they_are_written(said, seen):
    assert read(written(said)) == seen


@pytest.mark.parametrize(
    ("organisation", "kept"),
    [
        ("Conseil régional", "Le conseil régional et la région."),
        ("Ministère de la transition écologique", "La transition écologique au ministère."),
        ("Centre hospitalier universitaire", "Un centre hospitalier."),
    ],
)
def test_what_any_administration_is_called_stays(organisation, kept):
    masked = read(written(kept, organisation=organisation))
    assert masked.replace(MASK, "").strip(" .") != ""
    assert [word for word in words_of(written(organisation=organisation))[3:]] == []


@pytest.mark.parametrize(
    ("organisation", "said", "seen"),
    [
        ("SGMAP", "Au SGMAP, le S.G.M.A.P. et le s. g. m. a. p.", f"Au {MASK}, le {MASK}. et le {MASK}."),
        ("Agence du numérique (ANUM)", "À l’ANUM, à l’anum.", f"À l’{MASK}, à l’{MASK}."),
        ("Ville de Saint-Étienne", "À St-Étienne, Saint Etienne, st étienne.", f"À {MASK}, {MASK}, {MASK}."),
        ("Mairie de Sainte-Luce", "À Ste-Luce.", f"À {MASK}."),
        ("", "Voir linkedin.com/in/zoe-e, camille.example et @zoe_ex.", f"Voir {MASK}, {MASK} et {MASK}."),
        ("", "Je suis @zoe@social.example !", f"Je suis {MASK} !"),
        ("", "Un projet fini.Puis un autre, et/ou 3.5 km @ 10 h.", "Un projet fini.Puis un autre, et/ou 3.5 km @ 10 h."),
        ("CAR", "car le CAR roule", f"car le {MASK} roule"),
    ],
)
def test_acronyms_with_dots_saints_in_short_bare_addresses_and_handles_are_masked_and_ordinary_words_are_not(organisation, said, seen):
    assert read(written(said, organisation=organisation)) == seen


def test_a_name_that_is_an_ordinary_word_is_masked_with_its_capital_and_as_the_team_writes_it():
    assert read(written("Zoé Bon fait un bon travail", last_name="Bon", first_name="Zoé")) == f"{MASK} {MASK} fait un bon travail"
    assert read(written("un bon travail", masked_words="bon")) == f"un {MASK} travail"


@pytest.mark.parametrize("tied", [True, False])
def test_the_other_names_of_the_structure_in_the_register_are_masked_tied_to_it_or_not(tied):
    body = OrganisationFactory(name="Direction interministérielle du numérique")
    for name in ("DINUM", "SUR"):
        Alias.objects.create(organisation=body, name=name)
    Alias.objects.create(organisation=OrganisationFactory(name="Une autre"), name="AUTRE")
    said = "À la DINUM, la dinum, la D.I.N.U.M., au SUR sur la mer, à AUTRE."
    for organisation in ("DINUM", "direction interministérielle du numérique"):
        application = written(said, organisation=organisation, body=body if tied else None)
        assert read(application) == f"À la {MASK}, la {MASK}, la {MASK}., au {MASK} sur la mer, à AUTRE."


def test_the_words_of_the_team_are_masked_too_whole_phrases_first():
    application = written("Le Labo des Possibles ouvre ; le labo aussi.", masked_words="labo\nLabo des possibles")
    assert read(application) == f"Le {MASK} ouvre ; le {MASK} aussi."


def test_a_word_of_the_team_that_hides_nothing_is_known():
    application = written("À la D.I.N.U.M., au Labo des Possibles, Sur mer.", masked_words="labo de possible\nLabo\nDINUM\nSur\nAileurs")
    assert unfound(application) == ["labo de possible", "Aileurs"]


def test_a_mask_says_nothing_of_the_length_and_keeps_lines_and_paragraphs():
    application = written("Rennes\nou Zoé-Élise\n\nAilleurs.")
    assert read(application) == f"{MASK}\nou {MASK}\n\nAilleurs."


def test_the_job_is_masked_and_nothing_is_when_the_call_is_read_with_the_names():
    application = written("Rennes.", job="cheffe de projet, ville de Rennes")
    assert "".join(piece.text for piece in read_by_jury(application, blind=True).job) == f"cheffe de projet, ville de {MASK}"
    open_read = read_by_jury(application, blind=False)
    assert (plain(open_read.motivation[0]), open_read.hides) == ("Rennes.", False)


def test_a_hostile_text_is_masked_without_being_read_as_anything_else():
    application = written("(.*) [Rennes] <b>Exemple</b> \\d+ ﬁn œuvre", masked_words=".*\n[a-z]+\nœuvre")
    assert read(application) == f"(.*) [{MASK}] <b>{MASK}</b> \\d+ ﬁn {MASK}"


def test_the_words_are_kept_once_each_as_typed():
    assert tidied("  Labo \nlabo\n\nMaison  des   possibles\n---\n") == "Labo\nMaison des possibles"


def test_masking_is_an_act_of_the_log_that_does_not_say_the_words_and_leaves_the_answers():
    application, by = deposited(), staff()
    services.mask(application, "ailleurs\nAilleurs", by=by, now=OPEN, revision=application.staff_revision)
    application.refresh_from_db()
    assert (application.masked_words, application.motivation) == ("ailleurs", "Voir ailleurs.\nEssayer ici.")
    assert [(act.verb, act.note, act.changes) for act in Act.objects.filter(verb="mots masqués au jury")] == [
        ("mots masqués au jury", "", {})
    ]
    services.mask(application, "ailleurs", by=by, now=OPEN)
    assert Act.objects.filter(verb="mots masqués au jury").count() == 1


def test_the_second_of_two_colleagues_who_mask_at_once_is_told():
    application, by = deposited(), staff()
    services.mask(application, "un", by=by, now=OPEN, revision=application.staff_revision)
    with pytest.raises(Refused, match="a changé depuis"):
        services.mask(application, "deux", by=by, now=OPEN, revision=application.staff_revision)
