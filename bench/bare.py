"""A bare Django, to compare with: no middleware, two queries, twenty rows, one template.

It reads its own tables in the bench database. Served by gunicorn with the same flags as the portal. `/signed/` is the bare signed-in
list that staff lists are compared with: session, person, count, twenty rows, behind the two middlewares of the sign-in and no other.
"""

import os

import environ
from django.conf import settings

if not settings.configured:
    settings.configure(
        SECRET_KEY="bench" * 10,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="bench.bare",
        DATABASES={"default": {**environ.Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {
                                "list.html": "<!doctype html><title>{{ shelf.name }}</title><ul>"
                                "{% for book in books %}<li><a href='/{{ book.pk }}/'>{{ book.title }}</a> "
                                "{{ book.written_on }} {{ book.pages }}</li>{% endfor %}</ul>"
                            },
                        )
                    ]
                },
            }
        ],
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    import django

    django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import User
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.core.paginator import Paginator
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


class Shelf(models.Model):
    name = models.CharField(max_length=80)

    class Meta:
        app_label = "bare"


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
    title = models.CharField(max_length=120)
    written_on = models.DateField()
    pages = models.IntegerField()

    class Meta:
        app_label = "bare"


def shelf(request: HttpRequest) -> HttpResponse:
    """Two queries, twenty rows."""
    first = Shelf.objects.order_by("pk")[0]
    return render(request, "list.html", {"shelf": first, "books": Book.objects.filter(shelf=first).order_by("pk")[:20]})


def _signed(request: HttpRequest) -> HttpResponse:
    """Four queries: session, person, count, twenty rows."""
    assert request.user.is_authenticated
    page = Paginator(Book.objects.order_by("pk"), 20).get_page(1)
    return render(request, "list.html", {"shelf": {"name": request.user.get_username()}, "books": page})


signed = SessionMiddleware(AuthenticationMiddleware(_signed))  # type: ignore[arg-type]


def sign_in() -> str:
    """Make a person and return the key of their session."""
    from django.contrib.sessions.backends.db import SessionStore

    person = User.objects.create(username="bench")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    return str(session.session_key)


def create_tables() -> None:
    """Make and fill the tables once; say the key of the session that opens `/signed/`."""
    from datetime import date

    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType

    with connection.schema_editor() as editor:
        for model in (Shelf, Book, ContentType, Permission, Group, User, Session):
            editor.create_model(model)
    one = Shelf.objects.create(name="Étagère")
    Book.objects.bulk_create(Book(shelf=one, title=f"Livre {number}", written_on=date(2020, 1, 1), pages=number) for number in range(20))
    print(sign_in())


urlpatterns = [path("", shelf), path("signed/", signed)]
application = get_wsgi_application()
