#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/bindings/python/skiff.py finds what skiff finds, and says what is wrong with what it is given. 
check_python.py SKIFF LIBSKIFF.so TINY

TINY is a small weights file, for what is done many times; it finds the same in all pictures.
"""
import os
import random
import sys
import tempfile
import threading
import unittest

import numpy as np
from PIL import Image

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "support"), os.path.join(ROOT, "tools", "bindings", "python")]
import rows  # noqa: E402
import skiff  # noqa: E402

COMMAND = LIBRARY = TINY = ""
WEIGHTS = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
PHOTOS = [os.path.join(ROOT, "tests", "photos", name) for name in ("astronaut.jpg", "cat.jpg", "portrait.jpg")]
FUZZ_ROUNDS = 3000
SIDE = 32  # of TINY's input


def pixels_of(path):
    with Image.open(path) as photo:
        return np.array(photo.convert("RGB"))


def tiny(**options):
    return skiff.Detector(TINY, library=LIBRARY, **options)


def noise(height, width, *channels):
    return np.random.default_rng(1).integers(0, 256, (height, width, *channels), dtype=np.uint8)


def planes_of(pixels):
    """Y, U, V of a picture with even sides, U and V of half the size."""
    ycc = np.array(Image.fromarray(pixels).convert("YCbCr"))
    half = ycc[:, :, 1:].reshape(ycc.shape[0] // 2, 2, ycc.shape[1] // 2, 2, 2).mean(axis=(1, 3)).astype(np.uint8)
    return ycc[:, :, 0], half[:, :, 0], half[:, :, 1]


def resident_kb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Rows(unittest.TestCase):
    def test_the_rows_that_skiff_prints(self):
        with tempfile.TemporaryDirectory() as folder:
            inputs = [os.path.join(folder, f"{i}.ppm") for i in range(len(PHOTOS))]
            for photo, path in zip(PHOTOS, inputs):
                Image.fromarray(pixels_of(photo)).save(path)
            wanted = rows.detect(COMMAND, WEIGHTS, inputs, "--score", "0.01")
            for threads in (1, 2):
                with skiff.Detector(WEIGHTS, threads=threads, library=LIBRARY) as detector:
                    for photo, path in zip(PHOTOS, inputs):
                        found = detector.detect(pixels_of(photo))
                        self.assertEqual(found.dtype, np.float32)
                        self.assertGreater(len(found), 0)
                        np.testing.assert_array_equal(found, wanted[path].astype(np.float32))

    def test_the_shipped_model_is_the_default(self):
        os.environ["SKIFF_LIBRARY"] = LIBRARY
        self.addCleanup(os.environ.pop, "SKIFF_LIBRARY")
        with skiff.Detector(score=0.5) as detector:
            found = detector.detect(pixels_of(PHOTOS[1]))
            self.assertEqual([detector.labels[int(row[0])] for row in found], ["cat"])
            self.assertEqual(detector.info["input_width_px"], 300)
            self.assertLess(detector.selftest(), 1e-4)
            corners = skiff.to_pixels(found, 451, 300)[0, 2:]
            self.assertTrue((corners >= 0).all() and (corners <= [451, 300, 451, 300]).all() and corners[2] > 400)

    def test_formats(self):
        rgb = noise(70, 90, 3)
        alpha = np.full((70, 90, 1), 7, dtype=np.uint8)
        with tiny() as detector:
            wanted = detector.preprocess(rgb)
            for name, image in (("bgr", rgb[..., ::-1]), ("rgba", np.concatenate([rgb, alpha], 2)),
                                ("bgra", np.concatenate([rgb[..., ::-1], alpha], 2))):
                np.testing.assert_array_equal(detector.preprocess(image, name), wanted)
            grey = rgb[:, :, 0]
            wanted = detector.preprocess(np.repeat(grey[:, :, None], 3, axis=2))
            np.testing.assert_array_equal(detector.preprocess(grey, "grey"), wanted)
            np.testing.assert_array_equal(detector.preprocess(grey[:, :, None], "grey"), wanted)

    def test_however_pixels_lie(self):
        big = noise(140, 180, 3)
        views = [big[::2], big[:, ::2], big[::-1], big[:, ::-1], big[..., ::-1], big[3:90, 5:77], big.transpose(1, 0, 2),
                 np.asfortranarray(big), np.broadcast_to(big[:1], big.shape), big[:1], big[:, :1], big[:1, :1]]
        with tiny() as detector:
            for i, view in enumerate(views):
                with self.subTest(view=i):
                    np.testing.assert_array_equal(detector.preprocess(view), detector.preprocess(view.copy(order="C")))

    def test_yuv(self):
        pixels = pixels_of(PHOTOS[1])[:, :450]
        y, u, v = planes_of(pixels)
        pairs = np.stack([v, u], axis=2)  # NV21
        wide = np.zeros((y.shape[0], 512), dtype=np.uint8)
        wide[:, : y.shape[1]] = y
        with skiff.Detector(WEIGHTS, score=0.5, library=LIBRARY) as detector:
            wanted = detector.detect_yuv(y, u, v)
            for planes in ((y, pairs[..., 1], pairs[..., 0]), (wide[:, : y.shape[1]], u, v), (y[:], np.asfortranarray(u), v)):
                np.testing.assert_array_equal(detector.detect_yuv(*planes), wanted)
                np.testing.assert_array_equal(detector.preprocess_yuv(*planes), detector.preprocess_yuv(y, u, v))
            found = detector.detect(pixels)
            self.assertEqual(found.shape, wanted.shape)
            np.testing.assert_array_equal(found[:, 0], wanted[:, 0])
            np.testing.assert_allclose(found[:, 2:], wanted[:, 2:], atol=2 / 300)
            odd = detector.detect_yuv(y[:299, :449], u, v)
            np.testing.assert_allclose(odd[:, 2:], wanted[:, 2:], atol=0.02)
            self.assertFalse((detector.preprocess_yuv(y, u, v, video_range=True) == detector.preprocess_yuv(y, u, v)).all())

    def test_turned_mirrored_cut(self):
        pixels = noise(70, 90, 3)
        with tiny() as detector:
            upright = detector.preprocess(pixels)
            for turns in range(4):
                lies = np.rot90(pixels, turns)  # anticlockwise
                np.testing.assert_array_equal(detector.preprocess(lies, rotation=90 * turns), upright)
            np.testing.assert_array_equal(detector.preprocess(pixels, mirror=True), detector.preprocess(pixels[:, ::-1]))
            np.testing.assert_array_equal(detector.preprocess(pixels, region=(7, 3, 50, 40)), detector.preprocess(pixels[3:43, 7:57]))

    def test_stages(self):
        pixels = pixels_of(PHOTOS[0])
        with skiff.Detector(WEIGHTS, library=LIBRARY) as detector:
            tensor = detector.preprocess(pixels)
            loc, conf = detector.network(tensor)
            self.assertEqual((tensor.shape, loc.shape, conf.shape), ((300, 300, 3), (1917, 4), (1917, 21)))
            np.testing.assert_array_equal(detector.postprocess(loc, conf), detector.detect(pixels))
            scattered = np.asfortranarray(tensor)
            np.testing.assert_array_equal(detector.network(scattered)[0], loc)

    def test_options(self):
        pixels = noise(SIDE, SIDE, 3)
        with tiny() as plain, tiny(mean=[0.1, 0.2, 0.3], std=0.5, order="rgb", resize="bilinear") as other:
            ours = (pixels.astype(np.float32) / np.float32(255) - np.array([0.1, 0.2, 0.3], dtype=np.float32)) * np.float32(2)
            np.testing.assert_array_equal(other.preprocess(pixels), ours)
            self.assertFalse((plain.preprocess(pixels) == ours).any(axis=2).all())
            count = len(plain.detect(pixels))
        with tiny(keep_top_k=3) as detector:
            self.assertEqual(len(detector.detect(pixels)), 3)
        with tiny(keep_top_k=0) as detector:
            self.assertEqual(detector.detect(pixels).shape, (0, 6))
        with tiny(keep_top_k=-1, nms=1.0, nms_top_k=-1, score=0.0) as detector:
            self.assertGreater(len(detector.detect(pixels)), count)
        with tiny(cpu_mask=0) as detector:
            self.assertEqual(detector.info["isa"], "ref")


class Refused(unittest.TestCase):
    def check(self, error, part, function, *args, **options):
        with self.subTest(part=part):
            with self.assertRaises(error) as caught:
                function(*args, **options)
            self.assertIn(part, str(caught.exception))

    def test_pictures(self):
        good = noise(20, 30, 3)
        with tiny(max_size=(100, 100)) as detector:
            detect = detector.detect
            self.check(TypeError, "NumPy array, not list", detect, good.tolist())
            self.check(TypeError, "not NoneType", detect, None)
            for dtype in (np.float32, np.int8, np.uint16, bool, object):
                self.check(TypeError, "uint8", detect, good.astype(dtype))
            self.check(ValueError, "NxNx3, not 20x30x4", detect, noise(20, 30, 4))
            self.check(ValueError, "NxNx3, not 20x30", detect, noise(20, 30))
            self.check(ValueError, "NxNx4, not 20x30x3", detect, good, "bgra")
            self.check(ValueError, "NxN or NxNx1", detect, good, "grey")
            self.check(ValueError, "side of image", detect, good[:0])
            self.check(ValueError, "side of image", detect, good[:, :0])
            self.check(ValueError, "'hsv'", detect, good, "hsv")
            self.check(ValueError, "None", detect, good, None)
            self.check(TypeError, "rotation", detect, good, rotation="90")
            self.check(skiff.SkiffError, "", detect, good, rotation=45)
            self.check(ValueError, "region", detect, good, region=(0, 0, 0, 5))
            self.check(skiff.SkiffError, "", detect, good, region=(0, 0, 31, 5))
            self.check(skiff.SkiffError, "max_width_px", detect, noise(20, 101, 3))
            self.check(ValueError, "u is 10x15, not 10x16", detector.detect_yuv, good[..., 0], noise(10, 16), noise(10, 15))
            self.check(ValueError, "v is 10x15", detector.detect_yuv, good[..., 0], noise(10, 15), noise(20, 30))
            self.check(TypeError, "v has", detector.detect_yuv, good[..., 0], noise(10, 15), noise(10, 15).astype(float))
            self.assertEqual(detect(good).shape[1], 6)

    def test_tensors(self):
        with tiny() as detector:
            shape = (SIDE, SIDE, 3)
            self.check(ValueError, "[32, 32, 3], not float64", detector.network, np.zeros(shape))
            self.check(ValueError, "float32 [3, 32, 32]", detector.network, np.zeros((3, SIDE, SIDE), dtype=np.float32))
            self.check(ValueError, "NoneType", detector.network, None)
            loc, conf = detector.network(np.zeros(shape, dtype=np.float32))
            self.check(ValueError, "conf is", detector.postprocess, loc, loc)
            self.check(ValueError, "loc is", detector.postprocess, conf, conf)
            detector.postprocess(np.full_like(loc, np.nan), np.full_like(conf, np.inf))

    def test_options(self):
        for error, part, options in (
                (TypeError, "threads", {"threads": 1.5}), (ValueError, "threads is from 1 to 256", {"threads": 0}),
                (ValueError, "threads", {"threads": 257}), (ValueError, "score", {"score": 1.5}),
                (ValueError, "score", {"score": float("nan")}), (ValueError, "nms", {"nms": -0.1}),
                (ValueError, "nms_top_k", {"nms_top_k": -2}), (ValueError, "keep", {"keep_top_k": 1 << 32}),
                (ValueError, "max_size", {"max_size": (0, 5)}), (ValueError, "cpu_mask", {"cpu_mask": -1}),
                (ValueError, "order", {"order": "gbr"}), (ValueError, "resize", {"resize": []}), (ValueError, "both", {"mean": 0.5}),
                (ValueError, "above 0", {"mean": 0.5, "std": 0}), (ValueError, "finite", {"mean": np.nan, "std": 1}),
                (ValueError, "", {"mean": [1, 2], "std": 1})):
            self.check(error, part, tiny, **options)

    def test_models(self):
        with open(TINY, "rb") as file:
            good = file.read()
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        for part, weights in (("truncated", good[:-1]), ("", b""), ("checksum", bytes(flipped)), ("Skiff weights", b"x" * 5000)):
            with self.assertRaises(skiff.SkiffError) as caught:
                skiff.Detector(weights, library=LIBRARY)
            self.assertIn("weights: ", str(caught.exception))
            self.assertTrue(5 <= caught.exception.status <= 10, str(caught.exception))
        skiff.Detector(memoryview(good), library=LIBRARY).close()
        self.check(FileNotFoundError, "no/such", skiff.Detector, "no/such.skiff", library=LIBRARY)
        self.check(TypeError, "", skiff.Detector, 5, library=LIBRARY)

    def test_libraries(self):
        self.check(skiff.SkiffError, "no/libskiff.so", skiff.Detector, TINY, library="no/libskiff.so")
        self.check(skiff.SkiffError, "not the libskiff.so", skiff.Detector, TINY, library=np.core._multiarray_umath.__file__)

    def test_after_close(self):
        detector = tiny(threads=2)
        loc, conf = detector.network(np.zeros((SIDE, SIDE, 3), dtype=np.float32))
        detector.close()
        detector.close()
        for call in (lambda: detector.detect(noise(9, 9, 3)), lambda: detector.preprocess(noise(9, 9, 3)),
                     lambda: detector.network(np.zeros((SIDE, SIDE, 3), dtype=np.float32)), lambda: detector.postprocess(loc, conf),
                     lambda: detector.detect_yuv(noise(8, 8), noise(4, 4), noise(4, 4)), detector.selftest):
            self.check(skiff.SkiffError, "closed", call)


class Load(unittest.TestCase):
    def run_threads(self, work):
        failed = []

        def guarded(i):
            try:
                work(i)
            except BaseException as error:
                failed.append(error)
        threads = [threading.Thread(target=guarded, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])

    def test_threads_with_detectors_of_their_own(self):
        pictures = [pixels_of(PHOTOS[i % 3]) for i in range(8)]
        with open(WEIGHTS, "rb") as file:
            weights = file.read()
        with skiff.Detector(weights, library=LIBRARY) as detector:
            wanted = [detector.detect(picture) for picture in pictures]

        def work(i):
            with skiff.Detector(weights, threads=1 + i % 2, library=LIBRARY) as own:
                for _ in range(4):
                    np.testing.assert_array_equal(own.detect(pictures[i]), wanted[i])
        self.run_threads(work)

    def test_threads_with_one_detector(self):
        pictures = [pixels_of(PHOTOS[i % 3]) for i in range(8)]
        with skiff.Detector(WEIGHTS, threads=2, library=LIBRARY) as detector:
            wanted = [detector.detect(picture) for picture in pictures]

            def work(i):
                for _ in range(4):
                    np.testing.assert_array_equal(detector.detect(pictures[i]), wanted[i])
            self.run_threads(work)

    def test_nothing_is_left_behind(self):
        picture = noise(70, 90, 3)

        def use():
            with tiny(threads=2) as detector:
                detector.detect(picture)
        for _ in range(100):
            use()
        before = resident_kb()
        for _ in range(500):
            use()
        self.assertLess(resident_kb() - before, 2048)

    def test_any_arguments(self):
        rng = random.Random(1)
        odd = [None, -1, 0, 1, 2, 45, 90, 1 << 31, 1 << 40, -(1 << 70), 0.5, float("nan"), float("inf"), "rgb", "grey", "", b"x", [],
               (1, 2), {}, (0, 0, 5, 5), (-1, 0, 5, 5), (1 << 31, 0, 1, 1), True, object()]
        names = ("rotation", "mirror", "region", "format", "score", "threads")
        shapes = [(0,), (1,), (1, 1), (2, 2), (3, 5), (0, 5), (4, 4, 1), (4, 4, 3), (5, 3, 4), (9, 7, 2), (2, 2, 2, 2), (SIDE, SIDE, 3)]
        sizes = [array for shape in shapes for array in (np.zeros(shape, dtype=np.uint8), np.ones(shape, dtype=np.float32))]
        sizes += [array[::-1] for array in sizes] + [array.T for array in sizes]
        outcomes = {"answered": 0, "refused": 0}
        with tiny(keep_top_k=5) as detector:
            calls = [detector.detect, detector.detect_yuv, detector.preprocess, detector.network, detector.postprocess, skiff.to_pixels,
                     tiny_of]
            for _ in range(FUZZ_ROUNDS):
                call = rng.choice(calls)
                args = [rng.choice(sizes if rng.random() < 0.7 else odd) for _ in range(rng.randint(1, 4))]
                options = {name: rng.choice(odd) for name in names if rng.random() < 0.1}
                try:
                    call(*args, **options)
                    outcomes["answered"] += 1
                except (TypeError, ValueError, skiff.SkiffError):
                    outcomes["refused"] += 1
        self.assertGreater(min(outcomes.values()), FUZZ_ROUNDS // 50)


def tiny_of(*args, **options):
    return skiff.Detector(TINY, *[arg for arg in args if not isinstance(arg, np.ndarray)][1:2], library=LIBRARY, **options).close()


if __name__ == "__main__":
    COMMAND, LIBRARY, TINY = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
