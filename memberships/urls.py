"""Addresses of joining (design.md section 1). What is fixed comes before what is a number."""

from django.urls import path

from memberships.views import following, joining, public

JOIN = "adhesion/rejoindre/"
BULLETIN = "adhesion/bulletins/<int:pk>/"

urlpatterns = [
    path("adhesion/", public.membership, name="membership"),
    path("adhesion/bulletin.pdf", public.bulletin_pdf, name="membership_bulletin"),
    path("adhesion/adherents/", public.members, name="members"),
    path("adhesion/<int:year>/", public.membership, name="membership_year"),
    path(JOIN, joining.join, name="join"),
    path(f"{JOIN}contacts/", joining.contacts, name="join_contacts"),
    path(f"{JOIN}enregistrer/", joining.save, name="join_save"),
    path(f"{JOIN}relire/", joining.review, name="join_review"),
    path(f"{JOIN}effacer/", joining.delete, name="join_delete"),
    path(BULLETIN, following.followed, name="joining_followed"),
    path(f"{BULLETIN}deposer/", following.upload, name="joining_upload"),
    path(f"{BULLETIN}completer/", following.complete, name="joining_complete"),
    path(f"{BULLETIN}retirer/", following.withdraw, name="joining_withdraw"),
    path(f"{BULLETIN}bulletin.pdf", following.bulletin_pdf, name="joining_bulletin"),
    path(f"{BULLETIN}pieces/<int:document>/", following.paper, name="joining_paper"),
]
