"""The bench as an app: one kind of letter, settled by a person, so that no rule hides an uncertain one."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "bench"

    def ready(self) -> None:
        from mailing.letters import LetterKind, register

        register(LetterKind(name="bench.letter", label="Lettre du banc", template="bench/letter.txt", sample=lambda: {"number": 1}))
