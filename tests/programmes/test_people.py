"""Trainers in the admin: a portrait is kept as we drew it, seen by the team, and gone when it is replaced."""

import pytest
from django.core.files.storage import default_storage

from core import clock
from programmes.models import Trainer
from records.models import Act
from records.services import label_of, record
from tests.programmes.factories import TrainerFactory
from tests.programmes.test_photos import SVG, picture, sent

pytestmark = pytest.mark.django_db


def typed(**fields):
    return {"name": "Camille Exemple", "job": "Design", "biography": "", "photo_credit": "", "email": "", **fields}


def kept():
    return default_storage.listdir("formateurs")[1] if default_storage.exists("formateurs") else []


@pytest.mark.django_db(transaction=True)
def test_a_portrait_is_kept_replaced_and_taken_away(desk):
    desk.post("/admin/programmes/trainer/add/", typed(photo=sent(picture())))
    trainer = Trainer.objects.get()
    first = kept()
    assert (len(first), trainer.photo.name, first[0] != "portrait.jpg") == (1, f"formateurs/{first[0]}", True)
    address = f"/admin/programmes/trainer/{trainer.pk}/change/"
    desk.post(address, typed(job="Management"))
    assert kept() == first
    desk.post(address, typed(photo=sent(picture("PNG"), "b.png")))
    second = kept()
    assert (len(second), second != first) == (1, True)
    desk.post(address, typed(**{"photo-clear": "on"}))
    trainer.refresh_from_db()
    assert (kept(), bool(trainer.photo)) == ([], False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ\x90\x00" + b"\0" * 500, "n’est pas une photo"),
        (SVG, "n’est pas une photo"),
        (picture("PNG", (8000, 5000)), "trop grande"),
        (picture()[:2000], "abîmée ou incomplète"),
        (b"", "n’est pas une photo"),
    ],
    ids=["executable", "svg", "40 megapixels", "truncated", "empty"],
)
def test_what_is_no_portrait_is_refused_beside_its_field(desk, content, words):
    answer = desk.post("/admin/programmes/trainer/add/", typed(photo=sent(content, "portrait.jpg")))
    form = answer.context["adminform"].form
    assert (words in form.errors["photo"][0], list(form.errors), Trainer.objects.count(), kept()) == (True, ["photo"], 0, [])


def test_the_team_sees_the_portrait_and_nobody_else(desk, client):
    desk.post("/admin/programmes/trainer/add/", typed(photo=sent(picture())))
    trainer = Trainer.objects.get()
    address = f"/admin/programmes/trainer/{trainer.pk}/portrait.jpg"
    assert f'src="{address}"' in desk.get(f"/admin/programmes/trainer/{trainer.pk}/change/").content.decode()
    answer = desk.get(address)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], ", ".join(sorted(answer["Cache-Control"].split(", ")))) == (
        "image/jpeg",
        "nosniff",
        "max-age=0, must-revalidate, no-cache, no-store, private",
    )
    assert [client.get(url).status_code for url in (address, f"/{trainer.photo.name}", f"/media/{trainer.photo.name}")] == [302, 404, 404]


def test_a_trainer_without_portrait_has_no_picture_to_ask_for(desk):
    trainer = TrainerFactory()
    assert desk.get(f"/admin/programmes/trainer/{trainer.pk}/portrait.jpg").status_code == 404
    assert "Sans portrait" in desk.get(f"/admin/programmes/trainer/{trainer.pk}/change/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_trainer_who_goes_leaves_no_file(desk):
    desk.post("/admin/programmes/trainer/add/", typed(photo=sent(picture())))
    desk.post(f"/admin/programmes/trainer/{Trainer.objects.get().pk}/delete/", {"post": "yes"})
    assert (Trainer.objects.count(), kept()) == (0, [])


def test_the_list_costs_the_same_with_one_and_three_trainers(desk, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(10) as seen:
            assert desk.get("/admin/programmes/trainer/").status_code == 200
        return len(seen)

    TrainerFactory()
    desk.get("/admin/programmes/trainer/")
    one = cost()
    TrainerFactory.create_batch(2)
    assert cost() == one


def test_a_trainer_who_goes_leaves_no_word_in_the_log(desk):
    trainer = TrainerFactory(name="Camille Exemple", email="camille@formation.example")
    record("modification", trainer, by=None, now=clock.now(), changes={"adresse": ["", "camille@formation.example"]})
    desk.post(f"/admin/programmes/trainer/{trainer.pk}/delete/", {"post": "yes"})
    acts = Act.objects.filter(about=label_of(trainer)).order_by("pk")
    assert list(acts.values_list("verb", "about_name", "changes")) == [("modification", "", {}), ("suppression", "", {})]
    assert acts.last().by_name != ""
