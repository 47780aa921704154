"""Addresses."""

from django.urls import path

from mailing import views

urlpatterns = [
    path("espace/lettres/<int:pk>/", views.letter, name="letter"),
    path("lettres/<str:secret>/ne-plus-recevoir/", views.unsubscribe, name="unsubscribe"),
    path("courrier/", views.mailbox, name="mailbox"),
    path("courrier/<str:name>/", views.mail, name="mail"),
    path("courrier/<str:name>/mise-en-forme/", views.mail_html, name="mail_html"),
    path("courrier/<str:name>/pieces/<int:rank>/", views.mail_file, name="mail_file"),
]
