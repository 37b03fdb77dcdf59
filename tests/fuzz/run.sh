#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/fuzz/run.sh [SECONDS [TARGET...]]: builds the fuzz targets with clang, ASan and UBSan in build-fuzz and runs each (default: all) for
# SECONDS (default 60). One line a target; exit status 1 where one found something, which is left in build-fuzz/findings. What a run has
# learnt stays in build-fuzz/corpus for the next.
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/steps.sh"
unset CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CC_LD CXX_LD

seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "usage: tests/fuzz/run.sh [SECONDS [TARGET...]], found $seconds for SECONDS"
shift $(($# > 0))
out=$root/build-fuzz
build=$out/build
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

command -v clang++ >/dev/null || die "needs clang and libclang-rt-14-dev: apt-get install clang libclang-rt-14-dev"
open_log "$out/build.log"
CC=clang CXX=clang++ configure "$build" -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debug -Doptimization=1 ||
  die_of_step "cannot set up $build"
step "build the fuzz targets" ninja -C "$build" fuzz || die_of_step "cannot build the fuzz targets"
rm -rf "$out/seeds"
step "make the seeds" python3 "$root/tests/fuzz/seeds.py" "$out/seeds" || die_of_step "cannot make the seeds"

# fuzz PROGRAM: its line, and its status.
fuzz() {
  local name=${1##*/fuzz_} began=$SECONDS status=0 runs
  local corpus=$out/corpus/$name seeds=$out/seeds/$name
  mkdir -p "$corpus" "$seeds" "$out/findings"
  log=$out/$name.log
  "$1" -max_total_time="$seconds" -max_len=131072 -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=256 -print_final_stats=1 \
    -artifact_prefix="$out/findings/$name-" "$corpus" "$seeds" </dev/null >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if [[ $status == 0 && ${runs:-0} -gt 0 ]]; then
    say "$name: $runs runs in $((SECONDS - began)) s, nothing found"
    return 0
  fi
  say "$name: FAILED with status $status: $(grep -m 1 -E '^SUMMARY|ERROR:|runtime error' "$log" || last_log_line 100) (log: $log)"
  return 1
}

programs=()
if [[ $# == 0 ]]; then
  for program in "$build"/tests/fuzz/fuzz_*; do [[ ! -f $program || ! -x $program ]] || programs+=("$program"); done
else
  for name; do
    [[ -x $build/tests/fuzz/fuzz_$name ]] || die "no fuzz target $name"
    programs+=("$build/tests/fuzz/fuzz_$name")
  done
fi
[[ ${#programs[@]} -gt 0 ]] || die "no fuzz targets were built"
failed=0
for program in "${programs[@]}"; do fuzz "$program" || failed=$((failed + 1)); done
[[ $failed == 0 ]] || die "$failed of ${#programs[@]} fuzz targets found something; the inputs are in $out/findings"
