"""What the forms of every app share."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout


def form_helper(*layout: Any) -> FormHelper:
    """Return how crispy lays a form out inside the `<form>` that the page writes, with its token; all its fields when none is named."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    if layout:
        helper.layout = Layout(*layout)
    return helper
