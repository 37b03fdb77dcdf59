# SPDX-License-Identifier: MIT
"""skiff-bench as its users run it. usage: check_bench.py SKIFF_BENCH SKIFF YARDSTICKS BACKENDS [unittest arguments]; both are
lists of what this build has, with commas, or "none". Times are never judged."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BENCH = SKIFF = ""
YARDSTICKS, BACKENDS = [], []
QUICK = ("--runs", "3", "--min-seconds", "0", "--warmup", "1")


def run(*args):
    environment = dict(os.environ)
    environment.pop("MALLOC_PERTURB_", None)  # meson's: it touches memory that the program does not
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, env=environment)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="skiff-bench-")
        cls.full, cls.tiny = cls.path("full.skiff"), cls.path("tiny.skiff")
        for path, options in ((cls.full, ()), (cls.tiny, ("--width", "0.125", "--input", "64", "--classes", "5"))):
            made = run(SKIFF, "convert", "--random", *options, "-o", path)
            assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.scratch.name, name)

    def bench(self, *args):
        answer = run(BENCH, *QUICK, *args)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        return answer.stdout

    def refused(self, status, part, *args):
        answer = run(BENCH, *QUICK, *args)
        self.assertEqual(answer.returncode, status, answer.stderr)
        self.assertRegex(answer.stderr, r"\Askiff-bench: [^\n]+\n\Z")
        self.assertIn(part, answer.stderr)
        self.assertEqual(answer.stdout, "")


class Program(Case):
    def test_full_model(self):
        report = json.loads(self.bench("--weights", self.full, "--json"))
        self.assertEqual(report["model"]["macs"], 1148479168)
        self.assertEqual(sum(layer["macs"] for layer in report["layers"]), 1148479168)
        self.assertLessEqual(report["arena_bytes"], 6 << 20)
        if "--rss" in sys.argv:
            self.assertLessEqual(report["peak_rss_kb"], 36000)
            self.assertGreater(report["peak_rss_kb"], 23000, "the weights alone")

    def test_options(self):
        for args in (("--threads", "2"), ("--cpu-mask", "ref"), ("--cluster", "big"), ("--cpus", "0"), ("--layers", "--stages")):
            with self.subTest(args=args):
                self.assertIn("images/s", self.bench("--weights", self.tiny, *args))

    def test_backends(self):
        for name in BACKENDS:
            for threads in ("1", "2"):
                with self.subTest(name=name, threads=threads):
                    report = json.loads(self.bench("--weights", self.tiny, "--backend", name, "--threads", threads, "--json"))
                    self.assertEqual((report["backend"], report["isa"], report["layers"]), (name, name, []))
                    self.assertGreater(report["stages"]["network"]["p50_ms"], 0)
            self.refused(2, "--layers", "--weights", self.tiny, "--backend", name, "--layers")

    def test_runs_and_seconds(self):
        runs = lambda *args: json.loads(run(BENCH, "--json", "--weights", self.tiny, *args).stdout)["network"]["runs"]
        self.assertEqual(runs("--runs", "7", "--min-seconds", "0"), 7)
        self.assertGreater(runs("--runs", "1", "--min-seconds", "0.3"), 7)

    def test_plot(self):
        plot = self.path("roofline.svg")
        self.bench("--weights", self.tiny, "--plot", plot)
        root = xml.etree.ElementTree.parse(plot).getroot()
        circles = root.findall("{http://www.w3.org/2000/svg}circle")
        layers = json.loads(self.bench("--weights", self.tiny, "--json"))["layers"]
        self.assertEqual(len(circles), len(layers))

    def test_rows(self):
        photo = os.path.join(os.path.dirname(os.path.abspath(__file__)), "photos", "portrait.jpg")
        for decoder in ("stb", "auto"):
            expected = run(SKIFF, "detect", "--format", "rows", "--decoder", decoder, photo).stdout
            self.assertEqual(self.bench("--rows", "--decoder", decoder, "--image", photo), expected)
        report = json.loads(self.bench("--json", "--image", photo))
        lines = [[float(field) for field in line.split()] for line in expected.splitlines()]
        self.assertGreater(len(lines), 1)
        for found, line in zip(report["stages"]["rows"], lines, strict=True):
            for a, b in zip(found, line, strict=True):
                self.assertAlmostEqual(a, b, delta=1e-6)

    def test_wrong_command_lines(self):
        self.refused(2, "--threads", "--threads", "0")
        self.refused(2, "--cpu-mask", "--cpu-mask", "mmx")
        self.refused(2, "abacus", "--weights", self.tiny, "--against", "abacus")
        self.refused(2, "abacus", "--weights", self.tiny, "--backend", "abacus")
        self.refused(2, "0,0", "--weights", self.tiny, "--cpus", "0,0")
        self.refused(1, "nowhere", "--weights", "nowhere.skiff")
        self.refused(1, "nowhere.jpg", "--weights", self.tiny, "--image", "nowhere.jpg")
        self.refused(1, "nowhere", "--weights", self.tiny, "--plot", "/nowhere/at/all.svg")


class Yardsticks(Case):
    def test_they_compute_the_same(self):
        for name in YARDSTICKS:
            for weights in (self.tiny, self.full):
                for threads in ("1", "2"):
                    with self.subTest(name=name, weights=weights, threads=threads):
                        report = json.loads(self.bench("--weights", weights, "--threads", threads, "--against", name, "--json"))
                        peer = report["against"][name]
                        self.assertLess(peer["max_error"], 1e-4)
                        self.assertEqual(peer["network"]["runs"], 3)
                        self.assertAlmostEqual(peer["ratio_min"], peer["network"]["min_ms"] / report["network"]["min_ms"], delta=1e-9)

    def test_several_at_once(self):
        if len(YARDSTICKS) > 1:
            report = json.loads(self.bench("--weights", self.tiny, "--against", ",".join(YARDSTICKS), "--json"))
            self.assertEqual(sorted(report["against"]), sorted(YARDSTICKS))


def main():
    global BENCH, SKIFF, YARDSTICKS, BACKENDS
    BENCH, SKIFF = (os.path.abspath(path) for path in sys.argv[1:3])
    YARDSTICKS, BACKENDS = ([] if names == "none" else names.split(",") for names in sys.argv[3:5])
    unittest.main(argv=[sys.argv[0], *(a for a in sys.argv[5:] if a != "--rss")])


if __name__ == "__main__":
    main()
