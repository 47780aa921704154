"""The one clock. Doors (views, admin, tasks, commands) read it and pass `now` down.

Only the trial mode may shift it: `manage.py demo --at 2017-09-01T10:00` writes the shift beside the data.
"""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone as machine

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the current moment, aware, at the hour of Paris.

    Its offset is fixed: « in fifteen minutes » is then fifteen minutes on the night the clocks change as well, where Python's
    arithmetic on a local time would give seventy-five, or minus forty-five. Days of the calendar are counted in `PARIS`.
    """
    moment = machine.now()
    # Shifted before it is said in Paris time: adding to a local time would forget the change of hour between the two.
    shown = (moment + _shift() if settings.TRIAL else moment).astimezone(PARIS)
    return shown.astimezone(timezone(shown.utcoffset() or timedelta()))


def set_to(moment: datetime | None) -> None:
    """Make the portal's clock read `moment` from now on (trial mode only); None puts it right again."""
    if not settings.TRIAL:
        raise RuntimeError("L’horloge ne se règle qu’en mode d’essai.")
    if moment is None:
        _file().unlink(missing_ok=True)
        return
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text(str((moment - machine.now()).total_seconds()), encoding="ascii")


def _file() -> Path:
    return Path(settings.DATA_DIR) / "horloge"


def _shift() -> timedelta:
    try:
        return timedelta(seconds=float(_file().read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()
