"""`manage.py check_invoices`: numbers without gap, files as they were issued. Ends with 1 when something is wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.checking import number_faults, verify_files
from billing.models import FileFault, Invoice
from core import clock
from core.typography import agreeing


class Command(BaseCommand):
    help = "Vérifie les factures : numéros sans trou, fichiers inchangés."

    def handle(self, *args: Any, **options: Any) -> None:
        verify_files(now=clock.now())
        faults = [*number_faults(), *(f"{fault.invoice} : {fault.what}" for fault in FileFault.objects.select_related("invoice"))]
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} {agreeing(len(faults), 'anomalie', 'anomalies')}.")
        count = Invoice.objects.count()
        self.stdout.write(f"{count} {agreeing(count, 'pièce vérifiée', 'pièces vérifiées')} : numéros sans trou, fichiers inchangés.")
