"""Is this container healthy? `python scripts/healthy.py web | worker | beat`: nothing to install, no project loaded."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

# The beat writes its schedule down every three minutes.
WRITTEN_LATELY = 360


def web() -> bool:
    """The server answers on its own port, under the portal's name."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("BIND", "127.0.0.1:8000").rpartition(":")[2]), timeout=4)
    connection.request("GET", "/sante/", headers={"Host": urlsplit(os.environ["PORTAL_URL"]).netloc})
    return connection.getresponse().status == 200


def worker() -> bool:
    """The worker of this machine answers a ping on the queue."""
    ping = ["celery", "-A", "config", "inspect", "ping", "--timeout", "10", "--destination", f"celery@{socket.gethostname()}"]
    return subprocess.run(ping, capture_output=True, check=False).returncode == 0


def beat() -> bool:
    """The beat has written its schedule lately."""
    written = [path.stat().st_mtime for path in Path(os.environ["DATA_DIR"]).glob("beat*")]
    return bool(written) and time.time() - max(written) < WRITTEN_LATELY


if __name__ == "__main__":
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
