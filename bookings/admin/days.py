"""A day in the admin: what it holds and what waits, presences typed from the paper, its trainers' pages, « maintenir »; and the year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from accounts.roles import RUN_BOOKINGS
from bookings import change_emails, day_tools, days, staffing, trainers
from bookings.halves import halves
from bookings.models import TrainerLink
from bookings.services import attending, calling_trainers, verdict
from bookings.staffing import HALVES, SAID, SLUGS
from bookings.states import Half
from core import clock
from core.refusals import Refused
from mailing.groupacts import Answers, GroupAct, Line, Plan, Sample, Screen
from mailing.models import Batch
from programmes.models import Trainer, TrainingSession
from records.services import label_of


class Maintain(GroupAct):
    """« Maintenir »: the day takes place, and everybody whose places are firm is told."""

    slug, title, button = "maintenir", "Maintenir la journée", "Maintenir et prévenir"
    intro = "La journée a lieu. Chaque commande ferme reçoit la lettre que voici."
    nouns = ("commande", "commandes")
    permission = RUN_BOOKINGS
    undo = verdict.UNDO

    def label(self, answers: Answers) -> str:
        return "Journée maintenue"

    def about(self, selection: TrainingSession) -> str:
        return label_of(selection)

    def plan(self, selection: TrainingSession, answers: Answers, *, by: Any, now: datetime) -> Plan:
        terms = selection.terms
        try:
            verdict.refuse(terms, now=now)
        except Refused as refusal:
            return Plan([Line(label_of(selection), str(selection), why=str(refusal))])
        rows = list(verdict.told_of(selection))
        lines = [Line(label_of(row), f"{row.reference}, {row.payer_name}") for row in rows]
        if not rows:
            self.nobody = True
            return Plan([Line(label_of(selection), str(selection), note="aucune commande ferme à prévenir")], data=(terms, []))
        subject, text = change_emails.rendered(change_emails.MAINTAINED, rows[0])
        return Plan(lines, Sample(str(rows[0]), subject, text), len(rows), (terms, rows))

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> Sequence[Line]:
        if plan.data is None:
            raise Refused(plan.lines[0].why)
        terms, rows = plan.data
        verdict.maintain(terms, rows, batch=batch, by=by, now=now)
        return plan.lines


class DaysMixin:
    """Before the ModelAdmin of orders."""

    admin_site: Any

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("journees/<int:day>/", view(self.day_view), name="bookings_booking_day"),
            path("journees/<int:day>/presences/", view(self.presences_view), name="bookings_booking_presences"),
            path("journees/<int:day>/formateurs/", view(self.trainers_view), name="bookings_booking_trainers"),
            path("journees/<int:day>/maintenir/", view(self.maintain_view), name="bookings_booking_maintain"),
            path("annees/", view(self.years_view), name="bookings_booking_years"),
            path("annees/<int:year>/", view(self.years_view), name="bookings_booking_year"),
            *super().get_urls(),
        ]

    def day_view(self, request: Any, day: int) -> HttpResponse:
        """Seats by state, money expected, and who waits for what."""
        session, now = self._day(request, day), clock.now()
        runs = request.user.has_perm(RUN_BOOKINGS)
        shown = {
            "day": days.follow(session, now=now),
            "session": session,
            "tools": list(day_tools.tools(session, request.user)),
            "runs": runs,
        }
        return self._shown(request, "day.html", session.title, shown)

    def presences_view(self, request: Any, day: int) -> HttpResponse:
        """Presences typed from the paper: the same verbs as on the trainer's phone."""
        session, now = self._day(request, day, runs=True), clock.now()
        if request.method == "POST":
            return self._noted(request, session, now)
        lines = staffing.group(session)
        shown = staffing.shown(session, lines, HALVES.get(request.GET.get("demi", ""), ""), now=now)
        context = {
            "session": session, "shown": shown, "half": SLUGS[shown.day.half],
            "tabs": [(each, SLUGS[each.half]) for each in halves(session)],
            "has_begun": staffing.has_begun(session, now=now) and not session.cancelled_at,
        }  # fmt: skip
        return self._shown(request, "presences.html", "Présences", context)

    def _noted(self, request: Any, session: TrainingSession, now: datetime) -> HttpResponse:
        half = HALVES.get(request.POST.get("demi", ""))
        if half is None:
            raise Http404
        try:
            if "tous" in request.POST:
                attending.note_all(session, half, by=request.user, now=now)
            else:
                self._one(request, session, half, now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{reverse('admin:bookings_booking_presences', args=[session.pk])}?demi={SLUGS[half]}")

    def _one(self, request: Any, session: TrainingSession, half: Half, now: datetime) -> None:
        asked, act = request.POST.get("place", ""), request.POST.get("act", "")
        if not asked.isdecimal() or len(asked) > 18 or act not in (*SAID, "effacer"):  # noqa: PLR2004 - what a database counts to
            raise Http404
        seat = get_object_or_404(attending.present_at(session).select_related("booking__session"), pk=asked)
        if act in SAID:
            attending.note(seat, half, SAID[act], by=request.user, now=now)
        else:
            attending.take_back(seat, half, by=request.user, now=now)

    def trainers_view(self, request: Any, day: int) -> HttpResponse:
        """« Convocation du formateur »: send each their page, see who has one, withdraw it."""
        session, now = self._day(request, day, runs=True), clock.now()
        if request.method == "POST":
            self._called(request, session, now)
            return redirect("admin:bookings_booking_trainers", session.pk)
        alive = {link.trainer_id: link for link in TrainerLink.objects.filter(session=session, revoked_at=None).order_by("pk")}
        team = [(person, alive.get(person.pk)) for person in session.people]
        return self._shown(request, "trainers.html", "Formateurs", {"session": session, "team": team})

    def _called(self, request: Any, session: TrainingSession, now: datetime) -> None:
        asked = request.POST.get("trainer", "")
        trainer = get_object_or_404(Trainer, pk=asked if asked.isdecimal() and len(asked) <= 18 else 0)  # noqa: PLR2004
        if "revoke" in request.POST:
            for link in TrainerLink.objects.filter(session=session, trainer=trainer, revoked_at=None).order_by("pk"):
                trainers.revoke(link, by=request.user, now=now)
            messages.success(request, f"La page de {trainer} est fermée.")
            return
        try:
            calling_trainers.call(session, trainer, words=request.POST.get("words", "")[:500], by=request.user, now=now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"La convocation part à {trainer.email}.")

    def maintain_view(self, request: Any, day: int) -> HttpResponse:
        session = self._day(request, day, runs=True)
        if not hasattr(session, "terms"):
            raise Http404
        back = reverse("admin:bookings_booking_day", args=[session.pk])
        return Screen(Maintain(), self, back=back, context={"subtitle": str(session)}).answer(request, session, now=clock.now())  # type: ignore[arg-type]

    def years_view(self, request: Any, year: int | None = None) -> HttpResponse:
        """Days, seats, how full, money, members: of one year."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        known = days.years()
        if year is not None and year not in known:
            raise Http404
        chosen = year or (known[0] if known else clock.now().year)
        told = days.of_year(chosen)
        bars = [
            (f"{line.session.day:%d/%m}", line.firm, reverse("admin:bookings_booking_day", args=[line.session.pk])) for line in told.held
        ]
        return self._shown(request, "year.html", f"Journées {chosen}", {"told": told, "years": known, "bars": bars})

    def _day(self, request: Any, day: int, *, runs: bool = False) -> TrainingSession:
        may = request.user.has_perm(RUN_BOOKINGS) if runs else self.has_view_permission(request)  # type: ignore[attr-defined]
        if not may:
            raise PermissionDenied
        return get_object_or_404(TrainingSession.objects.select_related("programme", "venue", "terms"), pk=day)

    def _shown(self, request: Any, name: str, title: str, shown: dict[str, Any]) -> HttpResponse:
        answer: HttpResponse = self._answer(request, name, title, shown)  # type: ignore[attr-defined]
        return answer
