"""The bench as an app: one kind of letter, settled by a person, so that no rule hides an uncertain one."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "bench"

    def ready(self) -> None:
        from core.addresses import absolute
        from mailing.letters import LetterKind, Placeholder, register

        placeholders = {
            "numero": Placeholder("le numéro", lambda context: context["number"]),
            "lien": Placeholder("la page", lambda context: absolute(f"/candidatures/AV17-{context['number']}/"), button=True),
        }
        register(LetterKind("bench.letter", "Lettre du banc", "bench/letter.txt", lambda: {"number": 1}, placeholders=placeholders))
