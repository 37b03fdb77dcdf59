#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole way, photo to rows, against rows that others computed. check_rows.py matcher | shipped SKIFF | decoded SKIFF | voc2007 SKIFF

matcher: the comparison itself, on rows that were spoilt on purpose.
shipped: the default model on tests/photos against tests/golden/default_model.
decoded: the same on pixels that Pillow decoded, for a skiff that decodes JPEG by other means than the golden rows' maker.
voc2007: the published model, converted here, on 208 photos against Paddle's own rows, and its mAP. Needs ../shared.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import rows  # noqa: E402

LIMITS = rows.Thresholds(score=0.01, overlap=0.45, keep=200)  # of both models
GOLDEN = os.path.join(ROOT, "tests", "golden", "default_model")
SHARED = os.path.join(ROOT, "..", "shared")
PADDLES_MAP = 80.84  # percent, 11-point: what Paddle's own rows score on the 208 photos
MAP_TOLERANCE = 0.05


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def compare(found, golden_folder, limits):
    """Holds {path: rows} against the .npy files of a folder: every file needs its picture."""
    report = rows.Report(limits)
    by_stem = {stem(path): lines for path, lines in found.items()}
    golden = sorted(name for name in os.listdir(golden_folder) if name.endswith(".npy"))
    missing = [name for name in golden if stem(name) not in by_stem]
    if missing or len(golden) != len(by_stem):
        sys.exit(f"{len(golden)} files of golden rows for {len(by_stem)} pictures; without a picture: {missing[:5]}")
    for name in golden:
        report.add(stem(name), np.load(os.path.join(golden_folder, name)), by_stem[stem(name)])
    return report.verdict()


def test_shipped(skiff):
    weights = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
    photos = os.path.join(ROOT, "tests", "photos")
    found = rows.detect(skiff, weights, [photos], "--score", "0.01")
    return compare(found, GOLDEN, LIMITS)


def test_decoded(skiff):
    weights = os.path.join(ROOT, "weights", "mobilenet-ssd-half-voc.skiff")
    photos = os.path.join(ROOT, "tests", "photos")
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(os.listdir(photos)):
            if name.endswith(".jpg"):
                with Image.open(os.path.join(photos, name)) as photo:
                    photo.save(os.path.join(folder, stem(name) + ".ppm"))
        return compare(rows.detect(skiff, weights, [folder], "--score", "0.01"), GOLDEN, LIMITS)


def measured_map(skiff, weights, photos):
    command = [skiff, "eval", weights, "--voc", photos, "--jobs", "2", "--json"]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(answer)["map_11point"]


def test_voc2007(skiff):
    model = os.path.join(SHARED, "models", "ssd_mobilenet_v1_pascalvoc")
    photos = os.path.join(SHARED, "images", "voc2007")
    golden = os.path.join(SHARED, "golden", "voc2007_detections")
    for path in (model, photos, golden):
        if not os.path.isdir(path):
            print(f"skipped: rows of 208 photos (no ../shared/{os.path.relpath(path, SHARED)})")
            sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "full.skiff")
        subprocess.run([skiff, "convert", model, "-o", weights], check=True)
        found = rows.detect(skiff, weights, [photos], "--score", "0.01", "--jobs", "2")
        is_right = compare(found, golden, LIMITS)
        score = measured_map(skiff, weights, photos)
    print(f"mAP {score:.3f} %, of Paddle's rows {PADDLES_MAP} %")
    return is_right and abs(score - PADDLES_MAP) <= MAP_TOLERANCE


def spoilt(name, expected):
    """Rows with one fault of the named kind. Rows 5 and 6 are far apart in score and place."""
    bad = expected.copy()
    if name == "dropped":
        return np.delete(bad, 5, axis=0)
    if name == "doubled":
        return np.insert(bad, 5, bad[5], axis=0)
    if name == "label":
        bad[5, 0] += 0.5
    elif name == "score":
        bad[5, 1] += 2e-4
    elif name == "corner":
        bad[5, 4] -= 2e-4
    elif name == "order":
        bad[[5, 6]] = bad[[6, 5]]
    return bad


def with_rows(many, *more):
    return np.vstack([many, np.array(more)])


def matcher_cases():
    """(name, expected rows, rows, whether the rules allow them)."""
    rng = np.random.default_rng(1)
    corner = rng.random((1200, 2))
    want = np.column_stack([np.repeat(np.arange(60.0), 20), np.tile(np.linspace(0.9, 0.2, 20), 60), corner, corner + 0.001])
    cases = [("same", want, want, True), ("close", want, want + [0, 5e-5, -5e-5, 5e-5, 5e-5, 5e-5], True),
             ("nothing expected", want[:0], want[:0], False)]
    cases += [(name, want, spoilt(name, want), False) for name in ("dropped", "doubled", "label", "score", "corner", "order")]
    tied = want.copy()
    tied[6, 1] = tied[5, 1] - 3e-7
    swapped = tied.copy()
    swapped[[5, 6]] = swapped[[6, 5]]
    cases.append(("order of a tie", tied, swapped, True))
    other_prior = want.copy()
    other_prior[5, 2:] += 0.02
    cases.append(("the other box of a tie", want, other_prior, True))
    weak = np.insert(want, 20, [0, 0.010004, 0.5, 0.5, 0.6, 0.6], axis=0)
    cases.append(("score at the threshold", weak, want, True))
    left, right = [0, 0.7, 0.0, 0.5, 1.0, 0.6], [0, 0.1, 1 - 0.9 / 1.45, 0.5, 2 - 0.9 / 1.45, 0.6]  # they overlap by 0.45
    cases.append(("overlap at the threshold", with_rows(want, left, right), with_rows(want, left), True))
    return cases


def test_matcher():
    limits = rows.Thresholds(score=0.01, overlap=0.45, keep=10**6)
    is_right = True
    for name, want, have, is_allowed in matcher_cases():
        report = rows.Report(limits)
        report.add(name, want, have)
        if report.verdict() != is_allowed:
            print(f"WRONG: the comparison should have {'passed' if is_allowed else 'failed'}: {name}")
            is_right = False
    return is_right


def main():
    tests = {"matcher": test_matcher, "shipped": test_shipped, "decoded": test_decoded, "voc2007": test_voc2007}
    sys.exit(0 if tests[sys.argv[1]](*sys.argv[2:]) else 1)


if __name__ == "__main__":
    main()
