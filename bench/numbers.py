"""Numbers of invoices under fire: 1,000 of them by 50 issuers, of whom three in ten give up or are killed (issue 4, R1)."""

import time
from collections.abc import Callable

ISSUERS, WANTED, YEAR = 50, 1000, 2031
Say = Callable[[str, str, str, bool], None]


def under_fire(say: Say) -> None:
    """Real transactions on PostgreSQL; a kill ends the issuer's connection between the number and the commit."""
    from datetime import datetime

    from core.clock import PARIS
    from tests.billing.issuers import KILL, ROLLBACK, Storm, outcome

    begun = time.perf_counter()
    storm = Storm(wanted=WANTED, issuers=ISSUERS, now=datetime(YEAR, 3, 1, 10, tzinfo=PARIS)).run()
    spent, found = time.perf_counter() - begun, outcome(YEAR)
    wrong = found["gaps"] + found["doubles"] + found["dates_back"]
    lost = storm.fates[ROLLBACK] + storm.fates[KILL]
    told = f"{found['issued']} numéros, {found['gaps']} trou, {found['doubles']} double ({lost} abandons ou morts, {spent:.0f} s)"
    kept = found["issued"] == found["counter"] == WANTED and not wrong
    say(f"{ISSUERS} émetteurs, {lost * 100 // (lost + WANTED)} % sans suite", told, "0 trou, 0 double", kept)
