"""The trial mode of one machine: `python -m scripts.trial run | demo | accounts | purge | timeline` (reliability.md section 3).

`run` prepares everything in one process (secret, tables, fonts, static files, demonstration), prints where to go and
with which accounts, and becomes gunicorn. What exists is kept.
"""

import os
import secrets
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment() -> None:
    """Set what the trial's settings read; what the user has set stays."""
    data = Path(os.environ.setdefault("DATA_DIR", str(ROOT / "data")))
    data.mkdir(parents=True, exist_ok=True)
    os.environ["TRIAL"] = "1"
    os.environ.setdefault("PORT", "8000")
    os.environ.setdefault("PORTAL_URL", f"http://localhost:{os.environ['PORT']}")
    os.environ.setdefault("SECRET_KEY", secret(data / "secret"))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def secret(kept: Path) -> str:
    """Return the random key of this machine, made the first time, readable by its owner only."""
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(50), encoding="ascii")
    return kept.read_text(encoding="ascii")


def run() -> None:
    """Prepare, tell, serve."""
    port = int(os.environ["PORT"])
    if taken(port):
        sys.exit(f"✗ Le port {port} est pris. Essayez : make run PORT={port + 1}")
    prepare()
    demo()
    catch_up()
    print(f"\nPortail d’essai : {os.environ['PORTAL_URL']}\n")
    accounts()
    sys.stdout.flush()
    gunicorn = Path(sys.executable).with_name("gunicorn")
    os.chdir(ROOT)
    os.execv(gunicorn, [str(gunicorn), "-c", "config/gunicorn_trial.py"])


def taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def prepare() -> None:
    """Make the tables, the fonts and the static files, each only when needed."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    if not any((ROOT / "static" / "fonts").glob("*.woff2")):
        call_command("fonts")
    if static_files_are_old():
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)


def static_files_are_old() -> bool:
    """Compare the collected files with ours and with the installed packages."""
    from django.conf import settings

    collected = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not collected.exists():
        return True
    ours = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    sources = [*ours, ROOT / "requirements" / "base.txt"]
    return any(path.stat().st_mtime > collected.stat().st_mtime for path in sources)


def demo(*options: str) -> None:
    """Load the demonstration; again and again without doubling."""
    from django.core.management import call_command

    call_command("demo", *options)


def catch_up() -> None:
    """What the demonstration dates of months ago was written just now: its files are drawn, its letters are due now: nothing is late."""
    from billing.services import publishing
    from core import clock
    from mailing.models import Message
    from mailing.states import PENDING

    now = clock.now()
    publishing.publish_due(now=now)
    Message.objects.filter(state__in=PENDING, next_at__lt=now).update(next_at=now)


def accounts() -> None:
    """Print the accounts of the demonstration, each with a link that signs in once."""
    from django.core.management import call_command

    call_command("accounts")


def purge(*options: str) -> None:
    """Erase what may no longer be kept, as each night; `--dry-run` counts."""
    from django.core.management import call_command

    call_command("purge", *options)


def timeline(*options: str) -> None:
    """Say what is to come."""
    from django.core.management import call_command

    call_command("timeline", *options)


def main(command: str, *options: str) -> None:
    environment()
    import django
    from django.core.management import CommandError

    django.setup()
    try:
        if command == "run":
            run()
        elif command == "accounts":
            accounts()
        else:
            prepare()
            {"demo": demo, "purge": purge, "timeline": timeline}[command](*options)
    except CommandError as refusal:
        sys.exit(f"✗ {in_french(str(refusal))}")


def in_french(words: str) -> str:
    """Return why a command refuses: ours say it in French, the reader of options in English, after « Error »."""
    return f"Options non comprises : {words.removeprefix('Error: ')}. Aide : ARGS=--help" if words.startswith("Error: ") else words


if __name__ == "__main__":
    main(*sys.argv[1:])
