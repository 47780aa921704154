"""`make screenshot`: the README's picture, taken by the project itself from its own trial."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts.servers import free_port
from scripts.trial import ROOT
from tests.browser import FLAGS, program

PICTURE = ROOT / "docs" / "accueil.png"
PATIENCE = 60


@contextmanager
def trial() -> Iterator[str]:
    """Run a trial on a free port, with its own data, and give its address."""
    with tempfile.TemporaryDirectory(prefix="portail-image-") as folder:
        address = f"http://localhost:{(port := free_port())}"
        environment = {**os.environ, "DATA_DIR": folder, "PORT": str(port), "PORTAL_URL": address}
        command = [sys.executable, "-m", "scripts.trial", "run"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"{address}/sante/")
            yield address
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own server
            return
        except OSError:
            time.sleep(0.3)
    sys.exit("✗ Le portail d’essai ne répond pas.")


def main() -> None:
    chromium = program()
    if not chromium:
        sys.exit("✗ Chromium n’est pas installé.")
    with trial() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light", locale="fr-FR")
        page.goto(address, wait_until="networkidle")
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"· {PICTURE.relative_to(ROOT)} ({Path(PICTURE).stat().st_size // 1000} ko)")


if __name__ == "__main__":
    main()
