"""The mailbox of the trial mode: every mail sent is a file, read at `/courrier/`."""

from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    pass
