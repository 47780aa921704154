"""The one clock. Doors (views, admin, tasks, commands) read it and pass `now` down.

Only the trial mode may shift it: `manage.py demo --at 2017-09-01T10:00` writes the shift beside the data.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the current moment, aware, in Paris."""
    moment = timezone.now()
    # Shifted before it is said in Paris time: adding to a local time would forget the change of hour between the two.
    return (moment + _shift() if settings.TRIAL else moment).astimezone(PARIS)


def set_to(moment: datetime | None) -> None:
    """Make the portal's clock read `moment` from now on (trial mode only); None puts it right again."""
    if not settings.TRIAL:
        raise RuntimeError("L’horloge ne se règle qu’en mode d’essai.")
    if moment is None:
        _file().unlink(missing_ok=True)
        return
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text(str((moment - timezone.now()).total_seconds()), encoding="ascii")


def _file() -> Path:
    return Path(settings.DATA_DIR) / "horloge"


def _shift() -> timedelta:
    try:
        return timedelta(seconds=float(_file().read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()
