"""The colour of an event: of its own slug, the same in the list, on its page and on its card."""

from zlib import crc32

from core.covers import HUES


def hue_of(slug: str) -> str:
    return tuple(HUES)[crc32(slug.encode()) % len(HUES)]


def cover_of(season: str, slug: str) -> str:
    """What the tiles are drawn from."""
    return f"{season}-{slug}" if slug else season
