"""The team's door to memberships. Each module registers its own."""

from memberships.admin import belonging, campaigns, memberships, uses  # noqa: F401
