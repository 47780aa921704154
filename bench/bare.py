"""A bare Django, to compare with: no middleware, two queries, twenty rows, one template.

It reads its own two tables in the bench database. Served by gunicorn with the same flags as the portal.
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
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    import django

    django.setup()

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


def create_tables() -> None:
    """Make and fill the two tables once."""
    from datetime import date

    with connection.schema_editor() as editor:
        editor.create_model(Shelf)
        editor.create_model(Book)
    one = Shelf.objects.create(name="Étagère")
    Book.objects.bulk_create(Book(shelf=one, title=f"Livre {number}", written_on=date(2020, 1, 1), pages=number) for number in range(20))


urlpatterns = [path("", shelf)]
application = get_wsgi_application()
