"""Mail domains as they are compared: whatever somebody types or pastes, a domain is one domain."""

import pytest

from memberships import domains


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ville.example", "ville.example"),
        ("  @Ville.Example ", "ville.example"),
        ("Camille.Exemple@VILLE.example", "ville.example"),
        ("mailto:camille@ville.example", "ville.example"),
        ("https://www.ville.example/contact?lang=fr#haut", "ville.example"),
        ("www.ville.example", "ville.example"),
        ("ville.example:443", "ville.example"),
        ("ville.example.", "ville.example"),
        ("agents.ville.example", "agents.ville.example"),
        ("mairie-évry.example", "xn--mairie-vry-h7a.example"),
        ("MAIRIE-ÉVRY.example", "xn--mairie-vry-h7a.example"),
        ("", ""),
        ("a..b", "a..b"),
    ],
)
def test_what_is_typed_is_cleaned_to_the_domain_it_means(typed, kept):
    assert domains.cleaned(typed) == kept


def test_a_label_too_long_for_a_domain_is_left_to_the_validator():
    assert domains.cleaned(f"{'x' * 70}.example") == f"{'x' * 70}.example"


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("camille@ville.example", "ville.example"),
        ("Camille@VILLE.example", "ville.example"),
        ("camille@mairie-évry.example", "xn--mairie-vry-h7a.example"),
        ("camille@xn--mairie-vry-h7a.example", "xn--mairie-vry-h7a.example"),
        ("personne", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address_is_compared_in_one_writing(address, domain):
    assert domains.domain_of(address) == domain


def test_a_domain_is_shown_as_people_write_it():
    assert [domains.shown(each) for each in ("xn--mairie-vry-h7a.example", "ville.example", "xn--.")] == [
        "mairie-évry.example", "ville.example", "xn--.",
    ]  # fmt: skip
