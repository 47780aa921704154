"""Production's settings, with a count of queries in a header: it costs the portal a little, never the bare view."""

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE as _MIDDLEWARE

MIDDLEWARE = ["bench.counting.CountingMiddleware", *_MIDDLEWARE]
