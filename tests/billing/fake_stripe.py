"""A provider of our own for tests, over real HTTP: hosted pages, refunds, idempotency keys, signed events sent to the portal.

It plays Stripe as far as `billing.gateway` asks of it (billing.md section 9); nothing of it is mocked inside the portal.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import stripe

SECRET, WEBHOOK_SECRET = "sk_test_portail", "whsec_portail"


class FakeStripe:
    """What the provider knows, and what it does when somebody pays."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.is_down = False
        # What it says of a refund it will not make.
        self.declines = ""
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.url = ""

    # --- What the portal asks ---

    def answer(self, path: str, form: dict[str, str], key: str) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked.append(path)
            if self.is_down:
                return 503, {"error": {"type": "api_error", "message": "away"}}
            if self.declines and path == "/v1/refunds":
                return 400, {"error": {"type": "invalid_request_error", "message": self.declines}}
            if key and key in self.answers:
                return 200, self.answers[key]
            made = self._made(path, form)
            if key:
                self.answers[key] = made
            return 200, made

    def _made(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        number = next(self._numbers)
        if path == "/v1/refunds":
            row = {"id": f"re_{number}", "object": "refund", "status": "succeeded", "amount": int(form["amount"])}
            self.refunds[row["id"]] = row = {
                **row,
                "payment_intent": form["payment_intent"],
                "metadata": {"refund": form["metadata[refund]"]},
            }
            return row
        row = {"id": f"cs_{number}", "object": "checkout.session", "status": "open", "payment_status": "unpaid"}
        row |= {"url": f"{self.url}/page/cs_{number}", "client_reference_id": form["client_reference_id"]}
        row |= {"amount_total": int(form["line_items[0][price_data][unit_amount]"])}
        row |= {"currency": form["line_items[0][price_data][currency]"], "payment_intent": None}
        self.sessions[str(row["id"])] = row
        return row

    # --- What it tells ---

    def event(self, session: str, name: str = "checkout.session.completed", **changes: Any) -> dict[str, Any]:
        """Return the event of a page that was paid; `changes` falsify what it holds."""
        row = self.sessions[session]
        row |= {"status": "complete", "payment_status": "paid", "payment_intent": row["payment_intent"] or f"pi_{session}"}
        return {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "type": name,
            "created": int(time.time()),
            "data": {"object": {**row, **changes}},
        }

    def tell(self, portal: str, event: dict[str, Any], *, secret: str = WEBHOOK_SECRET, age: int = 0) -> int:
        """Send an event to the portal, signed, as old as said; return the status of its answer."""
        payload, signature = signed(event, secret=secret, age=age)
        return post(f"{portal}/paiement/evenements/", payload, {"Stripe-Signature": signature})


def signed(event: dict[str, Any], *, secret: str = WEBHOOK_SECRET, age: int = 0) -> tuple[bytes, str]:
    payload = json.dumps(event)
    return payload.encode(), stripe.WebhookSignature.generate_signature_header(payload, secret, int(time.time()) - age)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json", **headers}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


@contextmanager
def provider() -> Iterator[FakeStripe]:
    """Serve one on a free port of this machine."""
    fake = FakeStripe()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self._say(*fake.answer(self.path, dict(parse_qsl(body)), self.headers.get("Idempotency-Key", "")))

        def do_GET(self) -> None:
            found = fake.sessions.get(self.path.rpartition("/")[2])
            self._say(200 if found else 404, found or {"error": {"type": "invalid_request_error", "message": "unknown"}})

        def _say(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)  # seconds between two looks at a demand to stop
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
