"""The picture that an event of the demonstration has: a night at a counter, drawn here, so that nobody's photograph is needed."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from events import pictures
from events.pictures import Drawn

ALT = "Dessin : un guichet éclairé dans la nuit, trois personnes attendent devant, la lune est haute."
CREDIT = "Dessin d’Exemple, fait pour la démonstration"
_NIGHT, _CREAM, _YELLOW, _RED, _GREEN, _LILAC = "#1b1533", "#fff7e8", "#ffd84a", "#ff6847", "#3fc795", "#bfa8ff"
_SIZE = (1200, 750)


def drawn() -> Drawn:
    """As if somebody had uploaded it: looked at, and drawn again in two widths."""
    sheet = Image.new("RGB", _SIZE, _NIGHT)
    _draw(ImageDraw.Draw(sheet))
    content = BytesIO()
    sheet.save(content, "PNG")
    return pictures.redrawn(SimpleUploadedFile("nuit.png", content.getvalue(), "image/png"))


def _draw(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((930, 70, 1090, 230), fill=_CREAM)
    pen.ellipse((900, 50, 1050, 200), fill=_NIGHT)
    for x, y in ((110, 90), (320, 150), (560, 60), (760, 190), (1130, 320), (690, 110), (60, 260)):
        pen.ellipse((x, y, x + 10, y + 10), fill=_YELLOW)
    pen.rectangle((0, 620, 1200, 750), fill="#2b2350")
    pen.rectangle((90, 230, 690, 640), fill=_LILAC)
    pen.polygon(((60, 240), (390, 120), (720, 240)), fill=_RED)
    pen.rectangle((150, 300, 630, 470), fill=_YELLOW)
    pen.rectangle((130, 470, 650, 510), fill=_CREAM)
    pen.pieslice((320, 350, 460, 590), 180, 360, fill=_NIGHT)
    pen.ellipse((350, 320, 430, 400), fill=_NIGHT)
    for x, hue, height in ((740, _GREEN, 200), (880, _RED, 170), (1010, _CREAM, 215)):
        pen.pieslice((x, 660 - height, x + 110, 660 + height), 180, 360, fill=hue)
        pen.ellipse((x + 20, 580 - height, x + 90, 650 - height), fill=hue)
