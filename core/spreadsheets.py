"""What a spreadsheet would run if it were written so in a file (reliability.md section 4): one rule for what we write and what we read."""

# Wide signs are typed where these are; a spreadsheet leaves out the blanks before them.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BLANKS = ("\t", "\r", "\n")


def is_formula(text: str) -> bool:
    """True when a spreadsheet would run this cell, or what follows its first blanks."""
    return text.startswith(_BLANKS) or text.lstrip().startswith(FORMULA)


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe says that it is text."""
    return f"'{text}" if is_formula(text) else text
