"""The makers of odd pictures, one function a format. m is the module make.py."""
import itertools, os, struct, subprocess
import numpy as np
from PIL import Image


def tif(m):
    import tifffile
    def write(what, a, want=None, **kw):
        path = m.name("tif", what)
        try:
            tifffile.imwrite(path, a, metadata=None, **kw)
        except Exception as x:
            print("tifffile cannot make", what, x)
            return
        m.add(path, want)
    # What tifffile writes: type, order, planes, compression, predictor, tiles, BigTIFF.
    for dtype, channels, planar, comp, pred, tile, big, order in itertools.product(
            ("u1", "u2"), (1, 3), ("contig", "separate"), (None, "lzw", "deflate", "packbits"), (False, True), (None, (16, 32)), (False, True), "<>"):
        if channels == 1 and planar == "separate" or pred and comp not in ("lzw", "deflate") or big and (tile is None) != (order == "<"):
            continue
        a = m.picture(37, 41, channels, dtype)
        a = a[..., 0] if channels == 1 else a
        what = f"{dtype}-{channels}-{planar}-{comp}-{'pred' if pred else ''}-{'tile' if tile else ''}-{'big' if big else ''}-{'le' if order == '<' else 'be'}"
        write(what, np.moveaxis(a, -1, 0) if planar == "separate" else a, a, photometric="rgb" if channels == 3 else "minisblack", planarconfig=planar if channels == 3 else None,
              compression=comp, predictor=pred, tile=tile, bigtiff=big, byteorder=order, rowsperstrip=None if tile else 7)
    for dtype in ("u1", "u2"):
        a = m.picture(20, 23, 1, dtype)[..., 0]
        write(f"white-is-zero-{dtype}", a, np.iinfo(dtype).max - a, photometric="miniswhite")
    for extra in (["unspecified"], ["assocalpha"], ["unassalpha"], ["unspecified", "unspecified"], ["unassalpha", "unspecified"]):
        for dtype in ("u1", "u2"):
            for planar in ("contig", "separate"):
                a = m.picture(20, 23, 3 + len(extra), dtype)
                want = a[..., :3]
                if extra[0] == "unassalpha":
                    want = a[..., :4]
                if extra[0] == "assocalpha":
                    a[..., :3] = np.minimum(a[..., :3], a[..., 3:])
                    top = np.iinfo(dtype).max
                    want = np.floor((a[..., :3].astype("f8") + top - a[..., 3:]) * 255 / top + .5).astype("u1")
                path = m.name("tif", f"extra-{'-'.join(extra)}-{dtype}-{planar}")
                tifffile.imwrite(path, np.moveaxis(a, -1, 0) if planar == "separate" else a, metadata=None, photometric="rgb", planarconfig=planar, extrasamples=extra)
                m.add(path, want, 1)
    for extra in ("unspecified", "unassalpha"):
        a = m.picture(20, 23, 2)
        write(f"gray-{extra}", a, a if extra == "unassalpha" else a[..., 0], photometric="minisblack", planarconfig="contig", extrasamples=[extra])
    for dtype in ("i1", "i2", "u4", "i4", "f2", "f4", "f8", "u8"):
        for pred in (False, True):
            write(f"sample-{dtype}-{pred}", m.picture(20, 23, 3, "u1").astype(dtype), photometric="rgb", compression="deflate" if pred else None, predictor=pred)
    for comp in ("zstd", "lzma", "webp", "jpeg", "jpeg2000", "lerc", "jpegxl", "png"):
        write(f"compression-{comp}", m.picture(32, 32), photometric="rgb", compression=comp)
    write("cmyk", m.picture(20, 23, 4), photometric="separated")
    write("cmyk-16", m.picture(20, 23, 4, "u2"), photometric="separated")
    write("cmyk-planes", np.moveaxis(m.picture(20, 23, 4), -1, 0), photometric="separated", planarconfig="separate")
    write("cielab", m.picture(20, 23, 3), photometric="cielab")
    write("palette", m.picture(20, 23, 1)[..., 0], photometric="palette", colormap=m.rng.integers(0, 65536, (3, 256), "u2"))
    pages = m.name("tif", "pages")
    with tifffile.TiffWriter(pages) as t:
        for i in range(3):
            t.write(m.picture(20 + i, 23), photometric="rgb", metadata=None)
    m.add(pages)
    reduced = m.name("tif", "reduced-first")
    with tifffile.TiffWriter(reduced) as t:
        t.write(m.picture(10, 12), photometric="rgb", metadata=None, subfiletype=1)
        t.write(m.picture(20, 24), photometric="rgb", metadata=None)
    m.add(reduced)
    for o in range(1, 9):
        write(f"orientation-{o}", m.picture(20, 23), photometric="rgb", extratags=[(274, "H", 1, o, True)])
    # What Pillow writes.
    rgb = Image.fromarray(m.picture(40, 37))
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"):
        im = Image.fromarray(m.picture(40, 37, 1, "u2")[..., 0]) if mode == "I;16" else rgb.convert("L").convert(mode) if mode in "IF" else rgb.convert(mode) if mode != "LAB" else rgb.convert("LAB") if False else rgb
        for comp in (None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg", "group3", "group4", "tiff_ccitt", "tiff_raw_16", "lzma", "zstd", "webp"):
            path = m.name("tif", f"pil-{mode.replace(';', '')}-{comp}")
            try:
                im.save(path, compression=comp)
            except Exception:
                if os.path.exists(path):
                    os.remove(path)
                continue
            m.add(path)
    # What libtiff's tools write: fill order, planes, strips, tiles, faxes.
    bilevel, gray, colour, index = (m.name("tif", f"base-{k}") for k in "bgcp")
    rgb.convert("1").save(bilevel), rgb.convert("L").save(gray), rgb.save(colour), rgb.convert("P").save(index)
    for base, comps in ((bilevel, ("none", "g3", "g3:1d", "g3:2d", "g3:1d:fill", "g3:2d:fill", "g4", "lzw", "zip", "packbits")),
                        (gray, ("none", "lzw", "lzw:2", "zip", "zip:2", "packbits", "jpeg")), (index, ("none", "lzw", "zip", "packbits")),
                        (colour, ("none", "lzw", "lzw:2", "zip", "zip:2", "packbits", "jpeg", "jpeg:r", "jpeg:50", "zstd", "lzma", "webp"))):
        for comp, fill, planes, layout, order in itertools.product(comps, ("msb2lsb", "lsb2msb"), ("contig", "separate"), (("-r", "9"), ("-t", "-w", "16", "-l", "16")), ("-B", "-L")):
            if base != colour and planes == "separate" or order == "-B" and fill == "lsb2msb" and layout[0] == "-t":
                continue
            path = m.name("tif", f"tiffcp-{os.path.basename(base)[5]}-{comp.replace(':', '')}-{fill[0]}-{planes[0]}{layout[0]}{order}")
            if m.run("tiffcp", "-c", comp, "-f", fill, "-p", planes, order, *layout, base, path):
                m.add(path)
    for base in (bilevel, gray, colour, index):
        m.add(base)
    for comp in ("g3:1d", "g4", "none", "lzw"):
        for photo in (0, 1):
            for fill in ("msb2lsb", "lsb2msb"):
                path = m.name("tif", f"photometric-{photo}-{comp.replace(':', '')}-{fill[0]}")
                if m.run("tiffcp", "-c", comp, "-f", fill, bilevel, path) and m.run("tiffset", "-s", "262", str(photo), path):
                    m.add(path)
    # What ImageMagick writes: depths and kinds of colours.
    png = m.out + "/base.png"
    rgb.save(png)
    for kind, depth, comp, endian in itertools.product(("Bilevel", "Grayscale", "GrayscaleAlpha", "Palette", "TrueColor", "TrueColorAlpha", "ColorSeparation"), (1, 2, 4, 8, 12, 16, 32), ("None", "LZW", "Zip", "RLE", "JPEG", "Fax", "Group4"), ("LSB", "MSB")):
        if endian == "MSB" and comp not in ("None", "LZW"):
            continue
        path = m.name("tif", f"im-{kind}-{depth}-{comp}-{endian}")
        if m.run("convert", png, "-type", kind, "-depth", str(depth), "-endian", endian, "-compress", comp, path):
            m.add(path)
    for photo in ("min-is-white", "min-is-black"):
        for depth in (1, 2, 4, 8, 16):
            path = m.name("tif", f"im-{photo}-{depth}")
            if m.run("convert", png, "-colorspace", "Gray", "-depth", str(depth), "-define", f"quantum:polarity={photo}", "-compress", "LZW", path):
                m.add(path)
