#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds skiff's average precisions to the same rules written down again in NumPy, on random boxes. check_map.py DUMP_MAP

Boxes lie on a coarse grid and scores on few steps, so that ties of scores, equal overlaps and overlaps exactly at a threshold occur.
"""
import subprocess
import sys

import numpy as np

CLASSES = 5
TOLERANCE = 1e-12


def overlaps(boxes, truths):
    """Intersection over union of corner boxes, [n,4] with [m,4]; second result: intersection over the first box alone."""
    low = np.maximum(boxes[:, None, :2], truths[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], truths[None, :, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
    other = np.prod(truths[:, 2:] - truths[:, :2], axis=1)[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(inter / (area + other - inter)), np.nan_to_num(inter / area)


def random_box(rng, grid, low):
    """Corners in steps of 1/grid, from `low`."""
    a, b = np.sort(rng.integers(int(low * grid), grid + 1, (2, 2)), axis=0)
    return np.concatenate([a, b]) / grid


def random_pictures(seed, grid, low):
    """List of (truths, detections), rows (class, flag or score, x0, y0, x1, y1). Class 4 has no objects, class 3 no detections."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(rng.integers(1, 40)):
        truths, detections = [], []
        for _ in range(rng.integers(0, 6)):
            truth = [rng.integers(0, 4), float(rng.random() < 0.2), *np.clip(random_box(rng, grid, 0), 0, 1)]
            truths.append(truth)
            for _ in range(rng.integers(0, 3)):
                near = np.array(truth[2:]) + rng.integers(-2, 3, 4) / grid * (rng.random() < 0.7)
                near[2:] = np.maximum(near[2:], near[:2])
                if truth[0] != 3:
                    detections.append([truth[0], rng.integers(1, 20) / 32, *near])
        for _ in range(rng.integers(0, 8)):
            detections.append([rng.choice([0, 1, 2, 4]), rng.integers(1, 20) / 32, *random_box(rng, grid, low)])
        order = rng.permutation(len(detections))
        pictures.append((np.array(truths).reshape(-1, 6), np.array(detections).reshape(-1, 6)[order]))
    return pictures


def by_score(scores):
    return np.argsort(-scores, kind="stable")


def voc_class(pictures, c):
    """(objects, detections, 11-point, integral) of a class; the figures None where there is nothing to say."""
    objects, scores, hits = 0, [], []
    for truths, detections in pictures:
        truths, detections = truths[truths[:, 0] == c], detections[detections[:, 0] == c]
        objects += int((truths[:, 1] == 0).sum())
        detections = detections[by_score(detections[:, 1])]
        iou = overlaps(np.clip(detections[:, 2:], 0, 1), truths[:, 2:])[0]
        used = set()
        for i in range(len(detections)):
            best = int(iou[i].argmax()) if len(truths) else -1
            is_match = best >= 0 and iou[i, best] > 0.5
            if is_match and truths[best, 1]:
                continue
            scores.append(detections[i, 1])
            hits.append(is_match and best not in used)
            if is_match:
                used.add(best)
    if objects == 0 or not scores:
        return objects, len(scores), None, None
    found = np.cumsum(np.array(hits)[by_score(np.array(scores))])
    precision, recall = found / np.arange(1, len(found) + 1), found / objects
    points = np.mean([precision[recall >= level].max(initial=0) for level in np.arange(0, 1.1, 0.1)])
    return objects, len(scores), points, float((precision * np.diff(recall, prepend=0)).sum())


def coco_match(iou, crowd, threshold):
    """For each detection, best first: the truth that it goes to, or -1."""
    matches, free = [], np.ones(iou.shape[1], dtype=bool)
    for row in iou:
        match = -1
        for group in (~crowd, crowd):  # an object, if any is good enough, else a crowd
            good = np.flatnonzero(group & free & (row >= threshold))
            if len(good):
                match = good[row[good] == row[good].max()][-1]
                break
        if match >= 0 and not crowd[match]:
            free[match] = False
        matches.append(match)
    return np.array(matches, dtype=int)


def coco_class(pictures, c):
    """(objects, detections, .50:.95, .50)."""
    thresholds = np.linspace(0.5, 0.95, 10)
    objects, scores, outcomes = 0, [], []  # outcomes: per detection, [10] of 1 hit, 0 false, -1 ignored
    for truths, detections in pictures:
        truths, detections = truths[truths[:, 0] == c], detections[detections[:, 0] == c]
        crowd = truths[:, 1] != 0
        objects += int((~crowd).sum())
        detections = detections[by_score(detections[:, 1])][:100]
        union, inside = overlaps(detections[:, 2:], truths[:, 2:])
        iou = np.where(crowd[None], inside, union)
        scores.append(detections[:, 1])
        kinds = np.append(np.where(crowd, -1, 1), 0)  # the last one for "no truth"
        outcomes.append(np.array([kinds[coco_match(iou, crowd, t)] for t in thresholds]).T.reshape(-1, 10))
    scores = np.concatenate(scores)
    if objects == 0:
        return objects, len(scores), None, None
    outcomes = np.concatenate(outcomes)[by_score(scores)]
    figures = []
    for t in range(10):
        found, wrong = np.cumsum(outcomes[:, t] == 1), np.cumsum(outcomes[:, t] == 0)
        recall, precision = found / objects, found / (found + wrong + np.spacing(1))
        levels = np.linspace(0, 1, 101)
        figures.append(np.mean([precision[recall >= level].max(initial=0) for level in levels]))
    return objects, len(scores), float(np.mean(figures)), float(figures[0])


def as_text(pictures, is_coco):
    lines = [f"classes {CLASSES}"]
    for truths, detections in pictures:
        lines.append("picture")
        for kind, rows in (("t", truths), ("d", detections)):
            for row in rows:
                box = [row[2], row[3], row[4] - row[2], row[5] - row[3]] if is_coco else row[2:]
                lines.append(f"{kind} {int(row[0])} {float(row[1])!r} " + " ".join(repr(float(x)) for x in box))
    return "\n".join(lines)


def same(a, b):
    return a is b if a is None or b is None else abs(a - b) <= TOLERANCE


def mean_of(values):
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else 0.0


def check(program, kind, seed):
    is_coco = kind == "coco"
    grid = 64 if kind == "voc" else 16
    pictures = random_pictures(seed, grid, 0 if is_coco else -0.2)
    if is_coco:
        pictures = [tuple(np.hstack([rows[:, :2], rows[:, 2:] * grid]) for rows in pair) for pair in pictures]  # whole pixels
    run = subprocess.run([program, kind], input=as_text(pictures, is_coco), stdout=subprocess.PIPE, check=True, text=True)
    lines = [[None if word == "-" else float(word) for word in line.split()] for line in run.stdout.splitlines()]
    expected = [(coco_class if is_coco else voc_class)(pictures, c) for c in range(CLASSES)]
    expected.append((mean_of(e[2] for e in expected), mean_of(e[3] for e in expected)))
    for c, (want, have) in enumerate(zip(expected, lines)):
        if len(want) != len(have) or not all(same(w, h) for w, h in zip(want, have)):
            print(f"FAULT {kind}, seed {seed}, class {c}: expected {want}, found {have}")
            return False
    return len(expected) == len(lines)


def main():
    program = sys.argv[1]
    good = [check(program, kind, seed) for kind in ("voc", "coco") for seed in range(60)]
    print(f"{sum(good)} of {len(good)} random sets agree")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
