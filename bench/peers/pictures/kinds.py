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
                # Of raw planes Pillow forgets the order of bits; whatever is lossless is what it was.
                lossless = comp.split(":")[0] not in ("jpeg", "webp") and base == colour
                m.add(path, np.asarray(rgb) if lossless else None)
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


def bmp_file(header, w, h, bits, compression, pixels, palette=b"", masks=(), used=0):
    """A bitmap with a header of that many bytes."""
    if header == 12:
        head = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, w, h, 1, bits, compression, len(pixels), 2835, 2835, used, 0)[:header]
        head += b"".join(struct.pack("<I", m) for m in masks)
        head += b"\0" * max(0, header - len(head))
    offset = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + head + palette + pixels


def bmp(m):
    w, h = 37, 20
    rgb = Image.fromarray(m.picture(h, w))
    rgb.save(m.out + "/base.png")

    def put(what, data, want=None):
        path = m.name("bmp", what)
        open(path, "wb").write(data)
        m.add(path, want)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        path = m.name("bmp", f"pil-{mode}")
        rgb.convert(mode).save(path)
        m.add(path)
    for kind, depth, version, comp in itertools.product(("Bilevel", "Palette", "TrueColor", "TrueColorAlpha", "Grayscale"), (1, 4, 8, 16), ("BMP", "BMP2", "BMP3"), ("None", "RLE")):
        path = m.name("bmp", f"im-{kind}-{depth}-{version}-{comp}")
        if m.run("convert", m.out + "/base.png", "-type", kind, "-depth", str(depth), "-compress", comp, f"{version}:{path}"):
            m.add(path)
    for sub in ("RGB555", "RGB565", "ARGB4444", "ARGB1555"):
        path = m.name("bmp", f"im-{sub}")
        if m.run("convert", m.out + "/base.png", "-define", f"bmp:subtype={sub}", path):
            m.add(path)
    stride = lambda bits: (w * bits + 31) // 32 * 4
    noise = lambda bits: m.rng.bytes(stride(bits) * h)
    for header, size in itertools.product((12, 16, 40, 52, 56, 64, 108, 124), (1, -1)):
        if header == 12 and size < 0:
            continue
        for bits in (1, 2, 4, 8):
            palette = m.rng.bytes((3 if header == 12 else 4) << bits)
            put(f"palette-{header}-{bits}-{size}", bmp_file(header, w, size * h, bits, 0, noise(bits), palette))
        for bits in (16, 24, 32):
            put(f"raw-{header}-{bits}-{size}", bmp_file(header, w, size * h, bits, 0, noise(bits), masks=(0xff0000, 0xff00, 0xff, 0xff000000) if header > 40 and header != 64 else ()))
        if header in (40, 52, 56, 108, 124):
            for name, bits, masks in (("565", 16, (0xf800, 0x7e0, 0x1f)), ("555", 16, (0x7c00, 0x3e0, 0x1f)), ("bgr565", 16, (0x1f, 0x7e0, 0xf800)), ("4444", 16, (0xf00, 0xf0, 0xf, 0xf000)), ("x888", 32, (0xff0000, 0xff00, 0xff)), ("888x", 32, (0xff000000, 0xff0000, 0xff00)),
                                      ("bgrx", 32, (0xff, 0xff00, 0xff0000)), ("a888", 32, (0xff0000, 0xff00, 0xff, 0xff000000)), ("rgba", 32, (0xff, 0xff00, 0xff0000, 0xff000000)), ("10-10-10", 32, (0x3ff00000, 0xffc00, 0x3ff)), ("888a", 32, (0xff000000, 0xff0000, 0xff00, 0xff)),
                                      ("gaps", 32, (0xff00ff, 0xff00, 0xff)), ("24", 24, (0xff0000, 0xff00, 0xff))):
                k = 3 if header in (40, 52) else 4
                masks = (tuple(masks) + (0,) * 4)[:k]
                data = noise(bits)
                raw = np.frombuffer(data, "u1").reshape(h, stride(bits))
                v = sum(raw[:, b:w * bits // 8:bits // 8].astype("u8") << (8 * b) for b in range(bits // 8))[::-size] if name != "gaps" else None
                want = None
                if v is not None:
                    channel = lambda mask: (v & mask) // (mask & -mask) * 255 // (mask // (mask & -mask))
                    want = np.stack([channel(x) for x in masks if x], -1).astype("u1")
                put(f"fields-{header}-{name}-{size}", bmp_file(header, w, size * h, bits, 3, data, masks=masks), want)
    # Run lengths of every kind: runs, pixels as they are, ends of rows, skips, with and without an end.
    for bits in (4, 8):
        palette = m.rng.bytes(4 << bits)
        for trial in range(40):
            rows, index = b"", np.zeros((h, w), "u1")
            for y in range(h):
                x = 0
                while x < w:
                    n = min(int(m.rng.integers(1, 12)), w - x)
                    v = m.rng.integers(0, 1 << bits, n).astype("u1")
                    if n >= 3 and m.rng.random() < .5:
                        packed = v.tobytes() if bits == 8 else bytes((int(a) << 4 | int(b)) for a, b in zip(v[::2], list(v[1::2]) + [0]))
                        rows += bytes([0, n]) + packed + b"\0" * (len(packed) % 2)
                    elif trial % 4 == 1 and m.rng.random() < .1:
                        rows += bytes([0, 2, n, 0])
                        v[:] = 0
                    elif trial % 4 == 2 and m.rng.random() < .1:
                        v[:], n = 0, w - x
                        index[y, x:] = 0
                        break
                    else:
                        a, b = int(v[0]), int(v[min(1, n - 1)])
                        rows += bytes([n, a if bits == 8 else a << 4 | b])
                        v = np.array([a if bits == 8 or i % 2 == 0 else b for i in range(n)], "u1")
                    index[y, x:x + n] = v[:n]
                    x += n
                if not (trial % 8 == 7 and y == h - 1):
                    rows += b"\0\0"
            if trial % 8 != 7:
                rows += b"\0\1"
            table = np.frombuffer(palette, "u1").reshape(-1, 4)[:, 2::-1]
            put(f"rle{bits}-{trial}", bmp_file(40, w, h, bits, 1 if bits == 8 else 2, rows, palette), table[index[::-1]])
    import io
    for name, compression in (("JPEG", 4), ("PNG", 5)):
        b = io.BytesIO()
        rgb.save(b, name)
        put(f"embedded-{name}", bmp_file(40, w, h, 0, compression, b.getvalue()))
    put("few-colours", bmp_file(40, w, h, 8, 0, bytes(i % 5 for i in range(stride(8) * h)), m.rng.bytes(20), used=5))


def webp(m):
    import io
    rgba = m.picture(40, 37, 4)
    rgb, clear = Image.fromarray(rgba[..., :3]), Image.fromarray(rgba)
    rgb.save(m.out + "/base.png"), clear.save(m.out + "/clear.png")
    for base in ("base", "clear"):
        for what, options in {"q10": ["-q", "10"], "q75": ["-q", "75"], "q100": ["-q", "100"], "m0": ["-m", "0"], "m6": ["-m", "6"], "simple": ["-f", "50", "-nostrong"], "sharp": ["-f", "100", "-sharpness", "7"], "segments1": ["-segments", "1"], "sns": ["-sns", "100"], "pass": ["-pass", "6"],
                              "low-memory": ["-low_memory"], "sharp-yuv": ["-sharp_yuv"], "alpha-q": ["-alpha_q", "20"], "alpha-none": ["-alpha_method", "0"], "filter-best": ["-alpha_filter", "best"], "filter-none": ["-alpha_filter", "none"], "exact": ["-exact"], "noalpha": ["-noalpha"], "crop": ["-crop", "3", "5", "21", "17"],
                              "lossless": ["-lossless"], "lossless-z9": ["-z", "9"], "lossless-z0": ["-z", "0"], "near": ["-near_lossless", "20"], "lossless-exact": ["-lossless", "-exact"], "photo": ["-preset", "photo"], "icon": ["-preset", "icon"], "text": ["-preset", "text"], "jpeg-like": ["-jpeg_like"], "partitions": ["-partition_limit", "100"], "blend": ["-blend_alpha", "0xff8000"]}.items():
            path = m.name("webp", f"cwebp-{base}-{what}")
            if m.run("cwebp", *options, m.out + f"/{base}.png", "-o", path):
                m.add(path)
    for h, w in ((1, 1), (1, 2), (2, 1), (3, 3), (16, 16), (17, 33), (100, 3), (5, 64)):
        for lossless in (False, True):
            for ch in (3, 4):
                path = m.name("webp", f"pil-{h}x{w}-{lossless}-{ch}")
                Image.fromarray(m.picture(h, w, ch)).save(path, lossless=lossless)
                m.add(path)
    few = rgb.quantize(5).convert("RGB")
    for n in (2, 4, 16, 200):
        path = m.name("webp", f"palette-{n}")
        rgb.quantize(n).convert("RGB").save(path, lossless=True)
        m.add(path)
    for o in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = o
        path = m.name("webp", f"orientation-{o}")
        rgb.save(path, exif=exif, icc_profile=b"not honoured")
        m.add(path)
    # Animations: the first frame, on its canvas. What it does not cover is transparent.
    for lossless, alpha, mixed, minimize in itertools.product((False, True), (False, True), (False, True), (False, True)):
        path = m.name("webp", f"animated-{lossless}-{alpha}-{mixed}-{minimize}")
        frames = [Image.fromarray(m.picture(40, 37, 4 if alpha else 3)) for _ in range(3)]
        frames[0].save(path, save_all=True, append_images=frames[1:], lossless=lossless, allow_mixed=mixed, minimize_size=minimize, duration=100)
        m.add(path)
    frame = m.out + "/frame.webp"
    for source in (rgb, clear):
        for lossless in (False, True):
            source.save(frame, lossless=lossless)
            for at in ((0, 0), (2, 4), (10, 0)):
                path = m.name("webp", f"webpmux-{source.mode}-{lossless}-{at[0]}-{at[1]}")
                big = m.out + "/big.webp"
                Image.fromarray(m.picture(60, 64)).save(big)
                for blend in ("+b", "-b"):
                    if m.run("webpmux", "-frame", frame, f"+100+{at[0]}+{at[1]}+1{blend}", "-frame", big, "+100", "-bgcolor", "255,10,20,30", "-o", path):
                        im = np.full((60, 64, 4), 0, "u1")
                        im[at[1]:at[1] + 40, at[0]:at[0] + 37] = np.asarray(Image.open(frame).convert("RGBA"))
                        m.add(path, im)


def gif(m):
    rgb = Image.fromarray(m.picture(40, 37))
    for n in (2, 3, 16, 255, 256):
        for interlace in (0, 1):
            path = m.name("gif", f"pil-{n}-{interlace}")
            rgb.quantize(n).save(path, interlace=interlace)
            m.add(path)
    for transparency in (0, 3, 7):
        path = m.name("gif", f"transparent-{transparency}")
        rgb.quantize(8).save(path, transparency=transparency)
        m.add(path)
    frames = [Image.fromarray(m.picture(40, 37)).quantize(16) for _ in range(3)]
    for disposal in (0, 1, 2, 3):
        path = m.name("gif", f"animated-{disposal}")
        frames[0].save(path, save_all=True, append_images=frames[1:], disposal=disposal, loop=0)
        m.add(path)
    rgb.save(m.out + "/base.png")
    for kind in ("Bilevel", "Palette", "Grayscale"):
        for options in ([], ["-interlace", "GIF"], ["-page", "60x50+7+9"], ["-page", "20x20+0+0"], ["-background", "red", "-page", "60x50+7+9"], ["-transparent", "black"]):
            path = m.name("gif", f"im-{kind}-{''.join(options).replace('-', '').replace('+', '_')}")
            if m.run("convert", m.out + "/base.png", "-type", kind, *options, path):
                d = open(path, "rb").read()
                im = Image.open(path)
                want = None
                if "page60" in path:  # transparent outside the frame
                    x, y = 7, 9
                    full = np.zeros((50, 60, 4), "u1")
                    full[y:y + 40, x:x + 37] = np.asarray(im.convert("RGBA"))[y:y + 40, x:x + 37]
                    want = full
                m.add(path, want)
    # No colour table at all; a frame beyond the screen; a picture in GIF87a.
    base = m.out + "/plain.gif"
    rgb.quantize(256).save(base)
    d = bytearray(open(base, "rb").read())
    for what, change in {"87a": {4: ord("7")}, "small-screen": {6: 20, 8: 10}, "background": {11: 9}, "aspect": {12: 49}}.items():
        c = bytearray(d)
        for at, v in change.items():
            c[at] = v
        path = m.name("gif", what)
        open(path, "wb").write(c)
        m.add(path)
    path = m.name("gif", "no-table")
    open(path, "wb").write(bytes(d[:10]) + bytes([d[10] & 0x7f]) + bytes(d[11:13]) + bytes(d[13 + 768:]))
    m.add(path)


def png(m):
    import io, zlib
    import imagecodecs

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    def put(what, w, h, depth, kind, extra=b"", interlace=0, clear_gray=False):
        want = None
        channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
        def scan(w, h):
            n = (w * channels * depth + 7) // 8
            return b"".join(b"\0" + m.rng.bytes(n) for _ in range(h)) if w and h else b""
        if interlace:
            data = b"".join(scan((w - x + dx - 1) // dx, (h - y + dy - 1) // dy) for x, y, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)))
        else:
            data = scan(w, h)
        path = m.name("png", what)
        open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, interlace)) + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))
        if depth == 16:  # Pillow keeps 8 bits of colours
            try:
                want = imagecodecs.png_decode(open(path, "rb").read()) if b"tRNS" not in extra else None
            except Exception:
                pass
            if want is None:
                m.add(path, tolerance=1)
                return
        if clear_gray:  # Pillow compares the transparent sample with samples already scaled to 8 bits
            d = open(path, "rb").read()
            at = d.index(b"tRNS") - 4
            open(path + ".plain", "wb").write(d[:at] + d[at + 14:])
            gray = np.asarray(Image.open(path + ".plain").convert("L"))
            os.remove(path + ".plain")
            want = np.stack([gray, np.where(gray == 255 // ((1 << depth) - 1), 0, 255)], -1).astype("u1")
        m.add(path, want)
    for kind, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
        for depth, interlace, (h, w) in itertools.product(depths, (0, 1), ((20, 37), (1, 1), (3, 2), (9, 8))):
            p = chunk(b"PLTE", m.rng.bytes(3 << depth)) if kind == 3 else b""
            base = f"{kind}-{depth}-{interlace}-{h}x{w}"
            put(base, w, h, depth, kind, p, interlace)
            if (h, w) == (20, 37):
                for what, c in {"gama": chunk(b"gAMA", struct.pack(">I", 100000)), "srgb": chunk(b"sRGB", b"\0"), "chrm": chunk(b"cHRM", struct.pack(">8I", *[30000] * 8)), "iccp": chunk(b"iCCP", b"x\0\0" + zlib.compress(b"not a profile"))}.items():
                    put(f"{base}-{what}", w, h, depth, kind, c + p, interlace)
                if kind in (0, 2, 3):
                    clear = chunk(b"tRNS", {0: b"\0\1", 2: b"\0\1\0\2\0\3", 3: bytes(range(0, 200, 100))}[kind])
                    put(f"{base}-trns", w, h, depth, kind, p + clear, interlace, kind == 0)
                put(f"{base}-bkgd", w, h, depth, kind, p + chunk(b"bKGD", {0: b"\0\1", 4: b"\0\1", 2: b"\0\1\0\2\0\3", 6: b"\0\1\0\2\0\3", 3: b"\1"}[kind]), interlace)
    frames = [Image.fromarray(m.picture(40, 37)) for _ in range(3)]
    for default in (False, True):
        path = m.name("png", f"apng-{default}")
        frames[0].save(path, save_all=True, append_images=frames[1:], default_image=default)
        m.add(path)
    for o in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = o
        path = m.name("png", f"orientation-{o}")
        frames[0].save(path, exif=exif)
        m.add(path)
    path = m.name("png", "apple")
    frames[0].save(path)
    d = open(path, "rb").read()
    open(path, "wb").write(d[:8] + chunk(b"CgBI", b"\x50\0\x20\2") + d[8:])
    m.add(path)


def other(m):
    """What is no picture of ours: to be named, with a way to convert it."""
    import imagecodecs
    a = m.picture(20, 24)
    for kind, encode in {"avif": lambda: imagecodecs.avif_encode(a), "heic": lambda: imagecodecs.heif_encode(a), "jxl": lambda: imagecodecs.jpegxl_encode(a), "jp2": lambda: imagecodecs.jpeg2k_encode(a), "j2k": lambda: imagecodecs.jpeg2k_encode(a, codecformat="j2k"), "jxr": lambda: imagecodecs.jpegxr_encode(a),
                         "jls": lambda: imagecodecs.jpegls_encode(a), "ljpeg": lambda: imagecodecs.ljpeg_encode(a[..., 0]), "qoi": lambda: imagecodecs.qoi_encode(a), "exr": lambda: imagecodecs.exr_encode(a.astype("f4"))}.items():
        try:
            open(m.name(kind, "made"), "wb").write(encode())
            m.add(m.name(kind, "made"))
        except Exception as x:
            print(kind, x)
    Image.fromarray(a).save(m.out + "/base.png")
    for kind in ("psd", "svg", "pdf", "ps", "eps", "ico", "cur", "tga", "ppm", "pgm", "pbm", "pam", "pcx", "xpm", "xbm", "dds", "hdr", "sgi", "ras", "fits", "dpx", "heic", "jxl", "jp2", "mng", "jng", "miff", "wbmp", "pict", "xcf", "dcm", "viff", "cin", "pfm", "farbfeld", "qoi", "webm", "mpg"):
        path = m.name(kind, "im")
        if m.run("convert", m.out + "/base.png", path):
            m.add(path)
    # Wrong names: by content.
    for kind, name in (("JPEG", "png"), ("PNG", "jpg"), ("WEBP", "jpg"), ("GIF", "png"), ("BMP", "jpg"), ("TIFF", "png")):
        path = m.name(name, f"really-{kind}")
        Image.fromarray(a).save(path, kind)
        m.add(path)
