"""Acts on a selection of applications: the jury, the review, tags, a letter; shown, confirmed and told by `mailing.groupacts`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.roles import ACCEPT_LATE, TRIAGE, WRITE_TO_APPLICANTS
from applications import jury_emails, services, written
from applications.admin.reading import ACTS, LIST_ACTS
from applications.forms import readable, reason
from applications.jury_forms import JuryForm
from applications.models import Application, ApplicationQuerySet, Tag
from applications.services import acts, aside, assigning, writing
from applications.services.acts import Outcome
from applications.services.triage import known_tag
from applications.states import State
from core.registry import Link
from mailing import rendering
from mailing.groupacts import Answers, GroupAct, GroupActsMixin, Line, Plan, Sample
from mailing.models import Batch
from mailing.rendering import BODY_LENGTH, SUBJECT_LENGTH, Words
from programmes.models import Edition
from records.services import label_of

NOUNS = ("candidature", "candidatures")


def lines(outcomes: Iterable[Outcome]) -> list[Line]:
    """What a screen and a batch say of each application."""
    return [Line(label_of(each.application), each.application.named, each.why, each.note) for each in outcomes]


def keys(plan: Plan) -> list[int]:
    """The rows of a plan, and only they: what was never shown is not acted upon."""
    return [int(line.key.rpartition(":")[2]) for line in plan.done]


def refused(plan: Plan) -> list[Line]:
    """The lines that the plan left out already: they stay in the account of the act."""
    return [line for line in plan.lines if line.why]


class _OnApplications(GroupAct):
    """What our acts have in common: rows in, outcomes out. `outcomes` says what would become of each; `act` does it."""

    nouns = NOUNS
    permission = TRIAGE

    def outcomes(self, selection: ApplicationQuerySet, answers: Answers, *, now: datetime) -> list[Outcome]:
        raise NotImplementedError

    def act(self, plan: Plan, answers: Answers, *, batch: Batch, by: User, now: datetime) -> list[Outcome]:
        raise NotImplementedError

    def becomes(self, application: Application, answers: Answers) -> str:
        """Say, of the one row shown, what becomes of it."""
        return ""

    def about(self, selection: Any) -> str:
        """The call, when there is one: the list of group acts says of which."""
        calls = set(selection.order_by().values_list("edition", flat=True))
        return f"{Edition._meta.label_lower}:{calls.pop()}" if len(calls) == 1 else ""

    def plan(self, selection: Any, answers: Answers, *, by: Any, now: datetime) -> Plan:
        outcomes = self.outcomes(selection, answers, now=now)
        first = next((each.application for each in outcomes if not each.why), None)
        return Plan(lines(outcomes), Sample(first.named, note=self.becomes(first, answers)) if first else None)

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> Sequence[Line]:
        return [*lines(self.act(plan, answers, batch=batch, by=by, now=now)), *refused(plan)]


# --- The jury ---------------------------------------------------------------------------------------


class AssignAct(_OnApplications):
    slug, title, button = "confier", "Confier au jury", "Confier"
    intro = (
        "Chaque candidature choisie est confiée à chacune des personnes cochées, qui reçoit une lettre. "
        "Personne ne lit sa propre candidature, ni celle de son organisme."
    )
    undo, form_class = assigning.UNDO_ASSIGN, JuryForm

    def label(self, answers):
        return f"Confier au jury : {_people(answers)}"

    def plan(self, selection, answers, *, by, now):
        rows = list(assigning.with_reviewers(selection).order_by("pk"))
        jurors = assigning.jurors_for(rows, answers["reviewers"])
        outcomes = [assigning.planned(row, jurors) for row in rows]
        first = next((each.application for each in outcomes if not each.why), None)
        pairs = [(each.application, person) for each in outcomes if not each.why for person in jurors.people]
        given = [(row, person) for row, person in pairs if not jurors.why_not(row, person)]
        sample = Sample(first.named, note=f"{first} est confiée à {_people(answers)}.") if first else None
        return Plan(lines(outcomes), sample, letters=jury_emails.letters_for(given))

    def act(self, plan, answers, *, batch, by, now):
        return services.assign(keys(plan), answers["reviewers"], by=by, now=now, batch=batch)


class UnassignAct(_OnApplications):
    slug, title, button = "retirer-au-jury", "Retirer au jury", "Retirer"
    intro = "Les personnes cochées n’ont plus à lire les candidatures choisies. Une lecture déjà envoyée reste, et compte."
    undo, form_class = assigning.UNDO_UNASSIGN, JuryForm

    def form(self, selection, data=None):
        form = JuryForm(data)
        form.fields["reviewers"].label = "À qui les retirer\u202f?"
        return form

    def label(self, answers):
        return f"Retirer au jury : {_people(answers)}"

    def outcomes(self, selection, answers, *, now):
        return [assigning.planned_back(row, answers["reviewers"]) for row in assigning.with_reviewers(selection).order_by("pk")]

    def becomes(self, application, answers):
        return f"{application} n’est plus à lire par {_people(answers)}."

    def act(self, plan, answers, *, batch, by, now):
        return services.unassign(keys(plan), answers["reviewers"], by=by, now=now, batch=batch)


def _people(answers: Answers) -> str:
    return ", ".join(str(person) for person in answers["reviewers"])


# --- The review -------------------------------------------------------------------------------------


class ReviewAct(_OnApplications):
    slug, title, button = "mettre-en-examen", "Mettre en examen", "Mettre en examen"
    intro = "Une fois l’appel clos, les candidatures déposées passent en examen : la personne ne peut plus les modifier."
    undo = acts.UNDO_REVIEW

    def outcomes(self, selection, answers, *, now):
        return acts.reviewed(list(selection.with_call().order_by("pk")), now=now)

    def becomes(self, application, answers):
        return f"{application} passe de « {State(application.state).label} » à « {State.IN_REVIEW.label} »."

    def act(self, plan, answers, *, batch, by, now):
        return services.start_review(keys(plan), by=by, now=now, batch=batch)


# --- Tags -------------------------------------------------------------------------------------------


class NewTagForm(forms.Form):
    """A word of the team, known or new."""

    name = forms.CharField(label="Étiquette", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = ", ".join(Tag.objects.values_list("name", flat=True)[:20])
        self.fields["name"].help_text = f"Une nouvelle, ou l’une de celles-ci : {known}." if known else "Un mot ou deux."

    def clean_name(self) -> str:
        name = " ".join(readable(self.cleaned_data["name"]).split())
        known = known_tag(name)
        return known.name if known else name


class KnownTagForm(forms.Form):
    name = forms.ChoiceField(label="Étiquette à retirer", error_messages={"required": "Choisissez une étiquette."})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["name"]).choices = [
            ("", "Choisissez"),
            *((tag.name, tag.name) for tag in Tag.objects.order_by("name")),
        ]


class TagAct(_OnApplications):
    slug, title, button = "etiqueter", "Ajouter une étiquette", "Ajouter l’étiquette"
    undo, form_class = acts.UNDO_TAG, NewTagForm

    def label(self, answers):
        return f"Ajouter l’étiquette « {answers['name']} »"

    def outcomes(self, selection, answers, *, now):
        return [Outcome(row, acts.why_not_tagged(row, answers["name"])) for row in acts.with_tags(selection.with_call()).order_by("pk")]

    def becomes(self, application, answers):
        return f"{application} porte l’étiquette « {answers['name']} »."

    def act(self, plan, answers, *, batch, by, now):
        return services.tag(keys(plan), answers["name"], by=by, now=now, batch=batch)


class UntagAct(_OnApplications):
    slug, title, button = "retirer-etiquette", "Retirer une étiquette", "Retirer l’étiquette"
    undo, form_class = acts.UNDO_UNTAG, KnownTagForm

    def label(self, answers):
        return f"Retirer l’étiquette « {answers['name']} »"

    def outcomes(self, selection, answers, *, now):
        return [Outcome(row, acts.why_not_untagged(row, answers["name"])) for row in acts.with_tags(selection.with_call()).order_by("pk")]

    def becomes(self, application, answers):
        return f"{application} ne porte plus l’étiquette « {answers['name']} »."

    def act(self, plan, answers, *, batch, by, now):
        return services.untag(keys(plan), answers["name"], by=by, now=now, batch=batch)


# --- Late drafts ------------------------------------------------------------------------------------


class ReasonForm(forms.Form):
    """Why drafts are left aside."""

    reason = reason(
        "Pourquoi ?",
        help_text="L’équipe seule le lit, dans l’historique de chaque brouillon.",
        error_messages={"required": "Indiquez pourquoi ces brouillons sont laissés de côté."},
    )


class AsideAct(_OnApplications):
    slug, title, button = "laisser-de-cote", "Laisser de côté", "Laisser de côté"
    intro = (
        "Un brouillon poursuivi après la clôture, que vous n’acceptez pas : il n’attend plus personne, et s’efface avec les autres. "
        "Aucune lettre ne part : sa page dit déjà qu’il n’a pas été déposé. Pour un mot aimable, « Écrire »."
    )
    permission, undo, form_class = ACCEPT_LATE, aside.UNDO_ASIDE, ReasonForm

    def outcomes(self, selection, answers, *, now):
        return aside.planned(list(selection.with_call().order_by("pk")), now=now)

    def becomes(self, application, answers):
        return f"{application} n’est plus à décider."

    def act(self, plan, answers, *, batch, by, now):
        return services.set_aside(keys(plan), answers["reason"], by=by, now=now, batch=batch)


class BackAct(_OnApplications):
    slug, title, button = "remettre-a-decider", "Remettre à décider", "Remettre à décider"
    intro = "Un brouillon laissé de côté revient parmi ceux qui attendent votre décision."
    permission, undo = ACCEPT_LATE, aside.UNDO_BACK

    def outcomes(self, selection, answers, *, now):
        return aside.planned_back(list(selection.with_call().order_by("pk")))

    def becomes(self, application, answers):
        return f"{application} est de nouveau à accepter, ou à laisser de côté."

    def act(self, plan, answers, *, batch, by, now):
        return services.bring_back(keys(plan), by=by, now=now, batch=batch)


# --- « Écrire » -------------------------------------------------------------------------------------


class WriteForm(forms.Form):
    """A subject and a text, with the placeholders of `applications.written`."""

    subject = forms.CharField(label="Sujet", max_length=SUBJECT_LENGTH, error_messages={"required": "Écrivez le sujet de la lettre."})
    body = forms.CharField(
        label="Texte",
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="La lettre commence d’elle-même par « Bonjour », le prénom et le nom, et finit par un bouton vers la candidature.",
        error_messages={"required": "Écrivez le texte de la lettre."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        words = Words(rendering.plain(data.get("subject", "")), rendering.plain(data.get("body", "")))
        for field, told in rendering.faults(written.TYPED, words):
            if field in data:
                self.add_error(field, ValidationError(told))
        return {**data, "words": words}


class WriteAct(_OnApplications):
    slug, title, button = "ecrire", "Écrire", "Envoyer à tous"
    intro = "Une lettre par personne, même pour deux candidatures. Les réponses vont à l’adresse du programme."
    permission, form_class, can_be_tried = WRITE_TO_APPLICANTS, WriteForm, True
    help_template = "admin/applications/application/write_help.html"
    placeholders = [(f"{{{name}}}", placeholder.meaning) for name, placeholder in written.TYPED.placeholders.items()]

    def label(self, answers):
        return f"Lettre : {answers['words'].subject}"

    def outcomes(self, selection, answers, *, now):
        return writing.recipients(selection.with_call().select_related("duplicate_of"), answers["words"])

    def plan(self, selection, answers, *, by, now):
        outcomes = self.outcomes(selection, answers, now=now)
        to = [each.application for each in outcomes if not each.why]
        sample = Sample(to[0].named, *writing.preview(to[0], answers["words"])) if to else None
        return Plan(lines(outcomes), sample, letters=len(to), data=to[0] if to else None)

    def act(self, plan, answers, *, batch, by, now):
        return services.write(keys(plan), answers["words"], batch=batch, now=now)

    def try_on_myself(self, plan, answers, *, by, now):
        writing.try_on_myself(plan.data, answers["words"], by=by, now=now)
        return f"Un essai part à {by.email} : la lettre de {plan.sample.name}."


GROUP_ACTS: tuple[GroupAct, ...] = (AssignAct(), UnassignAct(), ReviewAct(), TagAct(), UntagAct(), WriteAct(), AsideAct(), BackAct())


class ActsMixin(GroupActsMixin):
    """Before ModelAdmin: the acts of the list of applications."""

    group_acts = GROUP_ACTS


def _write_to_all(request: HttpRequest) -> Link | None:
    """« Écrire » above the list: under its filter, nobody selected."""
    if not request.user.has_perm(WRITE_TO_APPLICANTS):
        return None
    url = reverse("admin:applications_application_group_act", args=[WriteAct.slug])
    kept = request.GET.copy()
    kept.pop("p", None)
    return Link("Écrire", f"{url}?{kept.urlencode()}" if kept else url)


LIST_ACTS.append(_write_to_all)


def _decide(request: HttpRequest, application: Application) -> Link | None:
    """On the page of a late draft: leave it aside, or take that back."""
    call = application.edition
    if not application.went_on_late or call.cancelled_at or call.results_released_at or not request.user.has_perm(ACCEPT_LATE):
        return None
    act: type[GroupAct] = BackAct if application.set_aside_at else AsideAct
    url = reverse("admin:applications_application_group_act", args=[act.slug])
    return Link(act.title, f"{url}?choix={application.pk}")


ACTS.append(_decide)
