# SPDX-License-Identifier: MIT
"""Detection rows (`label score xmin ymin xmax ymax`) of skiff held against expected ones, by the rules that Skiff promises:

- a row is found where skiff has one of the same label with its score and each corner within 1e-4;
- at least 99.9 % of the expected rows are found, and none is invented;
- found rows stand in the expected order, except where two scores of one label differ by less than 1e-6;
- a row that is not found, or is left over, is explained by such a tie, or by a score or an overlap within 1e-5 of its threshold.
"""
import subprocess

import numpy as np

import cross

TOLERANCE = 1e-4
TIE = 1e-6
NEAR = 1e-5
SAME_BOX = 1e-2  # boxes of two priors that differ by less are taken for one box
FOUND_AT_LEAST = 0.999


class Thresholds:
    def __init__(self, score, overlap, keep):
        self.score, self.overlap, self.keep = score, overlap, keep


def detect(skiff, weights, inputs, *options):
    """Rows by picture, as skiff prints them: {path: [n,6] float64}."""
    command = [*cross.command(skiff), "detect", "--weights", weights, "--format", "rows", *options, *inputs]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return parse(text, inputs[0])


def parse(text, name):
    rows = {}
    for line in text.splitlines():
        if line.startswith("# "):
            name = line[2:]
            rows[name] = []
        else:
            rows.setdefault(name, []).append([float(field) for field in line.split()])
    return {name: np.array(lines, dtype=np.float64).reshape(-1, 6) for name, lines in rows.items()}


def overlap(box, others):
    """Intersection over union of one [4] box with [n,4], as Paddle's JaccardOverlap has it for normalised boxes."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=1)
    area = lambda b: np.prod(b[..., 2:] - b[..., :2], axis=-1)
    return inter / np.maximum(area(box) + area(others) - inter, 1e-30)


def pair(expected, found):
    """For each expected row the index of the found row that is it, or -1. No found row serves twice; the nearest serves first."""
    near = np.abs(expected[:, None, :] - found[None, :, :]).max(axis=2, initial=0)
    near[expected[:, None, 0] != found[None, :, 0]] = np.inf
    pairs = np.full(len(expected), -1)
    taken = np.zeros(len(found), dtype=bool)
    for at in np.argsort(near, axis=None, kind="stable"):
        i, j = divmod(int(at), len(found))
        if near[i, j] > TOLERANCE:
            break
        if pairs[i] < 0 and not taken[j]:
            pairs[i], taken[j] = j, True
    return pairs, taken


def is_near_threshold(row, rows, others, limits):
    """Whether rounding decides if a row is there: its score at the threshold or at the cut of keep_top_k, an overlap at NMS's."""
    if abs(row[1] - limits.score) <= NEAR:
        return True
    if len(rows) >= limits.keep and abs(row[1] - rows[:, 1].min()) <= NEAR:
        return True
    same = np.concatenate([rows, others])
    same = same[same[:, 0] == row[0]]
    return bool((np.abs(overlap(row[2:], same[:, 2:]) - limits.overlap) <= NEAR).any())


def is_tied(row, lost):
    """Whether another box of as good a score stands on the other side instead. The same box with wrong corners is no tie."""
    is_tie = (lost[:, 0] == row[0]) & (np.abs(lost[:, 1] - row[1]) < TIE)
    return bool((is_tie & (np.abs(lost[:, 2:] - row[2:]).max(axis=1, initial=0) > SAME_BOX)).any())


def explain(missing, extra, expected, found, limits):
    """Which rows of `missing` (expected, not found) and `extra` (found, not expected) rounding explains: two bool arrays. Last come
    rows that a better, explained row of their label suppresses on the other side."""
    why = [np.array([is_near_threshold(r, mine, others, limits) or is_tied(r, lost) for r in rows], dtype=bool)
           for rows, mine, others, lost in ((missing, expected, found, extra), (extra, found, expected, missing))]
    sides = [missing, extra]
    for _ in range(len(missing) + len(extra)):
        for mine, other in ((0, 1), (1, 0)):
            culprits = sides[other][why[other]]
            for i, row in enumerate(sides[mine]):
                better = culprits[(culprits[:, 0] == row[0]) & (culprits[:, 1] >= row[1])]
                why[mine][i] |= bool((overlap(row[2:], better[:, 2:]) > limits.overlap - NEAR).any())
    return why


def order_faults(expected, pairs):
    """Found rows that stand in another order, ties of one label aside: (earlier, later) indices of expected rows."""
    have = np.flatnonzero(pairs >= 0)
    label, score, place = expected[have, 0], expected[have, 1], pairs[have]
    is_tie = (label[:, None] == label) & (np.abs(score[:, None] - score) < TIE)
    is_fault = np.triu((place[:, None] > place) & ~is_tie)
    return [(have[i], have[j]) for i, j in np.argwhere(is_fault)]


class Report:
    """Adds up pictures. `faults` has a line for each thing that the rules above do not allow."""

    def __init__(self, limits):
        self.limits = limits
        self.expected = self.found = self.explained = self.swaps = 0
        self.worst_score = self.worst_corner = 0.0
        self.faults = []

    def add(self, name, expected, found):
        expected = expected.astype(np.float64)
        pairs, taken = pair(expected, found)
        is_found = pairs >= 0
        self.expected += len(expected)
        self.found += int(is_found.sum())
        if is_found.any():
            errors = np.abs(expected[is_found] - found[pairs[is_found]])
            self.worst_score = max(self.worst_score, errors[:, 1].max())
            self.worst_corner = max(self.worst_corner, errors[:, 2:].max())
        missing, extra = expected[~is_found], found[~taken]
        why = explain(missing, extra, expected, found, self.limits)
        self._tell(name, "not found", missing, why[0])
        self._tell(name, "invented", extra, why[1])
        for i, j in order_faults(expected, pairs):
            self.faults.append(f"{name}: rows {i} and {j} stand in the other order: {expected[i]} {expected[j]}")
        inverted = pairs[is_found]
        self.swaps += int((np.diff(inverted) < 0).sum())

    def _tell(self, name, what, rows, is_explained):
        for row, is_excused in zip(rows, is_explained):
            if is_excused:
                self.explained += 1
                print(f"{name}: {what}, explained by rounding: {row}")
            else:
                self.faults.append(f"{name}: {what}: {row}")

    def verdict(self):
        """Prints the sums and the faults; True where all is as promised."""
        share = self.found / max(self.expected, 1)
        print(f"{self.found} of {self.expected} rows found ({100 * share:.4f} %), {self.explained} differences explained, "
              f"{self.swaps} ties in the other order; errors up to {self.worst_score:.2g} in score, {self.worst_corner:.2g} in a corner")
        if self.expected == 0 or share < FOUND_AT_LEAST:
            self.faults.append(f"fewer than {100 * FOUND_AT_LEAST} % of the expected rows found")
        for fault in self.faults[:20]:
            print(f"FAULT {fault}")
        return not self.faults
