#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""skiff watch as its users meet it: streams that are made here of the shipped photos, what comes out, and every way in which it ends.
check_watch.py SKIFF HAS_TURBO [TEST...]"""
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
import unittest

import numpy as np
from PIL import Image

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_cli  # noqa: E402
from check_cli import CAT, PHOTOS, Case, skiff  # noqa: E402

SIZE = (451, 300)  # the cat's; odd, so that halves of chroma are rounded
NAMES = [CAT, os.path.join(PHOTOS, "portrait.jpg"), os.path.join(PHOTOS, "astronaut.jpg")]
HAS_TURBO = True
CLOSE = 0.9  # overlap of two boxes of one thing, before and after YUV


def picture(name, size=SIZE):
    with Image.open(name) as image:
        return image.convert("RGB").resize(size)


def yuv_planes(image, is_full_range):
    """Y, U, V of full size, by BT.601."""
    planes = [np.asarray(plane, dtype=np.float64) for plane in image.convert("YCbCr").split()]
    if not is_full_range:
        planes = [planes[0] * 219 / 255 + 16, (planes[1] - 128) * 224 / 255 + 128, (planes[2] - 128) * 224 / 255 + 128]
    return [np.rint(plane).astype(np.uint8) for plane in planes]


def halved(plane, across, down):
    """Means of neighbours, the last column and row standing for what is not there."""
    if across:
        plane = np.pad(plane, ((0, 0), (0, plane.shape[1] % 2)), "edge").astype(np.float64)
        plane = (plane[:, ::2] + plane[:, 1::2]) / 2
    if down:
        plane = np.pad(plane, ((0, plane.shape[0] % 2), (0, 0)), "edge").astype(np.float64)
        plane = (plane[::2] + plane[1::2]) / 2
    return np.rint(plane).astype(np.uint8)


def raw(image, kind, is_full_range=False):
    """Bytes of a frame."""
    if kind in ("rgb24", "bgr24"):
        pixels = np.asarray(image)
        return (pixels if kind == "rgb24" else pixels[:, :, ::-1]).tobytes()
    y, u, v = yuv_planes(image, is_full_range)
    if kind in ("mono", "grey"):
        return y.tobytes()
    if kind == "444":
        return y.tobytes() + u.tobytes() + v.tobytes()
    if kind == "422":
        return y.tobytes() + halved(u, True, False).tobytes() + halved(v, True, False).tobytes()
    if kind == "yuyv":
        even = np.pad(y, ((0, 0), (0, y.shape[1] % 2)), "edge")
        pairs = [even[:, ::2], halved(u, True, False), even[:, 1::2], halved(v, True, False)]
        return np.stack(pairs, axis=-1).tobytes()
    u, v = halved(u, True, True), halved(v, True, True)
    if kind in ("nv12", "nv21"):
        return y.tobytes() + np.stack([u, v] if kind == "nv12" else [v, u], axis=-1).tobytes()
    return y.tobytes() + u.tobytes() + v.tobytes()


def y4m(images, colour="420jpeg", rate="25:1", is_full_range=False):
    width, height = images[0].size
    text = f"YUV4MPEG2 W{width} H{height} F{rate} Ip A1:1 C{colour}" + (" XCOLORRANGE=FULL" if is_full_range else "")
    kind = "420" if colour.startswith("420") else colour
    return text.encode() + b"\n" + b"".join(b"FRAME\n" + raw(image, kind, is_full_range) for image in images)


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **{"quality": 92, **options})
    return out.getvalue()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def watch(*args, given=None):
    return skiff("watch", "--weights", check_cli.WEIGHTS, *args, given=given)


def lines(answer):
    return [json.loads(line) for line in answer.out.splitlines()]


def detected(path):
    """What skiff detect says of a picture, without what a video has not."""
    found = json.loads(check_cli.detect("--format", "json", path).out)
    return {key: found[key] for key in ("width", "height", "detections")}


def seen(line):
    return {key: line[key] for key in ("width", "height", "detections")}


def iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inter = max(width, 0) * max(height, 0)
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return inter / (area(a) + area(b) - inter)


class Base(Case):
    def save(self, image, name="frame.png"):
        image.save(self.path(name))
        return self.path(name)

    def assert_close(self, line, expected):
        self.assertEqual((line["width"], line["height"]), (expected["width"], expected["height"]))
        self.assertEqual([d["label"] for d in line["detections"]], [d["label"] for d in expected["detections"]])
        for have, want in zip(line["detections"], expected["detections"]):
            self.assertAlmostEqual(have["score"], want["score"], delta=0.05)
            self.assertGreater(iou(have["box"], want["box"]), CLOSE)

    def parts_left(self):
        return [name for name in os.listdir(self.folder) if name.endswith(".part")]


class Streams(Base):
    def test_a_line_is_that_of_detect(self):
        stream = b"".join(read(name) for name in NAMES)
        answer = watch("-", given=stream)
        self.assert_fine(answer)
        found = lines(answer)
        self.assertEqual([seen(line) for line in found], [detected(name) for name in NAMES])
        self.assertEqual([list(line) for line in found],
                         [["file", "frame", "time_s", "width", "height", "time_ms", "detections"]] * len(NAMES))
        self.assertEqual([(line["file"], line["frame"], line["time_s"]) for line in found], [("-", 0, 0), ("-", 1, 0.04), ("-", 2, 0.08)])
        for line in found:
            self.assertEqual(list(line["time_ms"]), ["decode", "preprocess", "network", "postprocess", "total"])
            self.assertGreaterEqual(line["time_ms"]["total"] + 1e-9, sum(list(line["time_ms"].values())[:-1]))

    def test_rgb_is_exact(self):
        images = [picture(name) for name in NAMES]
        expected = [detected(self.save(image)) for image in images]
        for kind in ("rgb24", "bgr24"):
            stream = b"".join(raw(image, kind) for image in images)
            answer = watch("--raw", kind, "--size", "451x300", "--fps", "30000/1001", "-", given=stream)
            self.assert_fine(answer)
            self.assertEqual([seen(line) for line in lines(answer)], expected)
            self.assertAlmostEqual(lines(answer)[2]["time_s"], 2 * 1001 / 30000, delta=1e-12)

    def test_yuv_is_close(self):
        image = picture(CAT)
        expected = detected(self.save(image))
        for kind in ("i420", "nv12", "nv21", "yuyv"):
            for flags in ([], ["--full-range"]):
                with self.subTest(kind=kind, flags=flags):
                    answer = watch("--raw", kind, "--size", "451x300", *flags, "-", given=raw(image, kind, bool(flags)))
                    self.assert_fine(answer)
                    self.assert_close(lines(answer)[0], expected)
        for colour in ("420jpeg", "420mpeg2", "420paldv", "420", "422", "444"):
            for is_full_range in (False, True):
                with self.subTest(colour=colour, is_full_range=is_full_range):
                    answer = watch("-", given=y4m([image], colour, is_full_range=is_full_range))
                    self.assert_fine(answer)
                    self.assert_close(lines(answer)[0], expected)

    def test_grey_is_close(self):
        image = picture(CAT).convert("L").convert("RGB")
        expected = detected(self.save(image))
        self.assert_close(lines(watch("-", given=y4m([image], "mono")))[0], expected)
        self.assert_close(lines(watch("--raw", "grey", "--size", "451x300", "-", given=raw(image, "grey", True)))[0], expected)

    def test_files_and_rates(self):
        stream = self.write("film.y4m", y4m([picture(name) for name in NAMES], rate="10:1"))
        found = lines(watch(stream))
        self.assertEqual([(line["file"], line["frame"], line["time_s"]) for line in found], [(stream, 0, 0), (stream, 1, 0.1), (stream, 2, 0.2)])
        self.assertEqual([line["time_s"] for line in lines(watch(stream, "--fps", "2"))], [0, 0.5, 1])
        self.assertEqual(len(lines(watch(stream, "--max-frames", "2"))), 2)
        self.assertEqual([line["detections"] for line in lines(watch(stream, "--only", "boat"))], [[], [], []])
        self.assertEqual([line["detections"] for line in lines(watch(stream, "--score", "1"))], [[], [], []])

    def test_threads_change_nothing(self):
        stream = y4m([picture(name) for name in NAMES])
        alone, many = (lines(watch("-", "--threads", n, given=stream)) for n in ("1", "3"))
        self.assertEqual([seen(line) for line in alone], [seen(line) for line in many])

    def test_turned_and_mirrored(self):
        upright = picture(CAT)
        expected = detected(self.save(upright))
        turns = {0: None, 90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
        for degrees, turn in turns.items():
            for is_mirrored in (False, True):
                with self.subTest(degrees=degrees, is_mirrored=is_mirrored):
                    image = upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if is_mirrored else upright
                    image = image if turn is None else image.transpose(turn)
                    stream = raw(image, "rgb24")
                    marked = self.path("marked.mjpeg")
                    answer = watch("--raw", "rgb24", "--size", "%dx%d" % image.size, "--rotate", str(degrees), *(["--mirror"] if is_mirrored else []),
                                   "--out", marked, "-", given=stream)
                    self.assertEqual(answer.status, 0, answer.err)
                    self.assertEqual(seen(lines(answer)[0]), expected)
                    with Image.open(marked) as drawn:
                        self.assertEqual(drawn.size, upright.size)
                        difference = np.abs(np.asarray(drawn, dtype=np.int32) - np.asarray(upright)).max(axis=2)
                        self.assertLess(np.mean(difference > 40), 0.2)  # upright, but for what is drawn

    def test_jpegs_without_huffman_tables(self):
        if not HAS_TURBO:
            self.skipTest("stb_image knows no default tables")
        whole = jpeg(picture(CAT))
        out, at = whole[:2], 2
        while whole[at + 1] != 0xDA:  # up to the scan
            end = at + 2 + int.from_bytes(whole[at + 2:at + 4], "big")
            out += b"" if whole[at + 1] == 0xC4 else whole[at:end]
            at = end
        out += whole[at:]
        self.assertLess(len(out), len(whole))
        self.assertEqual([seen(line) for line in lines(watch("-", given=out))], [detected(self.write("whole.jpg", whole))])

    def test_multipart(self):
        stream = b"".join(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + read(name) + b"\r\n" for name in NAMES)
        answer = watch("-", given=stream)
        self.assert_fine(answer)
        self.assertEqual([seen(line) for line in lines(answer)], [detected(name) for name in NAMES])


class Outputs(Base):
    def setUp(self):
        super().setUp()
        self.stream = y4m([picture(name) for name in NAMES], rate="30000:1001")

    def test_y4m(self):
        out = self.path("marked.y4m")
        answer = watch("-", "--out", out, given=self.stream)
        self.assert_complaint(answer, 0, f"wrote 3 frames to {out}")
        header, _, rest = read(out).partition(b"\n")
        self.assertTrue(header.startswith(b"YUV4MPEG2 W451 H300 F30000:1001 "), header)
        self.assertEqual(len(rest), 3 * (6 + 451 * 300 + 2 * 226 * 150))
        # What was drawn hides little: skiff sees the same things again.
        for first, again in zip(lines(answer), lines(watch(out))):
            self.assertEqual([d["label"] for d in first["detections"]], [d["label"] for d in again["detections"]])
        self.assertEqual(self.parts_left(), [])

    def test_mjpeg(self):
        for name, options in (("a.mjpeg", []), ("b.mjpg", []), ("c", ["--out-format", "mjpeg"])):
            out = self.path(name)
            self.assert_complaint(watch("-", "--out", out, *options, given=self.stream), 0, "wrote 3 frames")
            self.assertEqual(len(lines(watch(out))), 3)
            with Image.open(out) as first:
                first.load()
                self.assertEqual(first.size, SIZE)
                plain = np.asarray(picture(CAT), dtype=np.int32)
                changed = np.abs(np.asarray(first.convert("RGB"), dtype=np.int32) - plain).max(axis=2) > 60
                self.assertTrue(0.002 < np.mean(changed) < 0.2, "a box and a label, and the rest as it was")

    def test_where_lines_go(self):
        path = self.path("lines.ndjson")
        answer = watch("-", "--json", path, given=self.stream)
        self.assert_fine(answer)
        self.assertEqual(answer.out, "")
        self.assertEqual([line["frame"] for line in map(json.loads, read(path).splitlines())], [0, 1, 2])
        self.assertEqual(watch("-", "--json", "none", given=self.stream).out, "")

    def test_video_on_standard_output(self):
        process = subprocess.run([check_cli.SKIFF, "watch", "-", "--json", self.path("lines"), "--out", "-", "--out-format", "y4m"],
                                 input=self.stream, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        self.assertEqual(len(lines(watch("-", given=process.stdout))), 3)
        self.assertEqual(len(read(self.path("lines")).splitlines()), 3)

    def test_frames_of_two_sizes(self):
        stream = read(NAMES[0]) + read(NAMES[1])
        self.assertEqual(watch("-", "--out", self.path("a.mjpeg"), given=stream).status, 0)
        answer = watch("-", "--out", self.path("a.y4m"), given=stream)
        self.assert_complaint(answer, 1, "a.y4m", "frames of one size, 451x300, found 512x600")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.mjpeg"])

    def test_places_that_cannot_be_written(self):
        self.assert_complaint(watch("-", "--out", self.path("no/a.y4m"), given=self.stream), 1, "no/a.y4m", "No such file")
        self.assert_complaint(watch("-", "--json", self.folder, given=self.stream), 1, self.folder, "is a directory")
        answer = watch("-", "--json", "/dev/full", given=self.stream)
        self.assert_complaint(answer, 1, "/dev/full", "No space left")


class Newest(Base):
    def test_what_is_dropped_is_counted(self):
        frames = 60
        for stream in (y4m([picture(NAMES[i % 3], (160, 120)) for i in range(frames)]),
                       b"".join(jpeg(picture(NAMES[i % 3], (160, 120))) for i in range(frames))):
            answer = watch("-", "--live", given=stream)
            self.assertEqual(answer.status, 0, answer.err)
            self.assertRegex(answer.err, r"\Askiff: [^\n]*\n\Z")
            came, done, dropped = map(int, re.match(r"skiff: (\d+) frames came, (\d+) done, (\d+) dropped\n", answer.err).groups())
            found = lines(answer)
            self.assertEqual((came, len(found), came - done), (frames, done, dropped))
            self.assertGreater(dropped, 0)
            numbers = [line["frame"] for line in found]
            self.assertEqual(numbers, sorted(set(numbers)))
            self.assertEqual(numbers[-1], frames - 1)  # the last there was
            everything = {line["frame"]: line for line in lines(watch("-", given=stream))}
            self.assertEqual(len(everything), frames)
            without_times = lambda line: {key: value for key, value in line.items() if key != "time_ms"}
            for line in found:
                self.assertEqual(without_times(line), without_times(everything[line["frame"]]))

    def test_an_end_after_some_results(self):
        answer = watch("-", "--live", "--max-frames", "1", given=y4m([picture(CAT)] * 20))
        self.assertEqual(answer.status, 0)
        self.assertEqual(len(lines(answer)), 1)

    def test_a_slow_stream_drops_nothing(self):
        process = subprocess.Popen([check_cli.SKIFF, "watch", "-", "--live"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        found = []
        process.stdin.write(y4m([picture(CAT)]))
        for i in range(5):
            process.stdin.flush()
            found.append(json.loads(process.stdout.readline()))
            process.stdin.write(b"FRAME\n" + raw(picture(CAT), "420"))
        out, err = process.communicate(timeout=60)
        found += [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line["frame"] for line in found], [0, 1, 2, 3, 4, 5])
        self.assertEqual((process.returncode, err), (0, b"skiff: 6 frames came, 6 done, 0 dropped\n"))

    def test_failures_reach_the_user(self):
        answer = watch("-", "--live", "--json", "/dev/full", given=y4m([picture(CAT)] * 3))
        self.assertEqual(answer.status, 1)
        self.assertIn("/dev/full: cannot write: No space left on device", answer.err)


class Ends(Base):
    def start(self, *args, **options):
        process = subprocess.Popen([check_cli.SKIFF, "watch", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.addCleanup(self.forget, process)
        return process

    @staticmethod
    def forget(process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass

    @staticmethod
    def end(process, count):
        """How many lines it wrote, `count` of them read before, and its complaints, once it has ended by itself; standard input stays
        open."""
        process.wait(timeout=60)
        return count + len(process.stdout.read().splitlines()), process.stderr.read().decode()

    def test_signals_while_it_waits(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for mode in ([], ["--live"]):
                with self.subTest(number=number, mode=mode):
                    out = self.path(f"{number}.mjpeg")
                    process = self.start("-", "--out", out, *mode)
                    process.stdin.write(y4m([picture(CAT)]) + b"FRAME\n" + bytes(1000))  # and a frame that never comes whole
                    process.stdin.flush()
                    process.stdout.readline()
                    process.send_signal(number)
                    count, err = self.end(process, 1)
                    self.assertEqual((process.returncode, count), (0, 1), err)
                    self.assertIn(f"wrote 1 frame to {out}", err)
                    self.assertNotIn("truncated", err)
                    self.assertEqual(len(lines(watch(out))), 1)
                    self.assertEqual(self.parts_left(), [])

    def test_a_signal_before_there_is_anything(self):
        process = self.start("-", "--out", self.path("a.y4m"))
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        count, err = self.end(process, 0)
        self.assertEqual((process.returncode, count), (0, 0), err)
        self.assertEqual(self.parts_left(), [])

    def test_a_signal_while_it_works(self):
        stream = self.write("film.y4m", y4m([picture(CAT)]) + (b"FRAME\n" + raw(picture(CAT), "420")) * 400)
        out = self.path("marked.y4m")
        process = self.start(stream, "--out", out)
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        count, err = self.end(process, 1)
        self.assertEqual(process.returncode, 0, err)
        self.assertLess(count, 401)
        self.assertIn(f"wrote {count} frame", err)
        self.assertEqual(len(lines(watch(out))), count)

    def test_a_reader_that_goes(self):
        stream = self.write("film.y4m", y4m([picture(CAT)]) + (b"FRAME\n" + raw(picture(CAT), "420")) * 400)
        for mode in ([], ["--live"]):
            with self.subTest(mode=mode):
                out = self.path("marked.mjpeg")
                process = self.start("-", "--out", out, *mode)
                feeder = threading.Thread(target=self.feed, args=(process, stream))
                feeder.start()
                process.stdout.readline()
                process.stdout.close()
                self.assertEqual(process.wait(timeout=60), 0)
                feeder.join()
                err = process.stderr.read().decode()
                self.assertNotIn("roken pipe", err)
                self.assertLessEqual(len(err.splitlines()), 2, err)
                self.assertGreaterEqual(len(lines(watch(out))), 1)
                self.assertEqual(self.parts_left(), [])

    @staticmethod
    def feed(process, path):
        """Until nobody reads; slowly, so that there is something to do when the other end goes."""
        try:
            with open(path, "rb") as file:
                while piece := file.read(200000):
                    process.stdin.write(piece)
                    time.sleep(0.01)
            process.stdin.close()
        except BrokenPipeError:
            pass

    def test_a_video_reader_that_goes(self):
        stream = self.write("film.y4m", y4m([picture(CAT)]) + (b"FRAME\n" + raw(picture(CAT), "420")) * 100)
        process = self.start(stream, "--json", self.path("lines"), "--out", "-", "--out-format", "y4m")
        process.stdout.read(300000)  # more than a frame
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(process.stderr.read(), b"")
        self.assertGreater(len(read(self.path("lines")).splitlines()), 0)

    def test_status_on_a_terminal(self):
        stream = self.write("film.y4m", y4m([picture(CAT)] * 8))
        master, slave = pty.openpty()
        process = subprocess.Popen([check_cli.SKIFF, "watch", stream], stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        text = b""
        while select.select([master], [], [], 60)[0]:
            try:
                piece = os.read(master, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            text += piece
        os.close(master)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertRegex(text, rb"\rframe 0  0\.0 fps  latency [0-9.]+ ms  0 dropped  cat\x1b\[K")
        self.assertTrue(text.endswith(b"\r\x1b[K"), text)  # wiped


class WrongStreams(Base):
    def test_what_is_cut_off(self):
        good = y4m([picture(name) for name in NAMES])
        whole = len(raw(picture(CAT), "420"))
        out = self.path("marked.y4m")
        answer = watch("-", "--out", out, given=good[:-1000])
        self.assertEqual(answer.status, 1)
        self.assertEqual(answer.err, f"skiff: wrote 2 frames to {out}\n"
                                     f"skiff: standard input: frame 2: truncated: expected {whole} bytes, found {whole - 1000}\n")
        self.assertEqual(len(lines(answer)), 2)
        self.assertEqual(len(lines(watch(out))), 2)
        photo = read(CAT)
        answer = watch("-", given=photo + photo[:-5000])
        self.assert_complaint(answer, 1, "standard input: frame 1: JPEG: truncated")
        self.assertEqual(len(lines(answer)), 1)
        answer = watch("--raw", "nv12", "--size", "451x300", "-", given=raw(picture(CAT), "nv12") + b"123")
        self.assert_complaint(answer, 1, "standard input: frame 1: truncated", "found 3")
        self.assertEqual(len(lines(answer)), 1)

    def test_damaged_pictures_among_good_ones(self):
        photo, small = read(CAT), jpeg(picture(CAT, (64, 48)))
        bad = small.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c", 1)  # 12 bits a sample
        self.assertNotEqual(bad, small)
        answer = watch("-", given=photo + bad + photo + bad * 5 + photo)
        self.assertEqual(answer.status, 1)
        self.assertEqual([line["frame"] for line in lines(answer)], [0, 2, 8])
        complaints = answer.err.splitlines()
        self.assertEqual(len(complaints), 4, "a few of them, and a sum")
        self.assertTrue(complaints[0].startswith("skiff: standard input: frame 1: JPEG: "), complaints[0])
        self.assertEqual(complaints[3], "skiff: 6 frames could not be decoded")

    def test_hostile_sizes(self):
        bomb = bytearray(jpeg(picture(CAT, (64, 48))))
        at = bomb.index(b"\xff\xc0") + 5
        bomb[at:at + 4] = b"\xea\x60\xea\x60"  # 60000x60000
        for given, *parts in (
            (b"YUV4MPEG2 W100000 H100000\nFRAME\n", "limit of 50000000 pixels"),
            (b"YUV4MPEG2 W4294967297 H2\n", "width '4294967297'"),
            (b"YUV4MPEG2 W0 H2\n", "0x2"),
            (b"YUV4MPEG2 " + b"X" * 100000, "no end of the header"),
            (b"YUV4MPEG2 W7000 H7000\nFRAME\n123", "frame 0: truncated"),
            (b"YUV4MPEG2 W16 H16 C420p10\n", "420p10"),
            (b"", "empty"),
            (b"no video at all", "not a video", "--raw", "ffmpeg"),
            (b"\0\0\0\x20ftypisom" + bytes(100), "an MP4 video", "ffmpeg"),
        ):
            with self.subTest(given=given[:40]):
                self.assert_complaint(watch("-", given=given), 1, "standard input: ", *parts)
        answer = watch("-", given=bytes(bomb))
        self.assertEqual(answer.status, 1)
        self.assertRegex(answer.err, r"frame 0: JPEG: 60000x60000 pixels, larger than the limit")

    def test_sources_that_are_none(self):
        self.assert_complaint(watch(self.path("missing.y4m")), 1, "missing.y4m: cannot open: No such file")
        self.assert_complaint(watch(self.folder), 1, "is a directory")
        self.assert_complaint(watch("/dev/null"), 1, "/dev/null: not a camera (V4L2)")
        self.assert_complaint(watch("/dev/null", "--raw", "nv12", "--size", "0x9"), 2, "--size 0x9")
        self.assert_fine(watch("/dev/null", "--raw", "nv12", "--size", "16x9"))

    def test_wrong_command_lines(self):
        film = self.write("film.y4m", y4m([picture(CAT)]))
        for args, *parts in (
            ([], "SOURCE"),
            ([film, "--out", "-"], "--out -", "standard output", "--json"),
            ([film, "--out", "-", "--json", "none"], "--out-format"),
            ([film, "--out", "marked.avi"], "marked.avi", "--out-format"),
            ([film, "--out-format", "y4m"], "--out-format", "--out"),
            ([film, "--out", "a.y4m", "--json", "a.y4m"], "the same file"),
            ([film, "--out", film], film, "overwrite the source"),
            ([film, "--json", film], film, "overwrite the source"),
            ([film, "--raw", "nv12"], "--raw needs --size"),
            ([film, "--raw", "h264", "--size", "2x2"], "--raw"),
            ([film, "--size", "640x480"], "--size goes with --raw"),
            ([film, "--raw", "nv12", "--size", "640"], "--size 640"),
            ([film, "--fps", "fast"], "--fps fast"),
            ([film, "--full-range"], "--full-range"),
            ([film, "--live", "--all-frames"], "--all-frames", "--live"),
            ([film, "--rotate", "45"], "--rotate"),
            ([film, "--threads", "0"], "--threads"),
            ([film, "--score", "2"], "--score"),
            ([film, "--only", "dragon"], "dragon"),
            ([film, "--max-frames", "-1"], "--max-frames"),
        ):
            with self.subTest(args=args):
                self.assert_refused(["watch", *args], *parts)

    def test_weights(self):
        self.assert_complaint(skiff("watch", "--weights", self.write("w", "text"), CAT), 1, self.path("w"))


def main():
    global HAS_TURBO
    check_cli.SKIFF = os.path.abspath(sys.argv[1])
    check_cli.WEIGHTS = os.path.join(check_cli.ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
    HAS_TURBO = sys.argv[2] == "1"
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
