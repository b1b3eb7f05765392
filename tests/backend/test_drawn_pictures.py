"""What is made of an uploaded picture, and which files are refused with which reason."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image, ImageCms

from tests.backend.pictures import GREEN, bomb, halves, keyed, noise, opened, picture, saved
from trk.core.picture import SIZES, Kind, PictureError
from trk.services.pictures import drawn

KINDS: tuple[Kind, ...] = ("banner", "logo", "prize", "action")


def middle(image: Image.Image) -> list[int]:
    found: Any = image.convert("RGBA").getpixel((image.width // 2, image.height // 2))
    return list(found)


def near(one: Sequence[int], other: Sequence[int]) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(one[:3], other[:3], strict=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_format_becomes_webp_in_the_sizes_of_its_place(kind: Kind, form: str) -> None:
    _, files = drawn(picture(kind=form), f"bike.{form.lower()}", kind)
    assert [each.width for each in files] == [size.width for size in SIZES[kind]]
    for each, size in zip(files, SIZES[kind], strict=True):
        image = opened(each.content)
        assert (image.format, image.size) == ("WEBP", (each.width, each.height))
        assert each.height == pytest.approx(each.width * 600 / 1600, abs=1)
        assert len(each.content) <= size.most
        assert near(middle(image), GREEN)


def test_the_worst_photograph_takes_no_more_bytes_than_it_may() -> None:
    for kind in KINDS:
        _, files = drawn(noise(), "leaves.jpg", kind)
        for each, size in zip(files, SIZES[kind], strict=True):
            assert len(each.content) <= size.most


def test_a_small_picture_is_not_enlarged_and_one_that_is_thin_keeps_a_pixel() -> None:
    _, files = drawn(picture(size=(60, 30)), "", "banner")
    assert [(each.width, each.height) for each in files] == [(60, 30)]
    _, files = drawn(picture(size=(9_000, 1)), "", "action")
    assert {each.height for each in files} == {1}


def test_a_photograph_of_a_turned_phone_stands_upright_and_says_nothing_of_its_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90 degrees to the right
    exif[0x010E] = "taken at home"
    _, files = drawn(saved(halves(), "JPEG", exif=exif, comment=b"secret"), "a.jpg", "prize")
    image = opened(files[-1].content)
    assert image.size == (200, 400)
    top: Any = image.convert("RGB").getpixel((100, 20))
    assert near(top, (255, 0, 0))
    assert dict(image.getexif()) == {}
    for secret in (b"taken at home", b"secret", b"EXIF", b"XMP"):
        assert secret not in files[-1].content


def test_what_is_transparent_stays_so() -> None:
    for content in (picture("RGBA"), _transparent_palette()):
        _, files = drawn(content, "logo.png", "logo")
        image = opened(files[-1].content)
        assert (image.mode, middle(image)[3]) == ("RGBA", 0)
    half = saved(Image.new("LA", (400, 200), (200, 128)))
    _, files = drawn(half, "logo.png", "logo")
    assert 120 <= middle(opened(files[-1].content))[3] <= 136


_HALF = 100
KEYED: dict[str, tuple[int, int, bytes, bytes]] = {
    "grey in 16 bits": (16, 0, b"\x12\x34" * _HALF + b"\x12\x35" * _HALF, b"\x12\x34"),
    "black in 16 bits": (16, 0, b"\0\0" * _HALF + b"\0\xff" * _HALF, b"\0\0"),
    "white in 16 bits": (16, 0, b"\xff\xff" * _HALF + b"\xfe\xff" * _HALF, b"\xff\xff"),
    "grey in 8 bits": (8, 0, b"\x07" * _HALF + b"\x08" * _HALF, b"\0\x07"),
    "grey in 4 bits": (4, 0, b"\x77" * (_HALF // 2) + b"\x88" * (_HALF // 2), b"\0\x07"),
    "grey in 2 bits": (2, 0, b"\x55" * (_HALF // 4) + b"\xaa" * (_HALF // 4), b"\0\x01"),
    "of which only 2 bits count": (2, 0, b"\x55" * 25 + b"\xaa" * 25, b"\x10\x11"),
    "black in 2 bits": (2, 0, b"\0" * 25 + b"\xff" * 25, b"\0\0"),
    "colours in 8 bits": (8, 2, b"\1\2\3" * _HALF + b"\1\2\4" * _HALF, b"\0\1\0\2\0\3"),
    "colours in 16 bits": (
        *(16, 2),
        b"\1\2\3\4\5\6" * _HALF + b"\1\2\3\4\6\6" * _HALF,
        b"\1\2\3\4\5\6",
    ),
}


@pytest.mark.parametrize("file", KEYED.values(), ids=KEYED)
def test_of_a_transparent_colour_nothing_is_drawn(file: tuple[int, int, bytes, bytes]) -> None:
    _, files = drawn(keyed(*file, width=2 * _HALF), "logo.png", "logo")
    image = opened(files[-1].content)
    assert image.mode == "RGBA"
    alpha: Any = image.getchannel("A")
    width, height = image.size
    assert [alpha.getpixel((n * width // 4, height // 2)) for n in (1, 3)] == [0, 255]


def _transparent_palette() -> bytes:
    image = Image.new("P", (400, 200), 0)
    image.putpalette([*GREEN, 255, 255, 255])
    return saved(image, transparency=0)


def test_16_bits_a_pixel_keep_their_brightness() -> None:
    deep = saved(Image.new("I;16", (400, 200), 32_768))
    _, files = drawn(deep, "deep.png", "prize")
    assert near(middle(opened(files[-1].content)), (128, 128, 128))


def test_colours_of_print_become_those_of_screens() -> None:
    _, files = drawn(picture("CMYK", kind="JPEG"), "cyan.jpg", "prize")
    red, green, blue, _ = middle(opened(files[-1].content))
    assert red < 60 < green
    assert blue > 160


def test_a_profile_of_colours_is_applied_and_a_broken_one_ignored() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for given in (profile, b"no profile at all"):
        _, files = drawn(picture(kind="JPEG", icc_profile=given), "a.jpg", "prize")
        image = opened(files[-1].content)
        assert near(middle(image), GREEN)
        assert "icc_profile" not in image.info


def test_of_what_moves_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "blue", "lime")]
    how: dict[str, Any] = {"save_all": True, "append_images": frames[1:], "duration": 100}
    for form in ("GIF", "WEBP", "PNG"):
        _, files = drawn(saved(frames[0], form, **how), f"a.{form.lower()}", "prize")
        image = opened(files[-1].content)
        assert getattr(image, "n_frames", 1) == 1
        assert near(middle(image), (255, 0, 0))


REFUSED = {
    "nothing": (b"", "bike.png", "is empty"),
    "text": (
        b"<!doctype html><script>alert(1)</script>",
        "bike.png",
        "no picture that can be read",
    ),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "bike.svg", "no picture"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "bike.jpg", "no picture"),
    "tiff": (saved(halves(), "TIFF"), "bike.tiff", "no picture that can be read"),
    "bmp": (saved(halves(), "BMP"), "bike.bmp", "no picture that can be read"),
    "another format than its name": (picture(kind="JPEG"), "bike.png", "is JPEG by what is in it"),
    "cut off": (noise((600, 600))[:9_000], "bike.jpg", "is damaged"),
    "png of broken data": (picture()[:60] + b"\0" * 400, "bike.png", "is damaged"),
    "bomb": (bomb(), "bike.png", "30 million together"),
    "long": (bomb(20_000, 10), "bike.png", "20000 × 10 pixels"),
    "flat": (bomb(9_000, 9_000), "bike.png", "30 million together"),
    "too large": (picture() + b"\0" * 5_300_000, "bike.png", "expected at most 5 MB"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_can_not_be_used_is_refused_with_its_reason(which: str) -> None:
    content, name, said = REFUSED[which]
    with pytest.raises(PictureError) as refused:
        drawn(content, name, "banner")
    assert said in str(refused.value)
    assert "expected" in str(refused.value)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    opened_before = Image.open(io.BytesIO(bomb(3_000, 3_000)), formats=("PNG",))
    assert opened_before.size == (3_000, 3_000)  # what it says it is can be read at once
    with pytest.raises(PictureError):
        drawn(bomb(65_000, 65_000), "bike.png", "banner")


def test_a_phone_s_jpeg_with_a_second_picture_is_one() -> None:
    two = saved(halves(), "MPO", save_all=True, append_images=[halves((80, 40))])
    for name in ("IMG_1.jpg", "IMG_1.JPEG", ""):
        _, files = drawn(two, name, "prize")
        corner: Any = opened(files[-1].content).convert("RGB").getpixel((10, 10))
        assert near(corner, (255, 0, 0))
    with pytest.raises(PictureError, match="is JPEG by what is in it"):
        drawn(two, "IMG_1.png", "prize")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's, who reads it on its own too
def test_a_whole_picture_whose_exif_is_broken_is_taken_as_it_stands() -> None:
    broken = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 60
    _, files = drawn(saved(halves(), "JPEG", exif=broken), "a.jpg", "prize")
    assert opened(files[-1].content).width == 360 or files[-1].width == 400
