"""The acts of the team on one order: each on its own screen, which says what follows; what was read is what is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from accounts.roles import ISSUE_INVOICES, RUN_BOOKINGS
from bookings import emails, sales, seats
from bookings import services as orders
from bookings.models import Booking
from bookings.services import cancelling, changing, invoicing, moving_session
from bookings.services.naming_after import may_name_after, name_after
from bookings.staff_forms import ActForm, CancelForm, FirmForm, MoveForm, NameForm, NoteForm, StaffReplaceForm, WhyForm
from bookings.states import LIVING, SEATED, Firmness, Payer, State
from core.money import euros
from core.refusals import Refused
from core.typography import agreeing
from records.services import record

Effects = Callable[[Booking, Any, datetime], list[str]]


@dataclass(frozen=True)
class Act:
    """One verb: its button, what follows in words, its form, when it makes sense, what it would do, and doing it (returns what is said)."""

    slug: str
    title: str
    button: str
    told: str
    form: Any
    fits: Callable[[Booking, datetime], bool]
    do: Callable[[Booking, Any, Any, datetime], str]
    # None: done at once, nothing is to be read before.
    effects: Effects | None = None
    permission: str = RUN_BOOKINGS

    @property
    def is_read_first(self) -> bool:
        return self.effects is not None


def seen(form: Any, effects: list[str]) -> str:
    """Name what was read: typed answers and their effects."""
    said = sorted((name, str(value)) for name, value in form.cleaned_data.items())
    return sha256(repr((said, effects)).encode()).hexdigest()[:32]


# --- Firm ---------------------------------------------------------------------------------------------------------


def _firm(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    said = form.cleaned_data
    firmness, number = Firmness(said["firmness"]), said["number"].strip()
    if firmness == Firmness.ORDER and number:
        done = orders.give_reference(booking, commitment_number=number, by=by, now=now)
        done = orders.make_firm(done, firmness, by=by, now=now, words=number)
    else:
        done = orders.make_firm(booking, firmness, by=by, now=now, words=said["words"].strip() or booking.commitment_number)
    return "La commande est ferme." if done.state == State.FIRM else f"La commande est maintenant « {done.get_state_display()} »."


# --- Cancelling ----------------------------------------------------------------------------------------------------


def _foreseen(booking: Booking, form: Any, now: datetime) -> cancelling.Foreseen:
    rows = form.chosen()
    cancelling.refuse(booking, rows, len(rows), now=now)
    return cancelling.foresee(booking, rows, now=now, percent=form.cleaned_data["percent"])


def _effects_of_cancel(booking: Booking, form: Any, now: datetime) -> list[str]:
    foreseen = _foreseen(booking, form, now)
    return [*cancelling.effects(foreseen), f"Une lettre part à {booking.email}."]


def _cancel(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    foreseen, said = _foreseen(booking, form, now), form.cleaned_data
    done = cancelling.cancel(
        booking, form.chosen(), by=by, now=now, seen=foreseen.percent, words=said["words"], percent=said["percent"]
    )  # fmt: skip
    return f"{done.places} : annulées." if len(done.seats) > 1 else f"{done.places} : annulée."


# --- Another day, somebody else --------------------------------------------------------------------------------------


def _effects_of_move(booking: Booking, form: Any, now: datetime) -> list[str]:
    day, count = form.chosen(), seats.count(booking)
    said = [
        f"{count}\u00a0{agreeing(count, 'place', 'places')} du {booking.session.when} au {day.when}, au même prix : "
        f"{euros(booking.unit_price)} par personne."
    ]
    if why := moving_session.why_not(booking, day, now=now):
        said.append(f"À son adresse, cette date serait refusée : {why} Vous passez outre.")
    for invoice in invoicing.standing(booking):
        if invoice.payments.standing().filter(method="CARD").exists():
            said.append(f"{invoice} a été payée par carte : elle reste, et attendra le trésorier.")
        else:
            said.append(f"{invoice} est annulée par un avoir et remplacée ; ce qui a été payé suit.")
    return [*said, f"Une lettre part à {booking.email}."]


def _move(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    stays = moving_session.move(booking, form.chosen(), by=by, now=now, words=form.cleaned_data["words"])
    told = f"La commande passe au {form.chosen().when}."
    return f"{told} {', '.join(map(str, stays))} : à l’ancienne date, pour le trésorier." if stays else told


def _replace(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    seat = changing.replace(form.chosen(), form.person(), by=by, now=now)
    return f"{seat.name} vient."


def _name(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    seat = name_after(form.chosen(), form.person(), by=by, now=now)
    return f"Le nom de la place {seat.rank} est enregistré."


# --- Invoicing, the rest ----------------------------------------------------------------------------------------------


def _may_invoice(booking: Booking, now: datetime) -> bool:
    if not booking.unit_price:
        return False
    if booking.session.ends <= now:
        return booking.state in (State.FIRM, State.CANCELLED) and bool(invoicing.due(booking))
    return booking.payer != Payer.PUBLIC and booking.state in SEATED and not invoicing.standing(booking)


def _effects_of_invoice(booking: Booking, form: Any, now: datetime) -> list[str]:
    if gaps := [*invoicing.missing(booking, now=now), *invoicing.missing_here(booking.session)]:
        raise Refused(f"Il manque encore : {', '.join(gaps)}.")
    if booking.session.ends <= now:
        charged = invoicing.due(booking)
    else:
        charged = [sales.Charged(seat, booking.unit_price) for seat in seats.of(booking)]
    total = sum((each.gross for each in charged), booking.unit_price * 0)
    return [f"{len(charged)}\u00a0{agreeing(len(charged), 'place', 'places')} : {euros(total)} TTC, à {booking.payer_name}."]


def _invoice(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    issue = invoicing.invoice_after if booking.session.ends <= now else invoicing.invoice_now
    return f"Facturée : {', '.join(map(str, issue(booking, by=by, now=now)))}."


def _note(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    Booking.objects.filter(pk=booking.pk).update(note=form.cleaned_data["note"])
    record("note de l’équipe", booking, by=by, now=now)
    return "La note est gardée."


def _link(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    emails.post_link(booking, now=now)
    record("lien de la commande redonné", booking, by=by, now=now)
    return f"Le lien part à {booking.email}."


def _withdraw(booking: Booking, form: Any, by: Any, now: datetime) -> str:
    orders.withdraw(booking, by=by, now=now, words=form.cleaned_data["words"])
    return "La commande est retirée ; ses places sont proposées à qui attend."


def _may_withdraw(booking: Booking, now: datetime) -> bool:
    return booking.state in LIVING - {State.FIRM} and bool(booking.proven_at)


def _may_write(booking: Booking, now: datetime) -> bool:
    return booking.state in LIVING and bool(booking.email)


def _always(booking: Booking, now: datetime) -> bool:
    return True


def _before(booking: Booking, now: datetime) -> bool:
    return booking.session.starts > now and not booking.session.cancelled_at


ACTS: dict[str, Act] = {
    act.slug: act
    for act in (
        Act(
            "ferme", "Rendre ferme", "Rendre ferme",
            "Une commande d’organisme public devient ferme sur son numéro ou sa convention signée, non par un paiement. "
            "La convention et la confirmation partent par courriel.",
            FirmForm, lambda row, now: row.state in (State.HELD, State.LAPSED) and _before(row, now), _firm,
        ),
        Act(
            "remplacer", "Remplacer un participant", "Remplacer",
            "Les deux personnes sont prévenues ; les besoins de la première sont effacés.",
            StaffReplaceForm, lambda row, now: row.state in SEATED and _before(row, now), _replace,
        ),
        Act(
            "nommer", "Dire qui est venu", "Enregistrer le nom",
            "Une fois la journée commencée : pour une place sans nom, ou quand une autre personne est venue. Le certificat porte ce nom ; "
            "aucune autre lettre ne part.",
            NameForm, lambda row, now: may_name_after(row, now=now), _name,
        ),
        Act(
            "deplacer", "Changer de date", "Changer de date", "Places prises là-bas et rendues ici d’un coup, au même prix.",
            MoveForm, lambda row, now: row.state in SEATED and row.counts_at(now) and _before(row, now), _move, _effects_of_move,
        ),
        Act(
            "annuler", "Annuler des places", "Annuler", "Selon les conditions acceptées, ou ce que vous décidez en disant pourquoi.",
            CancelForm, lambda row, now: row.state == State.FIRM and _before(row, now), _cancel, _effects_of_cancel,
        ),
        Act(
            "retirer", "Retirer", "Retirer la commande", "Elle n’est pas ferme : rien n’est dû, ses places vont à qui attend.",
            WhyForm, _may_withdraw, _withdraw,
        ),
        Act(
            "facturer", "Facturer", "Émettre la facture", "Ce qui est dû et n’est sur aucune facture.",
            ActForm, _may_invoice, _invoice, _effects_of_invoice, ISSUE_INVOICES,
        ),
        Act(
            "lien", "Redonner le lien", "Envoyer le lien", "La page de la commande, à l’adresse de qui l’a passée.",
            ActForm, _may_write, _link,
        ),
        Act("note", "Écrire une note", "Enregistrer", "Pour l’équipe.", NoteForm, _always, _note),
    )
}  # fmt: skip


def open_to(user: Any, booking: Booking, *, now: datetime) -> list[Act]:
    """The acts that make sense now, for who may do them."""
    return [act for act in ACTS.values() if user.has_perm(act.permission) and act.fits(booking, now)]
