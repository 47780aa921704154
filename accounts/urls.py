"""Addresses under `/compte/`: French paths, allauth's own names where allauth looks for them. No page of passwords exists."""

from django.urls import path

from accounts import security, views

urlpatterns = [
    path("connexion/", views.sign_in, name="account_login"),
    path("connexion/code/", views.code, name="account_confirm_login_code"),
    path("connexion/renvoyer/", views.resend, name="accounts_resend"),
    path("connexion/cle/", security.SignInWithPasskey.as_view(), name="mfa_login_webauthn"),
    path("lien/<str:secret>/", views.link, name="accounts_link"),
    path("lien/<str:secret>/renvoyer/", views.link_resend, name="accounts_link_resend"),
    path("invitation/<str:secret>/", views.invitation, name="accounts_invitation"),
    path("invitation/<str:secret>/renvoyer/", views.invitation_resend, name="accounts_invitation_resend"),
    path("deconnexion/", views.logout_view, name="account_logout"),
    path("ferme/", views.inactive, name="account_inactive"),
    path("adresses/", views.addresses, name="account_email"),
    path("adresses/<int:pk>/principale/", views.address_act, {"act": "principale"}, name="accounts_address_primary"),
    path("adresses/<int:pk>/retirer/", views.address_act, {"act": "retirer"}, name="accounts_address_remove"),
    # Names that allauth reverses, for pages that are the one door here.
    path("inscription/", security.to_sign_in, name="account_signup"),
    path("connexion/demande/", security.to_sign_in, name="account_request_login_code"),
    path("adresses/verification/", security.to_sign_in, name="account_email_verification_sent"),
    path("confirmer/", security.Reauthenticate.as_view(), name="account_reauthenticate"),
    # The second factor.
    path("2fa/", security.Index.as_view(), name="mfa_index"),
    path("2fa/code/", security.Authenticate.as_view(), name="mfa_authenticate"),
    path("2fa/confirmer/", security.Reauthenticate.as_view(), name="mfa_reauthenticate"),
    path("2fa/continuer/", security.go_on, name="accounts_go_on"),
    path("2fa/reprendre/", security.resume, name="accounts_resume"),
    path("2fa/application/", security.EnrolApp.as_view(), name="mfa_activate_totp"),
    path("2fa/application/retirer/", security.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("2fa/cles/", security.Index.as_view(), name="mfa_list_webauthn"),
    path("2fa/cles/ajouter/", security.EnrolPasskey.as_view(), name="mfa_add_webauthn"),
    path("2fa/cles/confirmer/", security.ReauthenticatePasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("2fa/cles/<int:pk>/retirer/", security.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("2fa/cles/<int:pk>/nom/", security.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path("2fa/secours/", security.SpareCodes.as_view(), name="mfa_view_recovery_codes"),
    path("2fa/secours/nouveaux/", security.NewSpareCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("2fa/secours/fichier/", security.SpareCodesFile.as_view(), name="mfa_download_recovery_codes"),
]
