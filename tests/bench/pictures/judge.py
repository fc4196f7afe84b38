"""Charts converted by LittleCMS (through Pillow), colour differences by CIEDE2000, previews by SSIMULACRA2.

charts FOLDER PROFILE…   writes a chart for each profile and what LittleCMS makes of it
colour FOLDER            prints the mean and the largest difference of every chart that was decoded
quality REFERENCE OTHER  prints the score
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

PATCH = 8
STEPS = {"RGB": 13, "CMYK": 7}


def chart(mode):
    """Patches of all mixtures of evenly spaced amounts, in rows of as many as make it about square."""
    n, channels = STEPS[mode], len(mode)
    levels = np.rint(np.linspace(0, 255, n)).astype(np.uint8)
    patches = np.stack(np.meshgrid(*[levels] * channels, indexing="ij"), -1).reshape(-1, channels)
    across = int(np.ceil(np.sqrt(len(patches))))
    padded = np.zeros((across * across, channels), np.uint8)
    padded[: len(patches)] = patches
    return padded.reshape(across, across, channels)


def charts(folder, profiles):
    srgb = ImageCms.createProfile("sRGB")
    for path in map(Path, profiles):
        data = path.read_bytes()
        mode = "CMYK" if data[16:20] == b"CMYK" else "RGB"
        patches = chart(mode)
        whole = Image.fromarray(patches.repeat(PATCH, 0).repeat(PATCH, 1), mode)
        if mode == "CMYK":
            whole.save(folder / f"{path.stem}.jpg", quality=100, subsampling=0, icc_profile=data)
            whole = Image.open(folder / f"{path.stem}.jpg")
        else:
            whole.save(folder / f"{path.stem}.png", icc_profile=data)
        relative = ImageCms.Intent.RELATIVE_COLORIMETRIC
        expected = ImageCms.profileToProfile(
            whole, ImageCms.ImageCmsProfile(io.BytesIO(data)), srgb, renderingIntent=relative, outputMode="RGB", flags=0
        )
        expected.save(folder / f"{path.stem}.expected.png", icc_profile=None)


def lab(path):
    """CIELAB (D65) of the middles of the patches of an sRGB picture."""
    rgb = np.asarray(Image.open(path).convert("RGB"), np.float64)[PATCH // 2 :: PATCH, PATCH // 2 :: PATCH] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def ciede2000(one, other):
    """Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(c**7 / (c**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    l, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = np.where(grey, h1 + h2, (h1 + turn / 2) % 360)
    t = 1 - 0.17 * np.cos(np.radians(h - 30)) + 0.24 * np.cos(np.radians(2 * h))
    t += 0.32 * np.cos(np.radians(3 * h + 6)) - 0.20 * np.cos(np.radians(4 * h - 63))
    sl = 1 + 0.015 * (l - 50) ** 2 / np.sqrt(20 + (l - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    terms = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh)
    return np.sqrt(np.maximum(terms, 0))


def colour(folder):
    for expected in sorted(folder.glob("*.expected.png")):
        name = expected.name.removesuffix(".expected.png")
        off = ciede2000(lab(expected), lab(folder / f"{name}.decoded.png"))
        print(f"{name}: mean {off.mean():.2f}, largest {off.max():.2f}")


def quality(reference, other):
    from ssimulacra2 import compute_ssimulacra2

    print(f"{compute_ssimulacra2(reference, other):.2f}")


def main():
    what, *rest = sys.argv[1:]
    if what == "charts":
        charts(Path(rest[0]), rest[1:])
    elif what == "colour":
        colour(Path(rest[0]))
    else:
        quality(*rest)


main()
