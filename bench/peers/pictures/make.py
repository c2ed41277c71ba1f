"""Makes odd pictures with every tool at hand, and what Pillow (else tifffile) decodes them to.

    make.py FOLDER

writes FOLDER/manifest.json: a list of {file, format, width, height, pixels, tolerance, why}. `pixels` is a file
of RGB bytes, row by row, upright, transparent pixels over white; null where no oracle reads the file, with
the reason in `why`. Tools that are not installed are left out, with a word on standard error.
"""
import json, os, shutil, subprocess, sys, warnings
import numpy as np
from PIL import Image, ImageOps

warnings.simplefilter("ignore")
out = sys.argv[1]
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(12)
files = []


def picture(h, w, channels=3, dtype="u1"):
    """Smooth colours with noise on them: lossy codecs have something to do, and all values occur."""
    y, x = np.mgrid[0:h, 0:w]
    top = np.iinfo(dtype).max
    planes = [np.sin(x / (5 + c)) + np.cos(y / (4 + 2 * c)) + rng.normal(0, 0.3, (h, w)) for c in range(channels)]
    a = np.stack(planes, -1)
    return np.clip((a + 2.5) / 5 * top, 0, top).astype(dtype)


def run(*command, **kw):
    if shutil.which(command[0]) is None:
        if command[0] not in run.missing:
            print(command[0], "is not installed", file=sys.stderr)
            run.missing.add(command[0])
        return False
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kw).returncode == 0


run.missing = set()


def name(kind, what):
    os.makedirs(f"{out}/{kind}", exist_ok=True)
    return f"{out}/{kind}/{what}.{kind}"


def over_white(a, top):
    a = a.astype("f8") / top
    return np.floor(255 * (1 - a[..., 3:] * (1 - a[..., :3])) + 0.5).astype("u1")


def eight(a):
    """RGB bytes of an array of gray, RGB or RGBA samples of 8 or 16 bits."""
    top = np.iinfo(a.dtype).max
    if a.ndim == 2:
        a = np.stack([a] * 3, -1)
    elif a.shape[-1] == 2:
        a = a[..., [0, 0, 0, 1]]
    if a.shape[-1] == 4:
        return over_white(a, top), 1
    return np.floor(a.astype("f8") * 255 / top + 0.5).astype("u1"), 0 if top == 255 else 1


def oracle(path):
    im = Image.open(path)
    im.load()
    if im.mode.startswith("I;16"):
        a = np.asarray(im).astype("u2")
        if im.format == "TIFF" and im.tag_v2.get(262) == 0:  # Pillow does not invert 16 bits where white is 0
            a = 65535 - a
        return eight(a)
    im = ImageOps.exif_transpose(im)
    if im.mode in ("I", "F", "LAB"):
        raise ValueError(f"mode {im.mode}")
    if im.mode == "YCbCr":
        im = im.convert("RGB")
    if im.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in im.info:
        return over_white(np.asarray(im.convert("RGBA")), 255), 1
    return np.asarray(im.convert("RGB")), 0


def second(path):
    """tifffile's word on plain gray and RGB that Pillow does not open."""
    import tifffile
    with tifffile.TiffFile(path) as t:
        page = t.pages[0]
        a, bits, kind = page.asarray(), page.bitspersample, int(page.photometric)
    if kind not in (0, 1, 2) or a.dtype.kind not in "bu" or bits > 16 or page.planarconfig != 1 or page.subifds:
        raise ValueError(f"{bits} bits, photometric {kind}, {a.dtype}")
    top = 65535 if bits == 16 else 255
    a = (a.astype("u4") * top // ((1 << bits) - 1)).astype("u2" if bits == 16 else "u1")
    if kind == 0:
        a = top - a
    if page.extrasamples and int(page.extrasamples[0]) != 2:
        raise ValueError("extra samples that are not plain opacity")
    return eight(a)


def add(path, want=None, tolerance=None):
    """Enters a file. want are the pixels where they are known better than by Pillow."""
    if not os.path.exists(path):
        return
    e = {"file": os.path.relpath(path, out), "format": path.rsplit(".", 1)[1], "pixels": None, "tolerance": 0, "why": ""}
    try:
        try:
            pixels, e["tolerance"] = oracle(path) if want is None else eight(want)
        except Exception:
            if not path.endswith(".tif"):
                raise
            pixels, e["tolerance"] = second(path)
        if tolerance is not None:
            e["tolerance"] = tolerance
        e["height"], e["width"] = pixels.shape[:2]
        e["pixels"] = e["file"] + ".rgb"
        pixels.tofile(f"{out}/{e['pixels']}")
    except Exception as x:
        e["why"] = f"{type(x).__name__}: {x}".split("\n")[0]
    files.append(e)


def main():
    import kinds
    for kind in sys.argv[2:] or ["tif", "bmp", "gif", "png", "webp", "jpg", "other"]:
        before = len(files)
        getattr(kinds, kind)(sys.modules[__name__])
        print(kind, len(files) - before, file=sys.stderr)
    json.dump(files, open(f"{out}/manifest.json", "w"), indent=0)


if __name__ == "__main__":
    main()
