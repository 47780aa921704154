"""« Prévenez-moi »: one address, confirmed by a POST from the mailed link, gets one letter at the opening; then it is erased."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import normalise
from core import workdays
from core.refusals import Refused
from core.registry import Concerned, Erasure
from mailing import outbox
from mailing.models import Message
from programmes import emails
from programmes.emails import UNCONFIRMED_KEPT, WAITED
from programmes.models import Edition, Interest, Programme, TrainingSession
from programmes.states import Status
from records.services import label_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# How often it may be asked: from one network, told so; for one address, in silence, for the answer must not say what is known of it.
PER_NETWORK = (40, HOUR)
PER_ADDRESS = (6, DAY)
AT_ONCE = 500
# How long the journal keeps the address of a letter that left.
LETTERS_KEPT = timedelta(days=7)
# What each part of the purge tells, in the timeline as well.
NEVER_CONFIRMED = "demandes d’être prévenu jamais confirmées"
WAITED_ENOUGH = "demandes d’être prévenu d’un programme, après deux ans"
NEVER_OPEN = "demandes d’être prévenu d’un appel clos ou annulé"
LETTERS = "lettres d’ouverture : adresse et contenu effacés"


class TooMany(Refused):
    """Asked too often from one network; `until` is when to try again."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Trop de demandes en peu de temps depuis ce réseau.")
        self.until = until


def is_useful(programme: Programme, edition: Edition | None, *, now: datetime) -> bool:
    """True of a call that is announced and not open yet, and of a programme where nothing can be joined."""
    if edition:
        return edition.is_public(now=now) and edition.status(now=now) == Status.ANNOUNCED
    if not programme.is_public:
        return False
    can_be_joined = (Edition.objects.open(now=now), TrainingSession.objects.to_come(now=now))
    return not any(rows.filter(programme=programme).exists() for rows in can_be_joined)


def ask(programme: Programme, email: str, *, edition: Edition | None = None, now: datetime, asked_from: str = "") -> None:
    """Mail the link that confirms an address. Known or not, confirmed or not, the same happens for whoever looks."""
    if not is_useful(programme, edition, now=now):
        raise Refused("C’est ouvert : il n’y a plus à attendre.")
    _count_network(asked_from, now=now)
    email = normalise(email)
    if _counted("address", email, PER_ADDRESS[1], now=now) > PER_ADDRESS[0]:
        return
    secret = secret_of(programme, edition, email)
    with transaction.atomic():
        interest, created = Interest.objects.get_or_create(
            programme=programme, edition=edition, email=email, defaults={"secret_hash": _hashed(secret), "asked_at": now}
        )
        if not created:
            Interest.objects.filter(pk=interest.pk, confirmed_at=None).update(asked_at=now)
        emails.post_interest(interest, secret=secret, now=now)


def find(secret: str) -> Interest | None:
    """Return what a mailed link is about; nothing once it is answered or erased."""
    return Interest.objects.select_related("programme", "edition__programme").filter(secret_hash=_hashed(secret)).first()


def confirm(interest: Interest, *, now: datetime) -> None:
    """Whoever reads the mailbox says so; twice is once."""
    Interest.objects.filter(pk=interest.pk, confirmed_at=None).update(confirmed_at=now)


def give_up(interest: Interest) -> None:
    Interest.objects.filter(pk=interest.pk).delete()


def stop(message: Message, now: datetime) -> None:
    """One click on an opening: nothing that this address still waits for in the programme is kept."""
    if programme := emails.programme_of(message):
        Interest.objects.filter(programme=programme, email=message.to).delete()


# --- Opening ---------------------------------------------------------------------------------------


def tell_openings(*, now: datetime) -> int:
    """Owe the letters of what opened, in working hours (G8) so that they leave at once, and erase those who asked."""
    if not workdays.is_working_moment(now):
        return 0
    waiting = Interest.objects.answered(now=now).order_by("pk").values_list("pk", flat=True)
    return sum(_tell(pk, now=now) for pk in list(waiting[:AT_ONCE]))


