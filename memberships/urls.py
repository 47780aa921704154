"""Addresses of joining (design.md section 1). What is fixed comes before what is a number."""

from django.urls import path

from memberships.views import agents, belonging, finance, following, joining, member, public

JOIN = "adhesion/rejoindre/"
FILE = "dossiers/<slug:token>/"
MEMBER = "espace/adhesion/<int:pk>/"
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
    path(FILE, finance.file, name="finance"),
    path(f"{FILE}projet/", finance.draft, name="finance_draft"),
    path(f"{FILE}projet.pdf", finance.draft_pdf, name="finance_draft_pdf"),
    path(f"{FILE}demander/", finance.ask, name="finance_ask"),
    path(f"{FILE}renouveler/", finance.renew, name="finance_renew"),
    path(f"{FILE}factures/<slug:number>/", finance.invoice, name="finance_invoice"),
    path(f"{FILE}factures/<slug:number>.pdf", finance.invoice_file, name="finance_invoice_file"),
    path(f"{FILE}factures/<slug:number>/payer/", finance.pay, name="finance_pay"),
    path(f"{FILE}pieces/<slug:kind>.pdf", finance.paper, name="finance_paper"),
    path(f"{FILE}fournisseur/<int:pk>.pdf", finance.supplier_file, name="finance_supplier_file"),
    path("adherents/<slug:token>/", belonging.booking_link, name="booking_link"),
    path("rattachements/<slug:token>/", belonging.answer, name="belonging_answer"),
    path("espace/rattachements/", belonging.belongings, name="belongings"),
    path("espace/rattachements/<int:pk>/effacer/", belonging.take_back, name="belonging_take_back"),
    path(MEMBER, member.member, name="member"),
    path(f"{MEMBER}agents/", agents.agents, name="member_agents"),
    path(f"{MEMBER}agents/domaines/<int:domain>/retirer/", agents.remove_domain, name="member_domain_remove"),
    path(f"{MEMBER}agents/lien/", agents.make_link, name="member_link"),
    path(f"{MEMBER}agents/lien/retirer/", agents.revoke_link, name="member_link_revoke"),
    path(f"{MEMBER}agents/<int:belonging>/", agents.answer, name="member_belonging"),
    path(f"{MEMBER}attestation.pdf", member.attestation, name="member_attestation"),
    path(f"{MEMBER}bilan-<int:year>.pdf", member.summary, name="member_summary"),
    path(f"{MEMBER}pieces/<int:document>/", member.paper, name="member_paper"),
    path(f"{MEMBER}dossier/<int:membership>/", member.finance_page, name="member_finance"),
    path(f"{MEMBER}contacts/ajouter/", member.add, name="member_contact_add"),
    path(f"{MEMBER}contacts/<int:contact>/", member.edit, name="member_contact"),
    path(f"{MEMBER}contacts/<int:contact>/fin/", member.end, name="member_contact_end"),
]
