#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/nightly.sh [SECONDS [SEEDS]]: what takes too long for every change. First all other rows of tools/check.sh; then each fuzz target for SECONDS
# (default 60), and the tests that damage files at random under the sanitizers with SEEDS (default 20) other seeds. Exit status 1 where
# anything was found.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/steps.sh"

seconds=${1:-60} seeds=${2:-20}
[[ $seconds =~ ^[1-9][0-9]*$ && $seeds =~ ^[0-9]+$ ]] || die "usage: tests/nightly.sh [SECONDS [SEEDS]]"
failed=0
bash "$root/tools/check.sh" gcc clang O0 san tsan arm64 || failed=$((failed + 1))
bash "$root/tests/fuzz/run.sh" "$seconds" || failed=$((failed + 1))
open_log "$root/build-check/nightly.log"
for seed in $(seq "$seeds"); do
  SKIFF_TEST_SEED=$seed UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 step "damaged files, seed $seed" \
    meson test -C "$root/build-check/san" --no-rebuild -t 10 --suite hostile || failed=$((failed + 1))
done
[[ $failed == 0 ]] || die "$failed parts of the night found something (logs: $root/build-check)"
say "nothing found"
