#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The skiff command as its users meet it: formats, inputs, outputs, messages, exit statuses. check_cli.py SKIFF [TEST...]"""
import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from PIL import Image

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PHOTOS = os.path.join(ROOT, "tests", "photos")
CAT = os.path.join(PHOTOS, "cat.jpg")            # one good detection, hardly anything above 0.01
PERSON = os.path.join(PHOTOS, "portrait.jpg")    # one good detection, many weak ones
SKIFF = ""
WEIGHTS = ""
LABELS = ("aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa train "
          "tvmonitor").split()


class Answer:
    def __init__(self, process):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr


def skiff(*args, given=None, env=None, cwd=None):
    """Runs skiff; what it says is text, but for bytes that are no UTF-8."""
    process = subprocess.run([SKIFF, *args], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd, timeout=300)
    process.stdout = process.stdout.decode("utf-8", "surrogateescape")
    process.stderr = process.stderr.decode("utf-8", "surrogateescape")
    return Answer(process)


def detect(*args, **options):
    return skiff("detect", "--weights", WEIGHTS, *args, **options)


def detections(path, *args):
    return json.loads(detect("--format", "json", path, *args).out)["detections"]


def without_times(line):
    picture = json.loads(line)
    del picture["time_ms"]
    return picture


class Case(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="skiff-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def copy(self, name, source=CAT):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        return shutil.copy(source, self.path(name))

    def assert_fine(self, answer):
        self.assertEqual((answer.status, answer.err), (0, ""))

    def assert_complaint(self, answer, status, *parts):
        """One line on standard error that has all the parts."""
        self.assertEqual(answer.status, status, answer.err)
        self.assertRegex(answer.err, r"\Askiff: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, answer.err)

    def has_xnnpack(self, answer):
        """Whether a command with --backend xnnpack could run; where it is not built in, that must be said."""
        if answer.status != 2:
            return True
        self.assert_complaint(answer, 2, "--backend xnnpack", "libxnnpack-dev", "-Dxnnpack=enabled")
        return False

    def assert_refused(self, args, *parts):
        answer = skiff(*args)
        self.assert_complaint(answer, 2, *parts)
        self.assertEqual(answer.out, "")


class Formats(Case):
    def test_text(self):
        answer = detect(CAT)
        self.assert_fine(answer)
        self.assertRegex(answer.out, rf"\A{re.escape(CAT)}: 451x300, 1 detection, [0-9.]+ ms\n  cat  0\.\d{{3}}  \(\d+, \d+\) to \(\d+, \d+\)\n\Z")

    def test_json(self):
        answer = detect("--format", "json", PHOTOS)
        self.assert_fine(answer)
        pictures = [json.loads(line) for line in answer.out.splitlines()]
        self.assertEqual([os.path.basename(p["file"]) for p in pictures], ["astronaut.jpg", "cat.jpg", "portrait.jpg"])
        for picture in pictures:
            self.assertEqual(list(picture), ["file", "width", "height", "time_ms", "detections"])
            self.assertEqual(list(picture["time_ms"]), ["decode", "preprocess", "network", "postprocess", "total"])
            self.assertTrue(all(t >= 0 for t in picture["time_ms"].values()))
            with Image.open(picture["file"]) as image:
                self.assertEqual((picture["width"], picture["height"]), image.size)
            for found in picture["detections"]:
                self.assertEqual(list(found), ["class_id", "label", "score", "box"])
                self.assertEqual(LABELS[found["class_id"] - 1], found["label"])
                x0, y0, x1, y1 = found["box"]
                self.assertTrue(0 <= x0 <= x1 <= picture["width"] and 0 <= y0 <= y1 <= picture["height"])
                self.assertTrue(0.5 < found["score"] <= 1)

    def test_rows(self):
        lines = detect("--format", "rows", PERSON).out.splitlines()
        rows = [[float(field) for field in line.split(" ")] for line in lines]
        self.assertTrue(len(rows) > 20 and all(len(row) == 6 for row in rows))
        self.assertTrue(all(0.01 < row[1] <= 1 for row in rows), "the model's own threshold")
        self.assertEqual(rows, sorted(rows, key=lambda row: (row[0], -row[1])))
        for line in lines:
            label, *numbers = line.split(" ")
            self.assertEqual(label, str(int(label)))
            self.assertEqual(numbers, ["%.9g" % float(number) for number in numbers])
        many = detect("--format", "rows", PERSON, PERSON).out.splitlines()
        self.assertEqual(many, 2 * ([f"# {PERSON}"] + lines))

    def test_formats_agree(self):
        options = ("--score", "0.02")
        rows = [line.split(" ") for line in detect("--format", "rows", PERSON, *options).out.splitlines()]
        found = detections(PERSON, *options)
        table = list(csv.DictReader(io.StringIO(detect("--format", "csv", PERSON, *options).out)))
        coco = json.loads(detect("--format", "coco", PERSON, *options).out)
        voc = [line.split(" ") for line in detect("--format", "voc", PERSON, *options).out.splitlines()]
        self.assertTrue(len(found) > 20)
        self.assertEqual([len(rows), len(table), len(coco), len(voc)], 4 * [len(found)])
        for row, d, cells, c, v in zip(rows, found, table, coco, voc):
            self.assertEqual(int(row[0]), d["class_id"])
            self.assertAlmostEqual(float(row[1]), d["score"], delta=1e-7)
            for corner, scale, pixel in zip(row[2:], (512, 600, 512, 600), d["box"]):
                self.assertAlmostEqual(min(max(float(corner), 0), 1) * scale, pixel, delta=1e-3)
            self.assertEqual(list(cells), ["file", "class_id", "label", "score", "xmin", "ymin", "xmax", "ymax"])
            self.assertEqual((cells["file"], int(cells["class_id"]), cells["label"]), (PERSON, d["class_id"], d["label"]))
            self.assertEqual([float(cells[k]) for k in ("score", "xmin", "ymin", "xmax", "ymax")], [d["score"], *d["box"]])
            self.assertEqual((c["image_id"], c["category_id"], c["score"]), ("portrait", d["class_id"], d["score"]))
            x, y, w, h = c["bbox"]
            for have, want in zip((x, y, x + w, y + h), d["box"]):
                self.assertAlmostEqual(have, want, delta=1e-3)
            self.assertEqual((v[0], v[1], [float(x) for x in v[2:]]), (d["label"], "portrait", [d["score"], *d["box"]]))

    def test_coco_of_several(self):
        self.copy("000000000007.jpg")
        self.copy("8.jpg")
        found = json.loads(detect("--format", "coco", self.folder).out)
        self.assertEqual([d["image_id"] for d in found], [7, 8])
        self.assertEqual(json.loads(detect("--format", "coco", "--only", "boat", self.folder).out), [])

    def test_voc_directory(self):
        target = self.path("results/comp3")
        answer = detect("--format", "voc", "--voc-dir", target, PHOTOS)
        self.assert_fine(answer)
        self.assertEqual(answer.out, "")
        self.assertEqual(sorted(os.listdir(target)), [f"comp3_det_test_{label}.txt" for label in LABELS])
        with open(os.path.join(target, "comp3_det_test_person.txt"), encoding="utf-8") as file:
            self.assertEqual([line.split()[0] for line in file], ["astronaut", "portrait"])

    def test_names_that_need_quoting(self):
        name = self.copy('a, "b"\n\x1b[31m.jpg')
        self.assertEqual(next(csv.DictReader(io.StringIO(detect("--format", "csv", name).out)))["file"], name)
        self.assertEqual(json.loads(detect("--format", "json", name).out)["file"], name)
        self.assertNotIn("\x1b", detect(name).out)
        raw = os.path.join(self.folder.encode(), b"\xff.jpg")
        shutil.copy(CAT, raw)
        self.assertIn("\ufffd.jpg", json.loads(detect("--format", "json", raw).out)["file"])

    def test_locale_changes_no_number(self):
        expected = detect("--format", "rows", PERSON).out
        env = dict(os.environ, LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8")
        if shutil.which("localedef"):  # makes the locale where the system has its sources; else only the variables are tried
            subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", self.path("de_DE.UTF-8")], check=False, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            env["LOCPATH"] = self.folder
        self.assertEqual(detect("--format", "rows", "--score", "0.01", PERSON, env=env).out, expected)


class Inputs(Case):
    def files(self, *args, **options):
        answer = detect("--format", "json", *args, **options)
        self.assert_fine(answer)
        return [json.loads(line)["file"] for line in answer.out.splitlines()]

    def test_directory(self):
        b, a = self.copy("b.JPG"), self.copy("a.jpg")
        self.copy("sub/c.jpg")
        self.write("notes.txt", "no picture")
        self.assertEqual(self.files(self.folder), [a, b])

    def test_list(self):
        a = self.copy("a b.jpg")
        self.copy("sub/c.jpg")
        listing = self.write("list.txt", f"{a}\r\n\n{self.path('sub')}\n")
        self.assertEqual(self.files("@" + listing, CAT), [a, self.path("sub/c.jpg"), CAT])

    def test_standard_input(self):
        with open(CAT, "rb") as file:
            given = file.read()
        self.assertEqual(self.files("-", given=given), ["-"])
        self.assertEqual(detect("--format", "rows", "-", given=given).out, detect("--format", "rows", CAT).out)
        answer = detect("-", "--format", "json", given=b"")
        self.assert_complaint(answer, 1, "standard input: empty")
        self.assert_complaint(detect("-", given=b"text"), 1, "standard input: ")
        self.assertTrue(detect("-", given=given).out.startswith("standard input: 451x300, "))

    def test_kinds_of_pictures(self):
        with Image.open(CAT) as image:
            image.load()
        expected = detections(self.saved(image, "plain.png"))
        for name in ("copy.bmp", "copy.ppm"):
            self.assertEqual(detections(self.saved(image, name)), expected, name)
        for name in ("photo.jpg", "grey.png", "palette.gif"):
            changed = image.convert("L") if name == "grey.png" else image.quantize() if name == "palette.gif" else image
            self.assertEqual([d["label"] for d in detections(self.saved(changed, name))], ["cat"], name)

    def saved(self, image, name, **options):
        image.save(self.path(name), **options)
        return self.path(name)

    def test_exif(self):
        with Image.open(CAT) as image:
            image.load()
        upright = detections(self.saved(image, "upright.jpg", quality=95))
        exif = Image.Exif()
        exif[0x0112] = 6  # stored turned: to be turned by 90 degrees clockwise
        turned = self.saved(image.transpose(Image.Transpose.ROTATE_90), "turned.jpg", exif=exif, quality=95)
        picture = json.loads(detect("--format", "json", turned).out)
        self.assertEqual((picture["width"], picture["height"]), (451, 300))
        self.assertEqual([d["label"] for d in picture["detections"]], ["cat"])
        for have, want in zip(picture["detections"][0]["box"], upright[0]["box"]):
            self.assertAlmostEqual(have, want, delta=5)
        stored = json.loads(detect("--format", "json", "--no-exif", turned).out)
        self.assertEqual((stored["width"], stored["height"]), (300, 451))

    def test_larger_than_usual(self):
        picture = self.saved(Image.new("RGB", (5000, 60), "navy"), "wide.png")
        self.assertIn(": 5000x60, ", detect(picture, CAT, picture).out)

    def test_one_bad_picture_among_many(self):
        names = [self.copy("a.jpg"), self.write("b.jpg", "text"), self.write("c.jpg", ""), self.path("missing.jpg"), self.copy("d.jpg")]
        for jobs in ("1", "3"):
            answer = detect("--format", "json", "--jobs", jobs, *names)
            self.assertEqual(answer.status, 1)
            self.assertEqual([json.loads(line)["file"] for line in answer.out.splitlines()], [names[0], names[4]])
            complaints = answer.err.splitlines()
            self.assertEqual(len(complaints), 3, answer.err)
            for name, complaint in zip(names[1:4], complaints):
                self.assertTrue(complaint.startswith(f"skiff: {name}: "), complaint)

    def test_truncated_picture(self):
        with open(CAT, "rb") as file:
            half = self.write("half.jpg", file.read()[:200])
        self.assert_complaint(detect(half), 1, half)


class Options(Case):
    def test_default_model(self):
        for where in ("/", self.folder):  # found from everywhere
            answer = skiff("detect", "--format", "rows", CAT, cwd=where)
            self.assert_fine(answer)
            self.assertEqual(answer.out, detect("--format", "rows", CAT).out)
        self.assertIn(os.path.basename(WEIGHTS), skiff("selftest").out)

    def test_score(self):
        loose = detections(PERSON, "--score", "0.02")
        self.assertTrue(len(loose) > 20 > len(detections(PERSON)))
        middle = sorted(d["score"] for d in loose)[len(loose) // 2]
        kept = detections(PERSON, "--score", repr(middle))
        self.assertEqual(kept, [d for d in loose if d["score"] > middle], "strictly above")
        self.assertEqual(detections(PERSON, "--score", "1"), [])
        self.assertEqual(len(detect("--format", "rows", "--score", "0.5", PERSON).out.splitlines()), 1)
        of_model = detect("--format", "rows", PERSON).out
        self.assertEqual(of_model, detect("--format", "rows", "--score", "0.01", PERSON).out)

    def test_only(self):
        both = detect("--format", "json", "--only", "person,cat", PERSON, CAT).out.splitlines()
        self.assertEqual([[d["label"] for d in json.loads(line)["detections"]] for line in both], [["person"], ["cat"]])
        self.assertEqual(detections(CAT, "--only", "person", "--only", "dog"), [])
        weak = ("--score", "0.01")
        found = {d["label"] for d in detections(PERSON, *weak)}
        self.assertTrue(len(found) > 2)
        only = [d for d in detections(PERSON, *weak) if d["label"] == "person"]
        self.assertEqual(detections(PERSON, "--only", "person", *weak), only)

    def test_topk(self):
        every = detections(PERSON, "--score", "0.01")
        best = detections(PERSON, "--score", "0.01", "--topk", "3")
        self.assertEqual(len(best), 3)
        self.assertEqual(sorted((d["score"] for d in every), reverse=True)[:3], sorted((d["score"] for d in best), reverse=True))
        self.assertEqual(len(detections(PERSON, "--score", "0.001")), 200)
        self.assertTrue(len(detections(PERSON, "--score", "0.001", "--topk", "-1")) > 200)

    def test_nms(self):
        counts = [len(detections(PERSON, "--score", "0.05", "--nms", nms)) for nms in ("0", "0.45", "1")]
        self.assertTrue(counts[0] <= counts[1] < counts[2], counts)

    def test_backends_agree(self):
        rows = detect("--format", "rows", "--score", "0.1", PERSON).out.split()
        self.assertTrue(rows)
        for threads in ("1", "2"):
            answer = detect("--format", "rows", "--score", "0.1", "--backend", "xnnpack", "--threads", threads, PERSON)
            if self.has_xnnpack(answer):
                self.assert_fine(answer)
                found = answer.out.split()
                self.assertEqual(len(found), len(rows))
                for a, b in zip(found, rows):
                    self.assertAlmostEqual(float(a), float(b), delta=1e-4)

    def test_jobs_and_threads_change_nothing(self):
        expected = detect("--format", "rows", PHOTOS, CAT).out
        for options in (("--jobs", "3"), ("--jobs", "0"), ("--threads", "3"), ("--jobs", "2", "--threads", "2")):
            self.assertEqual(detect("--format", "rows", PHOTOS, CAT, *options).out, expected, options)

    def test_decoders(self):
        for decoder in ("auto", "stb"):
            self.assertEqual([d["label"] for d in detections(CAT, "--decoder", decoder)], ["cat"])


class Outputs(Case):
    def assert_marked(self, path, original=CAT):
        with Image.open(path) as marked, Image.open(original) as plain:
            self.assertEqual(marked.size, plain.size)
            pairs = zip(marked.convert("RGB").getdata(), plain.convert("RGB").getdata())
            changed = sum(max(abs(a - b) for a, b in zip(p, q)) > 60 for p, q in pairs)
        self.assertTrue(500 < changed < marked.size[0] * marked.size[1] / 3, f"{path}: {changed} pixels changed")

    def test_one_picture(self):
        for name in ("out.jpg", "out.png", "out.bmp", "out.ppm"):
            answer = detect(CAT, "-o", self.path(name))
            self.assertEqual((answer.status, answer.err), (0, f"skiff: wrote {self.path(name)}\n"))
            self.assert_marked(self.path(name))
        self.assertEqual(sorted(os.listdir(self.folder)), ["out.bmp", "out.jpg", "out.png", "out.ppm"])

    def test_one_picture_into_a_directory(self):
        detect(CAT, "-o", self.folder)
        self.assert_marked(self.path("cat.jpg"))
        answer = detect(CAT, self.path("missing.jpg"), "-o", self.path("more"))
        self.assertEqual(answer.status, 1)
        self.assertEqual(answer.err.splitlines()[1:], [f"skiff: wrote 1 picture to {self.path('more')}"])

    def test_several_pictures(self):
        twin = self.copy("twin/cat.jpg")
        answer = detect(PHOTOS, twin, "--output", self.path("new/out"))
        self.assertEqual((answer.status, answer.err), (0, f"skiff: wrote 4 pictures to {self.path('new/out')}\n"))
        self.assertEqual(sorted(os.listdir(self.path("new/out"))), ["astronaut.jpg", "cat-2.jpg", "cat.jpg", "portrait.jpg"])
        self.assert_marked(self.path("new/out/cat-2.jpg"))

    def test_inputs_are_safe(self):
        cat = self.copy("cat.jpg")
        os.link(cat, self.path("twin.jpg"))
        for out in (cat, self.path("twin.jpg"), self.folder):
            self.assert_complaint(detect(cat, "-o", out), 2, "would overwrite an input")
        with open(cat, "rb") as file, open(CAT, "rb") as original:
            self.assertEqual(file.read(), original.read())

    def test_where_nothing_can_be_written(self):
        self.assert_complaint(detect(CAT, "-o", self.path("no/such/dir/out.png")), 1, self.path("no/such/dir/out.png"))
        self.assert_complaint(detect(CAT, "-o", self.path("out.xyz")), 1, "out.xyz")
        taken = self.write("taken", "")
        self.assert_complaint(detect(PHOTOS, "-o", taken), 1, taken)
        self.assert_complaint(detect(CAT, "--format", "voc", "--voc-dir", taken + "/x"), 1, taken)
        self.assertEqual(os.listdir(self.folder), ["taken"])

    def test_nothing_partial_is_left(self):
        self.write("out.png", "precious")
        os.mkdir(self.path("full"))
        self.assert_complaint(detect(self.write("bad.jpg", "text"), "-o", self.path("out.png")), 1, "bad.jpg")
        with open(self.path("out.png"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.jpg", "full", "out.png"])

    def test_full_disk(self):
        if os.path.exists("/dev/full"):
            with open("/dev/full", "wb") as full:
                run = subprocess.run([SKIFF, "detect", "--weights", WEIGHTS, CAT], stdout=full, stderr=subprocess.PIPE, timeout=300)
            self.assertEqual(run.returncode, 1)
            self.assertEqual(run.stderr.decode(), "skiff: cannot write to standard output: No space left on device\n")

    def test_reader_that_leaves(self):
        process = subprocess.Popen([SKIFF, "detect", "--weights", WEIGHTS, "--format", "rows", PHOTOS, PHOTOS], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        self.assertEqual(process.wait(timeout=300), 1)

    def on_terminal(self, *args):
        """Standard error of skiff as a terminal gets it."""
        master, slave = pty.openpty()
        process = subprocess.Popen([SKIFF, *args], stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed
                piece = b""
            if not piece:
                break
            seen += piece
        os.close(master)
        process.wait(timeout=300)
        return seen

    def test_progress_bar_on_a_terminal_only(self):
        command = ("detect", "--weights", WEIGHTS, "--format", "rows")
        seen = self.on_terminal(*command, PHOTOS)
        self.assertRegex(seen, rb"detecting \[#+ *\] \d/3 +\d+%")
        self.assertTrue(seen.endswith(b"\r\x1b[K"), "wiped at the end")
        self.assertEqual(self.on_terminal(*command, CAT), b"", "one picture needs no bar")
        self.assertEqual(detect("--format", "rows", PHOTOS).err, "")


class WrongCommandLines(Case):
    def test_no_arguments_show_the_help(self):
        answer = skiff()
        self.assert_fine(answer)
        self.assertEqual(answer.out, skiff("--help").out)
        for command in ("detect", "watch", "convert", "inspect", "selftest", "eval", "embed"):
            self.assertIn(f"\n  {command} ", answer.out)
            told = skiff(command, "--help")
            self.assert_fine(told)
            self.assertIn(f"skiff {command}", told.out)
            self.assertTrue(max(map(len, told.out.splitlines())) <= 130)
        self.assertRegex(skiff("--version").out, r"\Askiff \d+\.\d+\.\d+\n\Z")

    def test_commands(self):
        self.assert_refused(["frobnicate"], "'frobnicate'", "skiff --help")
        self.assert_refused(["--frobnicate"], "'--frobnicate'")

    def test_detect(self):
        w = ("--weights", WEIGHTS)
        for args, *parts in (
            ((), "INPUT", "skiff detect --help"),
            ((CAT, "--bogus"), "--bogus"),
            ((CAT, "--score", "2"), "--score", "'2'"),
            ((CAT, "--score", "nan"), "--score", "'nan'"),
            ((CAT, "--score", "high"), "--score", "'high'"),
            ((CAT, "--score"), "--score"),
            ((CAT, "--nms", "-0.1"), "--nms"),
            ((CAT, "--topk", "-2"), "--topk", "-2"),
            ((CAT, "--topk", "many"), "--topk", "many"),
            ((CAT, "--jobs", "-1"), "--jobs", "-1"),
            ((CAT, "--jobs", "1.5"), "--jobs", "1.5"),
            ((CAT, "--threads", "0"), "--threads", "0"),
            ((CAT, "--backend", "cuda"), "--backend", "cuda"),
            ((CAT, "--format", "xml"), "--format", "xml", "rows"),
            ((CAT, "--decoder", "magic"), "--decoder", "magic"),
            ((CAT, "--voc-dir", "x"), "--voc-dir", "--format voc"),
            ((CAT, "--only", "martian", *w), "'martian'", "aeroplane", "tvmonitor"),
            ((CAT, "--only", "background", *w), "'background'"),
            ((CAT, "--only", "", *w), "--only"),
            (("-", CAT, "-", *w), "'-' is given twice"),
        ):
            with self.subTest(args=args):
                self.assert_refused(["detect", *args], *parts)

    def test_other_commands(self):
        for args, *parts in (
            (("eval",), "--voc", "--coco"),
            (("eval", "--coco", "a.json"), "--coco", "--images"),
            (("eval", "--images", "a"), "--images", "--coco"),
            (("eval", "--voc", "a", "--coco", "b", "--images", "c"), "--voc", "--coco"),
            (("eval", "--set", "val"), "--set", "--voc"),
            (("inspect", "--json", "--dot"), "--json", "--dot"),
            (("inspect", "a", "b"), "b"),
            (("selftest", "a", "--weights", "b"), "--weights"),
            (("convert",), "--output"),
            (("convert", "-o", "b"), "SRC", "--random"),
            (("convert", "a", "--random", "-o", "b"), "SRC", "--random"),
            (("convert", "a", "-o", "b", "--width", "1"), "--width", "--random"),
            (("convert", "a"), "--output"),
            (("convert", "a", "-o", "b", "--mean", "1,2"), "--mean"),
            (("convert", "a", "-o", "b", "--recipe", "soup"), "--recipe", "soup"),
            (("convert", "a", "-o", "b", "--score", "7"), "--score"),
        ):
            with self.subTest(args=args):
                self.assert_refused(args, *parts)


class WrongFiles(Case):
    def test_weights(self):
        with open(WEIGHTS, "rb") as file:
            good = file.read()
        damaged = bytearray(good)
        damaged[len(good) // 2] ^= 1
        for name, content, *parts in (
            ("empty.skiff", b"", "empty"),
            ("text.skiff", b"not weights, but long enough for a header " * 9, "skiff convert"),
            ("short.skiff", good[:40], "short.skiff"),
            ("cut.skiff", good[:-64], "cut.skiff"),
            ("long.skiff", good + b"\0" * 64, "long.skiff"),
            ("damaged.skiff", bytes(damaged), "damaged", "byte"),
        ):
            path = self.write(name, content)
            for command in (["detect", "--weights", path, CAT], ["inspect", path], ["selftest", "--weights", path],
                            ["embed", path, "-o", self.path("w.S")], ["eval", path, "--voc", PHOTOS]):
                with self.subTest(name=name, command=command[0]):
                    self.assert_complaint(skiff(*command), 1, path, *parts)
        self.assert_complaint(skiff("inspect", self.folder), 1, self.folder, "a directory", "skiff convert")
        self.assert_complaint(skiff("inspect", self.path("nowhere")), 1, self.path("nowhere"), "No such file")
        self.assert_complaint(skiff("inspect", "/dev/null"), 1, "/dev/null")

    def test_inputs(self):
        empty = self.path("empty")
        os.mkdir(empty)
        self.assert_complaint(detect(empty), 1, empty, "no pictures")
        self.assert_complaint(detect("@" + self.path("nolist")), 1, self.path("nolist"))
        self.assert_complaint(detect("@" + self.write("list", "\n")), 1, self.path("list"), "names no pictures")
        self.assert_complaint(detect(self.path("a\nb\x1b.jpg")), 1, "a?b?.jpg")
        os.mkfifo(self.path("pipe.jpg"))
        self.assert_complaint(detect(self.path("pipe.jpg")), 1, self.path("pipe.jpg"), "not a regular file")


class RandomModels(Case):
    def convert(self, name, *args):
        path = os.path.join(self.folder, name)
        answer = skiff("convert", "--random", "--width", "0.0625", "-o", path, *args)
        self.assert_fine(answer)
        return path

    def test_a_seed_is_a_model(self):
        first, again, other = (self.convert(name, "--input", "64", "--seed", seed)
                               for name, seed in (("a.skiff", "7"), ("b.skiff", "7"), ("c.skiff", "8")))
        files = []
        for path in (first, again, other):
            with open(path, "rb") as file:
                files.append(file.read())
        self.assertEqual(files[0], files[1])
        self.assertNotEqual(files[0], files[2])
        self.assert_fine(skiff("selftest", first))

    def test_options_shape_it(self):
        facts = json.loads(skiff("inspect", "--json", self.convert("a.skiff", "--input", "96", "--classes", "4")).out)
        self.assertEqual(facts["input"]["width"], 96)
        self.assertEqual(len(facts["labels"]), 4)

    def test_sizes_out_of_range(self):
        for args in (("--input", "2"), ("--classes", "0"), ("--width", "-1"), ("--width", "9")):
            path = os.path.join(self.folder, "a.skiff")
            self.assert_complaint(skiff("convert", "--random", *args, "-o", path), 1, "range" if args[0] != "--width" else "width")
            self.assertFalse(os.path.exists(path))


class Inspect(Case):
    def test_text(self):
        answer = skiff("inspect", WEIGHTS)
        self.assert_fine(answer)
        for part in (WEIGHTS, "0.3078 GMACs", "1.55M parameters", "300x300", "B G R", "LANCZOS", "(byte - 127.5) * 0.007843", "7 car", "0.45", "conv0",
                     "head17", "1917", "extra14_3x3"):
            self.assertIn(part, answer.out)

    def test_json(self):
        answer = skiff("inspect", WEIGHTS, "--json")
        self.assert_fine(answer)
        facts = json.loads(answer.out)
        self.assertEqual(facts["labels"], ["background"] + LABELS)
        self.assertEqual(facts["recipe"]["name"], "paddle-voc")
        self.assertEqual(facts["nms"], {"score_threshold": 0.01, "nms_threshold": 0.45, "nms_eta": 1, "nms_top_k": 400, "keep_top_k": 200,
                                        "normalized": True})
        self.assertEqual([m["priors"] for m in facts["priors"]], [1083, 600, 150, 54, 24, 6])
        self.assertEqual(facts["priors"][1]["min_sizes"], [105])
        layers = facts["layers"]
        self.assertEqual(len(layers), 41)
        self.assertEqual((layers[0]["input"], layers[0]["output"], layers[0]["reads"]), ([300, 300, 3], [150, 150, 16], "input"))
        for key in ("macs", "parameters", "bytes"):
            self.assertEqual(sum(layer[key] for layer in layers), facts["totals"][key])
        outputs = {"input": [300, 300, 3], **{layer["name"]: layer["output"] for layer in layers}}
        for layer in layers:
            self.assertEqual(outputs[layer["reads"]], layer["input"])
            (h, w, out), k = layer["output"], 1 if layer["operation"].startswith("1x1") else 9
            ins = 1 if "depthwise" in layer["operation"] else layer["input"][2]
            self.assertEqual(layer["macs"], h * w * out * ins * k)
            self.assertEqual(layer["parameters"], out * ins * k + out)
            self.assertTrue(layer["bytes"] >= 4 * layer["parameters"])
        self.assertEqual(facts["bytes"], os.path.getsize(WEIGHTS))

    def test_dot(self):
        text = skiff("inspect", WEIGHTS, "--dot").out
        string = r'"(?:[^"\\]|\\.)*"'
        statement = rf"  {string}(?: -> {string})? \[label={string}(?:, fillcolor={string})?\];"
        lines = text.splitlines()
        self.assertEqual((lines[0], lines[-1]), ("digraph skiff {", "}"))
        for line in lines[3:-1]:
            self.assertRegex(line, rf"\A{statement}\Z")
        nodes = set(re.findall(rf"^  ({string}) \[", text, re.M))
        ends = {end for edge in re.findall(rf"^  ({string}) -> ({string})", text, re.M) for end in edge}
        self.assertEqual(len(nodes), 43)
        self.assertEqual(nodes, ends)
        if shutil.which("dot"):
            picture = subprocess.run(["dot", "-Tsvg"], input=text.encode(), stdout=subprocess.PIPE, check=True, timeout=60).stdout
            self.assertIn(b"extra17_3x3", picture)

    def test_selftest(self):
        answer = skiff("selftest", WEIGHTS)
        self.assert_fine(answer)
        self.assertRegex(answer.out, rf"\A{re.escape(WEIGHTS)}: OK, max error [0-9.e-]+, load [0-9.]+ ms, network [0-9.]+ ms, kernels \w+\n\Z")

    def test_selftest_by_xnnpack(self):
        answer = skiff("selftest", "--backend", "xnnpack", WEIGHTS)
        if self.has_xnnpack(answer):
            self.assert_fine(answer)
            self.assertRegex(answer.out, rf"\A{re.escape(WEIGHTS)}: OK, max error [0-9.e-]+, load .* ms, kernels xnnpack\n\Z")


class Eval(Case):
    """Sets of pictures whose annotations are what skiff finds: it must score 100."""

    def setUp(self):
        super().setUp()
        self.found = {}
        for name in ("astronaut.jpg", "cat.jpg", "portrait.jpg"):
            self.copy(f"JPEGImages/{name}", os.path.join(PHOTOS, name))
            self.found[name] = detections(self.path(f"JPEGImages/{name}"))
            self.assertTrue(self.found[name])

    def write_voc(self):
        os.makedirs(self.path("Annotations"))
        os.makedirs(self.path("ImageSets/Main"))
        for name, found in self.found.items():
            objects = "".join(
                f"<object><name>{d['label']}</name><difficult>0</difficult><bndbox>" +
                "".join(f"<{k}>{v!r}</{k}>" for k, v in zip(("xmin", "ymin", "xmax", "ymax"), d["box"])) + "</bndbox></object>"
                for d in found)
            self.write(f"Annotations/{name[:-4]}.xml", f"<annotation>{objects}</annotation>")
        self.write("ImageSets/Main/test.txt", "astronaut\ncat\nportrait\n")
        self.write("ImageSets/Main/cats.txt", "cat 1\n")

    def write_coco(self, **changes):
        annotations = [{"id": i, "image_id": n, "category_id": 1000 + d["class_id"], "iscrowd": 0,
                        "bbox": [d["box"][0], d["box"][1], d["box"][2] - d["box"][0], d["box"][3] - d["box"][1]]}
                       for n, found in enumerate(self.found.values()) for i, d in enumerate(found, 10 * n + 1)]
        data = {"images": [{"id": n, "file_name": name} for n, name in enumerate(self.found)], "annotations": annotations,
                "categories": [{"id": 1001 + i, "name": label} for i, label in enumerate(LABELS)]}
        data.update(changes)
        return self.write("ann.json", json.dumps(data))

    def coco(self, *args):
        return skiff("eval", WEIGHTS, "--coco", self.path("ann.json"), "--images", self.path("JPEGImages"), *args)

    def test_voc(self):
        self.write_voc()
        answer = skiff("eval", WEIGHTS, "--voc", self.folder, "--json")
        self.assert_fine(answer)
        figures = json.loads(answer.out)
        self.assertEqual(list(figures), ["weights", "dataset", "pictures", "failed", "map_11point", "map_integral", "per_class"])
        self.assertEqual((figures["pictures"], figures["map_11point"], figures["map_integral"]), (3, 100, 100))
        self.assertEqual(list(figures["per_class"]), LABELS)
        self.assertEqual(figures["per_class"]["cat"]["ap_11point"], 100)
        self.assertIsNone(figures["per_class"]["boat"]["ap_integral"])
        table = skiff("eval", "--weights", WEIGHTS, "--voc", self.folder, "--jobs", "1")
        self.assert_fine(table)
        self.assertRegex(table.out, r"(?m)^mAP % +100\.00 +100\.00$")
        self.assertEqual(json.loads(skiff("eval", WEIGHTS, "--voc", self.folder, "--set", "cats", "--json").out)["pictures"], 1)

    def test_voc_side_by_side(self):
        self.write_voc()
        for name in os.listdir(self.path("Annotations")):
            shutil.copy(self.path(f"Annotations/{name}"), self.path("JPEGImages"))
        figures = json.loads(skiff("eval", WEIGHTS, "--voc", self.path("JPEGImages"), "--json").out)
        self.assertEqual((figures["pictures"], figures["map_11point"]), (3, 100))

    def test_voc_with_a_bad_picture(self):
        self.write_voc()
        self.write("JPEGImages/cat.jpg", "text")
        answer = skiff("eval", WEIGHTS, "--voc", self.folder, "--json")
        self.assertEqual(answer.status, 1)
        self.assertEqual(len(answer.err.splitlines()), 2, answer.err)
        self.assertIn("cat.jpg", answer.err)
        figures = json.loads(answer.out)
        self.assertEqual((figures["pictures"], figures["failed"], figures["per_class"]["cat"]["objects"]), (2, 1, 0))

    def test_voc_that_is_wrong(self):
        self.write_voc()
        self.assert_complaint(skiff("eval", WEIGHTS, "--voc", self.path("nowhere")), 1, "nowhere")
        self.assert_complaint(skiff("eval", WEIGHTS, "--voc", self.folder, "--set", "train"), 1, "train.txt", "--set")
        self.write("Annotations/cat.xml", "<annotation><object>")
        self.assert_complaint(skiff("eval", WEIGHTS, "--voc", self.folder), 1, "cat.xml", "not an XML file")
        os.remove(self.path("Annotations/cat.xml"))
        self.assert_complaint(skiff("eval", WEIGHTS, "--voc", self.folder), 1, "cat.xml", "No such file")

    def test_names_without_a_label(self):
        self.write_voc()
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
        self.write("Annotations/cat.xml", f"<annotation><object><name>rocket</name>{box}</object></annotation>")
        answer = skiff("eval", WEIGHTS, "--voc", self.folder)
        self.assert_complaint(answer, 0, "rocket")
        self.assert_complaint(skiff("eval", WEIGHTS, "--voc", self.folder, "--set", "cats"), 1, "rocket")

    def test_coco(self):
        self.write_coco()
        answer = self.coco("--json", "--jobs", "2")
        self.assert_fine(answer)
        figures = json.loads(answer.out)
        self.assertEqual(list(figures), ["weights", "dataset", "pictures", "failed", "map_50_95", "map_50", "per_class"])
        self.assertAlmostEqual(figures["map_50_95"], 100, delta=1e-9)
        self.assertAlmostEqual(figures["per_class"]["person"]["ap_50"], 100, delta=1e-9)
        self.assertRegex(self.coco().out, r"(?m)^mAP % +100\.00 +100\.00$")

    def test_coco_that_is_wrong(self):
        self.write_coco(annotations=[{"image_id": 1, "category_id": 1008, "bbox": [1, 2, 3]}])
        self.assert_complaint(self.coco(), 1, "ann.json", "annotations[0].bbox", "expected 4 numbers")
        self.write("ann.json", "{")
        self.assert_complaint(self.coco(), 1, "ann.json", "not a JSON file")
        self.write_coco(categories=[{"id": 1, "name": "rocket"}])
        self.assert_complaint(self.coco(), 1, "ann.json", "rocket")
        self.write_coco(images=[])
        self.assert_complaint(self.coco(), 1, "ann.json", "no images")

    def test_coco_spells_some_names_differently(self):
        self.write_coco(categories=[{"id": 1, "name": "airplane"}, {"id": 1008, "name": "cat"}, {"id": 1015, "name": "person"}])
        answer = self.coco("--json")
        self.assert_fine(answer)
        self.assertAlmostEqual(json.loads(answer.out)["map_50"], 100, delta=1e-9)


def main():
    global SKIFF, WEIGHTS
    SKIFF = os.path.abspath(sys.argv[1])
    WEIGHTS = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])


if __name__ == "__main__":
    main()
