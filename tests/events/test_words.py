"""The name of a season in a sentence: with its article, or between quotes when nothing says which it is."""

import pytest

from events import proposal_emails
from events.models import Season
from events.words import of_season, the_season, to_season
from mailing import outbox
from mailing.letters import KINDS


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Semaine d’innovation", ("la Semaine d’innovation", "de la Semaine d’innovation", "à la Semaine d’innovation")),
        ("Mois d’innovation", ("le Mois d’innovation", "du Mois d’innovation", "au Mois d’innovation")),
        ("4e Semaine nationale", ("la 4e Semaine nationale", "de la 4e Semaine nationale", "à la 4e Semaine nationale")),
        ("L’Été public", ("« L’Été public »", "de « L’Été public »", "à « L’Été public »")),
        ("Semainier", ("« Semainier »", "de « Semainier »", "à « Semainier »")),
    ],
)  # fmt: skip
def test_a_season_is_named_with_its_article_or_between_quotes(title, said):
    season = Season(title=title)
    assert (the_season(season), of_season(season), to_season(season)) == tuple(
        words.replace("« ", "«\u00a0").replace(" »", "\u00a0»") for words in said
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (proposal_emails.LISTED, "est au programme de la Semaine"),
        (proposal_emails.REFUSED, "au programme de la Semaine"),
        (proposal_emails.CHANGES_ASKED, "proposé à la Semaine"),
        (proposal_emails.COLLEAGUE, "proposé à la Semaine"),
        (proposal_emails.CANCELLED, "», de la Semaine"),
        (proposal_emails.MESSAGE, "La coordination de la Semaine"),
        (proposal_emails.PROPOSED, "proposition pour la Semaine"),
        (proposal_emails.REMINDER, "votre proposition pour la Semaine"),
    ],
)
def test_the_letters_of_a_proposal_name_its_season_so(kind, said):
    subject, text = outbox.render(KINDS[kind], KINDS[kind].sample())
    assert said in f"{subject}\n{text}"