@transaction.atomic
def _tell(pk: int, *, now: datetime) -> int:
    """One letter for one address, whatever it asked of the call and of its programme; a twin finds nothing left."""
    interest = Interest.objects.select_related("programme", "edition__programme").filter(pk=pk).first()
    answer = _answer_to(interest, now=now) if interest else None
    if interest is None or answer is None or not _locked(interest):
        return 0
    emails.post_opening(answer, interest.email, now=now)
    Interest.objects.waiting_for(answer).filter(email=interest.email).delete()
    return 1


def _locked(interest: Interest) -> bool:
    """Lock everything this address asked of the programme, in one order; False when a twin was faster."""
    asked = Interest.objects.select_for_update(of=("self",)).filter(programme=interest.programme, email=interest.email)
    return any(row.pk == interest.pk for row in asked.order_by("pk"))


def _answer_to(interest: Interest, *, now: datetime) -> Edition | TrainingSession | None:
    calls = Edition.objects.open(now=now).select_related("programme").order_by("closes_at", "pk")
    if interest.edition:
        return calls.filter(pk=interest.edition.pk).first()
    days = TrainingSession.objects.to_come(now=now).select_related("programme", "venue").order_by("day", "pk")
    return calls.filter(programme=interest.programme_id).first() or days.filter(programme=interest.programme_id).first()


# --- Changes of the call they wait for ---


def concerned(row: Edition | TrainingSession) -> Iterator[Concerned]:
    """Those who wait for the opening of a call: told once that it is called off, kept waiting when it moves (`changes`)."""
    if not isinstance(row, Edition):
        return
    for ask in row.interests.confirmed().order_by("pk"):
        name = f"personne qui attend l’ouverture (demande n°\u00a0{ask.pk})"
        yield Concerned(ask.email, "Bonjour", "vous avez demandé à être prévenu", about=label_of(ask), holds=emails.WAITING, name=name)


# --- Erasing ---------------------------------------------------------------------------------------


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase what was never confirmed, what waits for a call that will not open any more or for a programme since two years, and the
    addresses of letters that left."""
    unconfirmed = Interest.objects.unconfirmed_since(now - UNCONFIRMED_KEPT)
    over = Interest.objects.filter(edition__closes_at__lte=now) | Interest.objects.filter(edition__cancelled_at__lte=now)
    waited = Interest.objects.waiting_since(now - WAITED)
    letters = Message.objects.filter(kind__in=emails.OF_INTEREST, due_at__lte=now - LETTERS_KEPT).exclude(to="")
    yield Erasure(NEVER_CONFIRMED, unconfirmed.count() if dry_run else unconfirmed.delete()[0])
    yield Erasure(NEVER_OPEN, over.count() if dry_run else over.delete()[0])
    yield Erasure(WAITED_ENOUGH, waited.count() if dry_run else waited.delete()[0])
    yield Erasure(LETTERS, letters.count() if dry_run else outbox.blank(letters))


# --- Secrets and limits ----------------------------------------------------------------------------


def secret_of(programme: Programme, edition: Edition | None, email: str) -> str:
    """Make the secret of the link: keyed, so that nobody makes it from an address; asked again, it is the same."""
    about = f"{programme.pk}:{edition.pk if edition else ''}:{email}"
    return salted_hmac("programmes.interest", about, algorithm="sha256").hexdigest()


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _count_network(asked_from: str, *, now: datetime) -> None:
    most, span = PER_NETWORK
    if asked_from and _counted("network", asked_from, span, now=now) > most:
        raise TooMany(until=now + span)


def _counted(scope: str, value: str, span: timedelta, *, now: datetime) -> int:
    """Count one more in this span of time; the cache holds neither address nor network, only what is made of them with the key."""
    window = int(now.timestamp() // span.total_seconds())
    key = f"interest:{scope}:{salted_hmac('programmes.interest.limit', value, algorithm='sha256').hexdigest()[:32]}:{window}"
    cache.add(key, 0, timeout=int(span.total_seconds()))
    return int(cache.incr(key))
