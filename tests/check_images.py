# SPDX-License-Identifier: MIT
"""Holds skiff's picture decoding against Pillow, byte for byte.

usage: check_images.py DUMP_IMAGES HAS_TURBO PHOTO_DIR [MORE_PICTURES...]

Pictures of every kind are made here, and decoded by both sides. Paddle's rows came from Pillow's pixels, so a JPEG must give
exactly those. stb_image's JPEG decoder has another inverse DCT: it must come close.
"""
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as error:
    sys.exit(f"check_images: {error}: install python3-pil")


MAX_STB_MEAN = 1.5  # of 255, mean over a picture

warnings.simplefilter("ignore")  # Pillow's advice on palettes with transparency


def picture(width, height, seed=1):
    """Smooth ramps, hard edges and noise, RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x * 7 + y * 13) % 256], axis=2)
    rgb[height // 3 : height // 2, width // 4 : width // 2] = (250, 10, 30)
    noise = rng.integers(-20, 21, rgb.shape)
    noise[:, : width // 2] = 0
    return Image.fromarray(np.clip(rgb + noise, 0, 255).astype(np.uint8))


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpegs():
    for width, height in ((97, 75), (64, 64), (1, 1), (17, 1), (1, 33), (500, 375)):
        for subsampling in (0, 1, 2):
            for progressive in (False, True):
                name = f"{width}x{height}-s{subsampling}{'-progressive' if progressive else ''}.jpg"
                data = saved(picture(width, height), "JPEG", quality=85, subsampling=subsampling, progressive=progressive)
                yield name, data
    yield "grey.jpg", saved(picture(90, 70).convert("L"), "JPEG")
    yield "grey-progressive.jpg", saved(picture(90, 70).convert("L"), "JPEG", progressive=True)
    yield "low.jpg", saved(picture(90, 70), "JPEG", quality=5)
    yield "best.jpg", saved(picture(90, 70), "JPEG", quality=100, subsampling=0)
    yield "trailing.jpg", saved(picture(90, 70), "JPEG") + b"trailing bytes \xff\xd8\xff"
    cmyk = saved(picture(90, 70).convert("CMYK"), "JPEG", quality=90)
    yield "cmyk.jpg", cmyk
    at = cmyk.index(b"Adobe")
    yield "ycck.jpg", cmyk[: at + 11] + b"\x02" + cmyk[at + 12 :]
    plain = saved(picture(90, 70), "JPEG", subsampling=0, quality=90)
    jfif_end = 4 + struct.unpack(">H", plain[4:6])[0]
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    yield "rgb.jpg", plain[:2] + adobe + plain[jfif_end:]


def made_jpegs(dump, folder):
    for h, v, restart, mode in ((1, 2, 0, "plain"), (4, 1, 0, "plain"), (2, 2, 3, "plain"), (4, 2, 0, "progressive"),
                                (2, 1, 2, "progressive"), (2, 2, 0, "arithmetic")):
        path = folder / f"made-{h}x{v}-{restart}-{mode}.jpg"
        subprocess.run([dump, "make", str(h), str(v), str(restart), mode, str(path)], check=True)
        yield path.name, path.read_bytes()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(samples, depth, colour, interlaced=False, extra=b"", parts=1):
    """A PNG from an array height x width x channels of `depth`-bit samples; every other row is filtered."""
    height, width, _ = samples.shape
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    raw = b""
    for x0, y0, dx, dy in passes:
        part = samples[y0::dy, x0::dx]
        for index, row in enumerate(part if part.size else ()):
            if depth == 16:
                packed = row.astype(">u2").tobytes()
            else:
                bits = "".join(f"{int(v):0{depth}b}" for v in row.ravel())
                bits += "0" * (-len(bits) % 8)
                packed = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
            if index % 2:  # filter 1, Sub
                step = max(1, depth * part.shape[2] // 8)
                packed = bytes((b - (packed[i - step] if i >= step else 0)) & 255 for i, b in enumerate(packed))
            raw += bytes([index % 2]) + packed
    data = zlib.compress(raw)
    cut = [len(data) * i // parts for i in range(parts + 1)]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
            + b"".join(chunk(b"IDAT", data[a:b]) for a, b in zip(cut, cut[1:])) + chunk(b"IEND", b""))


def pngs():
    rng = np.random.default_rng(7)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlaced in (False, True):
                for width, height in ((37, 29), (1, 1), (3, 9)):
                    samples = rng.integers(0, 1 << depth, (height, width, channels[colour]))
                    extra = chunk(b"PLTE", rng.bytes(3 << depth)) if colour == 3 else b""
                    name = f"c{colour}-d{depth}-{'i' if interlaced else 'n'}-{width}x{height}.png"
                    yield name, png(samples, depth, colour, interlaced, extra)
    indices = rng.integers(0, 16, (20, 30, 1))
    palette = chunk(b"PLTE", rng.bytes(48))
    yield "palette-transparent.png", png(indices, 4, 3, extra=palette + chunk(b"tRNS", bytes(range(16))))
    yield "parts.png", png(rng.integers(0, 256, (40, 40, 3)), 8, 2, parts=5)
    yield "colour-key.png", png(rng.integers(0, 4, (20, 20, 3)), 8, 2, extra=chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
    yield "grey-key.png", png(rng.integers(0, 4, (20, 20, 1)), 2, 0, extra=chunk(b"tRNS", struct.pack(">H", 1)))
    for name, image in (("rgb", picture(97, 75)), ("rgba", picture(97, 75).convert("RGBA")), ("p", picture(97, 75).quantize(200)),
                        ("1", picture(97, 75).convert("1")), ("la", picture(97, 75).convert("LA"))):
        yield f"pillow-{name}.png", saved(image, "PNG")


def bmp(bits, compression, rows, extra=b"", width=13, height=9, colours=0):
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, colours, 0) + extra
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(header)) + header + rows


def bmps():
    rng = np.random.default_rng(5)
    for name, image in (("rgb", picture(97, 75)), ("l", picture(97, 75).convert("L")), ("p", picture(97, 75).quantize(90)),
                        ("1", picture(97, 75).convert("1")), ("rgba", picture(31, 7).convert("RGBA"))):
        yield f"pillow-{name}.bmp", saved(image, "BMP")
    yield "16.bmp", bmp(16, 0, rng.bytes(28 * 9))
    yield "16-565.bmp", bmp(16, 3, rng.bytes(28 * 9), struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    yield "32.bmp", bmp(32, 0, rng.bytes(52 * 9))
    yield "32-fields.bmp", bmp(32, 3, rng.bytes(52 * 9), struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00))
    yield "top-down.bmp", bmp(24, 0, rng.bytes(40 * 9), height=-9)
    yield "4.bmp", bmp(4, 0, rng.bytes(8 * 9), rng.bytes(64))
    yield "1.bmp", bmp(1, 0, rng.bytes(4 * 9), rng.bytes(8))
    yield "8-few.bmp", bmp(8, 0, bytes(rng.integers(0, 5, 16 * 9, dtype=np.uint8)), rng.bytes(20), colours=5)
    runs = b"".join(bytes([5, i, 0, 3, i + 1, i + 2, i + 3, 0, 5, i + 4, 0, 0]) for i in range(9)) + b"\0\1"
    yield "rle8.bmp", bmp(8, 1, runs, rng.bytes(1024))
    runs = b"".join(bytes([5, 0x1E, 0, 8, 0x23, 0x45, 0x67, 0x80 + i, 0, 0]) for i in range(9)) + b"\0\1"
    yield "rle4.bmp", bmp(4, 2, runs, rng.bytes(64))
    os2 = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + 768) + struct.pack("<IHHHH", 12, 13, 9, 1, 8) + rng.bytes(768)
    yield "os2.bmp", os2 + rng.bytes(16 * 9)


def gif(frame, screen=(40, 30), palette=True, local=False, control=b"", interlaced=False, at=(0, 0), seed=3):
    """A GIF whose LZW codes are all literals, cleared before they widen."""
    rng = np.random.default_rng(seed)
    table = rng.bytes(3 * 16)
    order = list(range(frame.shape[0]))
    if interlaced:
        order = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, frame.shape[0], step)]
    bits, count = "", 0
    for value in frame[order].ravel():
        if count % 10 == 0:
            bits = "10000" + bits  # clear
        bits = f"{int(value):05b}" + bits
        count += 1
    bits = "10001" + bits
    bits = "0" * (-len(bits) % 8) + bits
    data = int(bits, 2).to_bytes(len(bits) // 8, "little")
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"
    out = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x83 if palette else 0, 2, 0) + (table if palette else b"") + control
    out += b"," + struct.pack("<HHHHB", *at, frame.shape[1], frame.shape[0], (0x83 if local else 0) | (0x40 if interlaced else 0))
    return out + (rng.bytes(48) if local else b"") + b"\x04" + blocks + b";"


def gifs():
    rng = np.random.default_rng(9)
    for colours in (2, 7, 64, 256):
        yield f"pillow-{colours}.gif", saved(picture(97, 75).quantize(colours), "GIF")
    yield "large.gif", saved(picture(500, 375).quantize(256), "GIF")
    yield "pillow-grey.gif", saved(picture(97, 75).convert("L"), "GIF")
    frames = [picture(40, 30, seed).quantize(30) for seed in (1, 2)]
    yield "two-frames.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    frame, control = rng.integers(0, 16, (30, 40)), b"!\xf9\x04\x01\x00\x00\x05\x00"
    yield "plain.gif", gif(frame)
    yield "interlaced.gif", gif(frame, interlaced=True)
    yield "local.gif", gif(frame, local=True)
    yield "transparent.gif", gif(frame, control=control)
    yield "no-palette.gif", gif(frame, palette=False)
    small = rng.integers(0, 16, (11, 17))
    yield "offset.gif", gif(small, at=(5, 6))
    yield "offset-transparent.gif", gif(small, at=(5, 6), control=control)
    yield "outside.gif", gif(small, at=(35, 26))
    yield "comment.gif", gif(frame, control=b"!\xfe\x03abc\x00!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + control)


def pnms():
    rng = np.random.default_rng(11)
    for name, image in (("rgb", picture(97, 75)), ("l", picture(97, 75).convert("L")), ("1", picture(97, 75).convert("1"))):
        yield f"pillow-{name}.pnm", saved(image, "PPM")
    yield "p5-max100.pgm", b"P5 # comment\n7 5\n# more\n100\n" + bytes(rng.integers(0, 101, 35, dtype=np.uint8))
    yield "p6-max2.ppm", b"P6\n7 5 2\n" + bytes(rng.integers(0, 3, 105, dtype=np.uint8))
    yield "p6-16.ppm", b"P6\n7 5 65535\n" + rng.bytes(210)
    yield "p1.pbm", b"P1\n# c\n7 5\n" + b" ".join(b"%d" % v for v in rng.integers(0, 2, 35)) + b"\n"
    yield "p1-tight.pbm", b"P1\n7 5\n" + b"".join(b"%d" % v for v in rng.integers(0, 2, 35)) + b"\n"
    yield "p2.pgm", b"P2\n7 5\n17\n" + b"\n".join(b"%d" % v for v in rng.integers(0, 18, 35)) + b"\n"
    yield "p3.ppm", b"P3 7 5 255\n" + b" ".join(b"%d" % v for v in rng.integers(0, 256, 105)) + b"\n"


def tiff(orientation, order):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return (mark + struct.pack(order + "IH", 8, 2) + struct.pack(order + "HHII", 0x100, 4, 1, 9)
            + struct.pack(order + "HHIHH", 0x112, 3, 1, orientation, 0) + struct.pack(order + "I", 0))


def oriented():
    for orientation in range(0, 10):
        for order in "<>":
            exif = tiff(orientation, order)
            mark = "le" if order == "<" else "be"
            yield f"exif{orientation}-{mark}.jpg", saved(picture(97, 75), "JPEG", exif=b"Exif\0\0" + exif)
            yield f"exif{orientation}-{mark}.png", png(np.array(picture(41, 70)), 8, 2, extra=chunk(b"eXIf", exif))


def pillow_pixels(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow would clip: the high byte is what is wanted
        return np.repeat((np.array(image) >> 8).astype(np.uint8)[:, :, None], 3, axis=2)
    return np.array(image.convert("RGB"))


def our_pixels(dump, decoder, paths):
    out = subprocess.run([dump, "decode", decoder, *map(str, paths)], check=True, stdout=subprocess.PIPE).stdout
    at = 0
    for _ in paths:
        end = out.index(b"\n", at)
        width, height, *reason = out[at:end].decode().split(" ", 2)
        width, height, at = int(width), int(height), end + 1
        size = width * height * 3
        yield np.frombuffer(out[at : at + size], np.uint8).reshape(height, width, 3) if size else reason[0]
        at += size


def is_for_stb(name):
    """stb_image knows no arithmetic coding, and smooths the chroma of pictures one pixel wide in another way."""
    return name.endswith(".jpg") and "arithmetic" not in name and not name.startswith("1x33")


def difference(ours, theirs):
    """What differs, or None."""
    if isinstance(ours, str):
        return ours
    if ours.shape != theirs.shape:
        return f"size {ours.shape[1]}x{ours.shape[0]}, Pillow's {theirs.shape[1]}x{theirs.shape[0]}"
    if np.array_equal(ours, theirs):
        return None
    wrong = np.argwhere((ours != theirs).any(axis=2))
    y, x = wrong[0]
    return f"{len(wrong)} pixels differ, first ({x}, {y}): {ours[y, x]}, Pillow's {theirs[y, x]}"


def made_pictures():
    """(name, bytes) of every picture that Pillow and this file make."""
    for make in (jpegs, pngs, bmps, gifs, pnms, oriented):
        yield from make()


def main():
    dump, has_turbo, photos = sys.argv[1], sys.argv[2] == "1", pathlib.Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        pictures = list(made_pictures())
        if has_turbo:
            pictures += made_jpegs(dump, folder)
        paths = []
        for name, data in pictures:
            paths.append(folder / name)
            paths[-1].write_bytes(data)
        assert len(set(paths)) == len(paths), "two test pictures have one name"
        paths += sorted(photos.glob("*.jpg")) + [pathlib.Path(p) for p in sys.argv[4:]]
        expected = {p: pillow_pixels(p.read_bytes()) for p in paths}
        failures = 0
        exact = [p for p in paths if has_turbo or p.suffix != ".jpg"]
        for path, ours in zip(exact, our_pixels(dump, "turbo" if has_turbo else "auto", exact)):
            what = difference(ours, expected[path])
            if what:
                failures += 1
                print(f"{path.name}: {what}")
        close = [p for p in paths if is_for_stb(p.name)]
        worst = 0.0
        for path, ours in zip(close, our_pixels(dump, "stb", close)):
            if isinstance(ours, str) or ours.shape != expected[path].shape:
                failures += 1
                print(f"{path.name} by stb_image: {difference(ours, expected[path])}")
                continue
            mean = np.abs(ours.astype(int) - expected[path]).mean()
            worst = max(worst, mean)
            if mean > MAX_STB_MEAN:
                failures += 1
                print(f"{path.name} by stb_image: {mean:.2f} levels off on average, expected at most {MAX_STB_MEAN}")
        print(f"{len(exact)} pictures held against Pillow's, {len(close)} JPEGs by stb_image at worst {worst:.2f} levels off: "
              f"{failures} failures")
    return 1 if failures or not exact else 0


if __name__ == "__main__":
    sys.exit(main())
