"""Markdown that staff write."""

from core.prose import render


def test_markdown_is_set_as_in_french_print():
    assert render("Prêt ? **Oui !**") == "<p>Prêt\u202f? <strong>Oui\u202f!</strong></p>\n"


def test_a_mark_after_a_bold_word_or_a_link_keeps_its_space():
    assert render("**Prêt** ? [Oui](/oui/) : voilà") == '<p><strong>Prêt</strong>\u202f? <a href="/oui/">Oui</a>\u00a0: voilà</p>\n'


def test_headings_start_under_those_of_the_page():
    assert render("# Un\n\n## Deux\n", top=3) == "<h3>Un</h3>\n<h4>Deux</h4>\n"
    assert render("## Un\n\n###### Deux\n", top=4) == "<h4>Un</h4>\n<h6>Deux</h6>\n"


def test_raw_html_is_shown_and_never_run():
    assert render("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_an_address_that_runs_code_is_no_link():
    assert "href" not in render("[ici](javascript:alert(1)) ![x](https://ailleurs.example/x.png)")


def test_the_address_of_a_link_is_left_as_typed():
    assert render("[la page : ici](https://a.example/?q=a:b)") == '<p><a href="https://a.example/?q=a:b">la page\u00a0: ici</a></p>\n'
