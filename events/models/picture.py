"""The picture that an organiser gives to an event, drawn again by us in two widths."""

from django.db import models

from events.models.event import Event

FOLDER = "evenements/images"


class EventPicture(models.Model):
    """The picture of an event, kept as soon as it is uploaded; seen by others once it is described, and where its event is.

    Not in `Event.typed`, which holds words only; not in the columns of Event, which every list reads.
    """

    event = models.OneToOneField(Event, verbose_name="événement", on_delete=models.CASCADE, related_name="picture")
    large = models.FileField("image", upload_to=f"{FOLDER}/", max_length=200)
    small = models.FileField("image réduite", upload_to=f"{FOLDER}/", max_length=200)
    width = models.PositiveIntegerField("largeur", editable=False)
    height = models.PositiveIntegerField("hauteur", editable=False)
    small_width = models.PositiveIntegerField("largeur réduite", editable=False)
    alt = models.CharField("description", max_length=250, blank=True, help_text="Lue à qui ne voit pas l’image. Sans elle, rien ne paraît.")
    credit = models.CharField("crédit", max_length=160, blank=True)
    changed_at = models.DateTimeField("changée le")

    class Meta:
        verbose_name = "image d’un événement"
        verbose_name_plural = "images des événements"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Image n° {self.pk}"
