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


def jpg(m):
    sizes = ((40, 37), (16, 16), (1, 1), (3, 5), (33, 17), (65, 130))
    for h, w in sizes:
        ppm, pgm = m.out + f"/base{h}x{w}.ppm", m.out + f"/base{h}x{w}.pgm"
        a = m.picture(h, w)
        Image.fromarray(a).save(ppm), Image.fromarray(a[..., 0]).save(pgm)
        # Samplings of all kinds, with restarts, baseline and progressive, interleaved and not.
        scans = {"apart": "0;1;2;", "apart-two": "0;1,2;", "together": None}
        for n, text in scans.items():
            if text:
                open(m.out + f"/{n}.scans", "w").write("\n".join(text.split(";")[:-1]).replace("\n", ";\n") + ";\n")
        for sampling in ("1x1", "2x1", "1x2", "2x2", "4x1", "4x2", "1x4", "2x4", "4x4", "3x1", "1x3", "3x3", "3x2", "2x2,1x2,2x1", "2x2,2x1,1x1", "1x1,2x2,2x2", "1x1,2x1,1x1",
                         "2x1,2x1,1x1", "1x2,1x2,1x1", "2x2,1x1,2x2", "2x1,2x1,2x1", "4x1,2x1,1x1", "2x2,2x2,2x2", "4x1,1x1,2x1", "3x1,2x1,1x1", "1x1,1x2,2x1", "2x1,1x2,1x1"):
            for restart in (None, "1B", "3B", "1"):
                for how in ("base", "progressive", "apart", "apart-two"):
                    path = m.name("jpg", f"cjpeg-{h}x{w}-{sampling.replace(',', '_')}-{restart}-{how}")
                    if (h, w) != (40, 37) and restart == "3B":
                        continue
                    cmd = ["cjpeg", "-quality", "70", "-sample", sampling, "-outfile", path]
                    cmd += ["-restart", restart] if restart else []
                    cmd += ["-progressive"] if how == "progressive" else ["-scans", m.out + f"/{how}.scans"] if how.startswith("apart") else []
                    if m.run(*cmd, ppm):
                        m.add(path)
        for what, options in {"gray": ["-grayscale"], "gray-progressive": ["-grayscale", "-progressive", "-restart", "2B"], "rgb": ["-rgb"], "rgb-progressive": ["-rgb", "-progressive"], "arithmetic": ["-arithmetic"],
                              "arithmetic-progressive": ["-arithmetic", "-progressive"], "q1": ["-quality", "1"], "q1-16": ["-quality", "1"], "q100": ["-quality", "100", "-sample", "1x1"], "optimize": ["-optimize"],
                              "float": ["-dct", "float"], "smooth": ["-smooth", "50"], "lossless": ["-lossless", "1"], "12": ["-precision", "12"]}.items():
            path = m.name("jpg", f"cjpeg-{h}x{w}-{what}")
            if m.run("cjpeg", *options, "-outfile", path, ppm):
                m.add(path)
        path = m.name("jpg", f"cjpeg-{h}x{w}-pgm2x2")
        if m.run("cjpeg", "-sample", "2x2", "-restart", "1B", "-outfile", path, pgm):
            m.add(path)
        base = m.name("jpg", f"cjpeg-{h}x{w}-base")
        m.run("cjpeg", "-outfile", base, ppm)
        m.add(base)
        for what, options in {"progressive": ["-progressive"], "restart": ["-restart", "1B"], "gray": ["-grayscale"], "arithmetic": ["-arithmetic"], "rotate": ["-rotate", "90"], "transverse": ["-transverse", "-trim"]}.items():
            path = m.name("jpg", f"jpegtran-{h}x{w}-{what}")
            if m.run("jpegtran", *options, "-outfile", path, base):
                m.add(path)
        for kind in ("CMYK", "Gray", "sRGB", "YCbCr", "Lab"):
            path = m.name("jpg", f"im-{h}x{w}-{kind}")
            if m.run("convert", ppm, "-colorspace", kind, path):
                m.add(path)
            path = m.name("jpg", f"im-{h}x{w}-{kind}-plane")
            if m.run("convert", ppm, "-colorspace", kind, "-interlace", "Plane", "-sampling-factor", "4:2:0", path):
                m.add(path)
        # What markers say about colours.
        import io
        for mode in ("L", "RGB", "CMYK", "YCbCr"):
            for progressive in (False, True):
                for sub in (0, 1, 2):
                    b = io.BytesIO()
                    Image.fromarray(a).convert(mode).save(b, "JPEG", progressive=progressive, subsampling=sub, quality=60)
                    plain = b.getvalue()
                    variants = {"": plain}
                    for t in (0, 1, 2):
                        adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([t])
                        variants[f"adobe{t}"] = plain[:2] + adobe + plain[2:]
                        if plain[2:4] == b"\xff\xe0":
                            variants[f"adobe{t}-no-jfif"] = plain[:2] + adobe + plain[20:]
                    if plain[2:4] == b"\xff\xe0":
                        variants["bare"] = plain[:2] + plain[20:]
                    sof = plain.index(b"\xff\xc2" if progressive else b"\xff\xc0")
                    if mode in ("RGB", "YCbCr"):
                        for ids in (b"RGB", b"\x01\x22\x23", b"abc"):
                            d = bytearray(variants["bare"])
                            s = d.index(b"\xff\xc2" if progressive else b"\xff\xc0")
                            for i in range(3):
                                d[s + 10 + 3 * i] = ids[i]
                            at = 0
                            while (at := d.find(b"\xff\xda", at)) >= 0:
                                for i in range(d[at + 4]):
                                    d[at + 5 + 2 * i] = ids[d[at + 5 + 2 * i] - 1]
                                at += 2
                            variants[f"ids-{ids.hex()}"] = bytes(d)
                    for what, data in variants.items():
                        path = m.name("jpg", f"pil-{h}x{w}-{mode}-{progressive}-{sub}-{what}")
                        open(path, "wb").write(data)
                        m.add(path)
    for o in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = o
        path = m.name("jpg", f"orientation-{o}")
        Image.fromarray(m.picture(20, 27)).save(path, exif=exif)
        m.add(path)
    path = m.name("jpg", "mpo")
    Image.fromarray(m.picture(20, 27)).save(path, "MPO", save_all=True, append_images=[Image.fromarray(m.picture(20, 27))])
    m.add(path)


