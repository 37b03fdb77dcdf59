#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tally.py TESTLOG.json: counts the results of one `meson test` run for tools/check.sh.

Prints each test that failed with the end of what it wrote, each that was skipped with its reason, and last "PASSED FAILED SKIPPED".
The one reason that a test may be skipped for is shared test data that a clone alone does not have ("no ../shared/..."); a test that
is skipped for anything else, such as a package, counts as failed.
"""
import json
import sys

ALLOWED_REASON = "no ../shared"
LINES_SHOWN = 25


def output_of(test):
    return (test.get("stdout", "") + "\n" + test.get("stderr", "")).strip().splitlines()


def report(test, what, lines):
    print(f"  {what}: {test['name'].split(' / ')[-1]}")
    for line in lines:
        print(f"      {line[:200]}")


def main():
    passed = failed = skipped = 0
    with open(sys.argv[1], encoding="utf-8") as log:
        tests = [json.loads(line) for line in log if line.strip()]
    for test in tests:
        lines = output_of(test)
        reasons = [line for line in lines if ALLOWED_REASON in line]
        if test["result"] in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif test["result"] == "SKIP" and reasons:
            skipped += 1
            report(test, "skipped", reasons[:1])
        elif test["result"] == "SKIP":
            failed += 1
            report(test, "FAILED (skipped, though nothing that may be missing is)", lines[-LINES_SHOWN:])
        else:
            failed += 1
            report(test, f"FAILED ({test['result'].lower()}, status {test.get('returncode')})", lines[-LINES_SHOWN:])
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
