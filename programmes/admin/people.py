"""Staff write trainers and places; a portrait is looked at and drawn again before it is kept."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from programmes import photos
from programmes.admin.flyers import PrintedAdmin
from programmes.models import Trainer
from records.history import HistoryAdmin


class PortraitInput(forms.ClearableFileInput):
    """Django's, without its link to a file that no address serves."""

    template_name = "admin/programmes/portrait_input.html"


class PortraitField(forms.FileField):
    """The content decides, never the name nor the announced type (`photos`)."""

    widget = PortraitInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data, initial=None):
        kept = super().clean(data, initial)
        return photos.redrawn(kept) if isinstance(kept, UploadedFile) else kept


class TrainerForm(forms.ModelForm):
    photo = PortraitField(
        label="Nouveau portrait",
        required=False,
        help_text="JPEG, PNG ou WebP, 10 Mo et 24 millions de points au plus (4 millions en PNG ou WebP). "
        "Il est recadré en carré, sans ses métadonnées. Il reste tel quel si vous ne choisissez rien.",
        error_messages={"empty": photos.NOT_A_PHOTO, "max_length": "Le nom de ce fichier est trop long : raccourcissez-le."},
    )

    class Meta:
        model = Trainer
        fields = ["name", "job", "biography", "photo", "photo_credit", "email"]


@admin.register(Trainer)
class TrainerAdmin(PrintedAdmin, HistoryAdmin, admin.ModelAdmin):
    holds_people = True
    form = TrainerForm
    list_display = ["name", "job", "has_photo"]
    list_per_page = 25
    search_fields = ["name", "job"]
    fields = ["name", "job", "biography", "portrait", "photo", "photo_credit", "email"]
    readonly_fields = ["portrait"]

    def get_urls(self):
        mine = path("<int:trainer>/portrait.jpg", self.admin_site.admin_view(self.portrait_view), name="programmes_trainer_portrait")
        return [mine, *super().get_urls()]

    def portrait_view(self, request, trainer):
        """The portrait, for the team; everybody else reads it on the page of a day that is public."""
        row = get_object_or_404(Trainer, pk=trainer)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        content = photos.read(row)
        if content is None:
            raise Http404
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=photos.CONTENT_TYPE, headers=headers)

    @admin.display(description="aujourd’hui")
    def portrait(self, trainer):
        if not trainer.pk or not trainer.photo:
            return "Sans portrait : la page montre un motif."
        address = reverse("admin:programmes_trainer_portrait", args=[trainer.pk])
        return format_html('<img src="{}" alt="Portrait de {}" width="160" height="160">', address, trainer.name)

    @admin.display(description="portrait", boolean=True)
    def has_photo(self, trainer):
        return bool(trainer.photo)

    def save_model(self, request, trainer, form, change):
        """The portrait that is replaced, or taken away, does not stay in the files."""
        before = Trainer.objects.filter(pk=trainer.pk).values_list("photo", flat=True).first() if change else ""
        super().save_model(request, trainer, form, change)
        _forget(before, unless=trainer.photo.name)

    def delete_model(self, request, trainer):
        before = trainer.photo.name
        super().delete_model(request, trainer)
        _forget(before)

    def delete_queryset(self, request, trainers):
        for trainer in trainers:
            self.delete_model(request, trainer)


def _forget(name, *, unless=""):
    if name and name != unless:
        transaction.on_commit(lambda: default_storage.delete(name), robust=True)
