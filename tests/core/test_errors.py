"""Error pages, through the whole stack of middlewares."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.test import Client
from django.urls import include, path

from core import errorpages

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@login_not_required
def breaks(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


@login_not_required
def refuses(request: HttpRequest) -> HttpResponse:
    raise {"403": PermissionDenied, "400": SuspiciousOperation, "413": RequestDataTooBig}[request.GET["with"]]


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=int(request.GET["status"]))


@login_not_required
def machine(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"error": "slow down"}, status=429)


@login_not_required
def form(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return HttpResponse(request.POST.get("name", ""))


urlpatterns = [
    path("essai/casse/", breaks),
    path("essai/refus/", refuses),
    path("essai/nu/", bare),
    path("essai/machine/", machine),
    path("essai/formulaire/", form),
    path("", include("config.urls")),
]
handler400 = "core.views.bad_request"
handler403 = "core.views.permission_denied"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def _says(response: HttpResponse, status: int) -> bool:
    """The page of an error: its words, its ways out, the headers of every page, kept by no cache."""
    page = response.content.decode()
    assert response.status_code == status
    assert errorpages.TROUBLES[status].title in page
    assert f"(erreur {status}) — La 27e Région</title>" in page
    assert all(f'href="{way}"' in page for way in ["/", "/contact/", "/espace/", "/plan-du-site/"])
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return True


def test_an_unknown_address(visitor: Client):
    assert _says(visitor.get("/nulle/part/"), 404)


def test_a_page_for_others(visitor: Client):
    assert _says(visitor.get("/essai/refus/?with=403"), 403)


def test_a_suspicious_request(visitor: Client):
    assert _says(visitor.get("/essai/refus/?with=400"), 400)


def test_our_own_fault_needs_no_database(visitor: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert _says(visitor.get("/essai/casse/"), 500)


def test_a_fault_in_the_page_itself_still_answers(visitor: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(errorpages, "render_to_string", breaks)
    response = visitor.get("/essai/casse/")
    assert response.status_code == 500
    assert "Le portail a trébuché" in response.content.decode()


@pytest.mark.parametrize("status", [400, 405, 413, 415, 429])
def test_what_is_answered_bare_gets_a_page(visitor: Client, status: int):
    assert _says(visitor.get(f"/essai/nu/?status={status}"), status)


def test_a_refused_method_says_which_are_allowed(visitor: Client):
    response = visitor.get("/essai/formulaire/")
    assert _says(response, 405)
    assert response.headers["Allow"] == "POST"


def test_a_machine_keeps_its_json(visitor: Client):
    assert visitor.get("/essai/machine/").json() == {"error": "slow down"}


@pytest.mark.parametrize("address", ["/essai/%00/", "/essai/formulaire/?q=a%00b", "/?page=%00"])
def test_a_null_byte_in_an_address(visitor: Client, address: str):
    assert _says(visitor.get(address), 400)


def _post(visitor: Client, body: bytes, content_type: str) -> HttpResponse:
    return visitor.generic("POST", "/essai/formulaire/", body, content_type=content_type)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "windows-1252", "inconnu", "a" * 300])
def test_a_form_that_is_not_utf_8(visitor: Client, kind: str, charset: str):
    assert _says(_post(visitor, b"name=Ren\xe9", f"{kind}; charset={charset}"), 415)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", "UTF_8"])
def test_utf_8_under_any_of_its_names_is_read(visitor: Client, charset: str):
    response = _post(visitor, "name=René".encode(), f"application/x-www-form-urlencoded; charset={charset}")
    assert response.content.decode() == "René"


def test_bytes_that_are_not_utf_8_do_not_break(visitor: Client):
    assert _post(visitor, b"name=Ren%E9", "application/x-www-form-urlencoded").status_code == 200


def test_a_torn_multipart(visitor: Client):
    assert _says(_post(visitor, b"--", "multipart/form-data"), 400)


def test_too_many_fields(visitor: Client, settings):
    body = "&".join(f"a{i}=1" for i in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)).encode()
    assert _says(_post(visitor, body, "application/x-www-form-urlencoded"), 400)


def test_too_heavy(visitor: Client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert _says(_post(visitor, b"name=" + b"a" * 200, "application/x-www-form-urlencoded"), 413)
    assert _says(visitor.get("/essai/refus/?with=413"), 413)


def test_an_unknown_host(visitor: Client):
    response = visitor.get("/", headers={"host": "ailleurs.example"})
    assert response.status_code == 400


def test_an_expired_form_says_why_and_stays_calm():
    response = Client(enforce_csrf_checks=True).post("/essai/formulaire/", {"name": "René"})
    page = response.content.decode()
    assert response.status_code == 403
    assert errorpages.CSRF.title in page
    assert "votre session a pris fin, ou les cookies sont refusés" in page


def test_a_head_of_an_error_is_its_status(visitor: Client):
    assert visitor.head("/nulle/part/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("post", "/contact/"), ("post", "/"), ("put", "/contact/"), ("delete", "/compte/connexion/")])
def test_a_method_nothing_answers_is_405_and_asks_for_no_token(method, path):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (response.status_code, "GET" in response["Allow"], _says(response, 405)) == (405, True, True)
