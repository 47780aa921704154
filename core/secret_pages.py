"""Pages whose address is a key (a mailed link, without account): what every answer there says to browsers and search engines."""

from typing import TypeVar

from django.http import HttpResponseBase

Answer = TypeVar("Answer", bound=HttpResponseBase)


def kept_secret(response: Answer) -> Answer:
    """No other site that this page leads to, and no search engine, is told its address.

    Not « no-referrer »: browsers then send « Origin: null » with our own forms, which the guard against forgery refuses.
    """
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
