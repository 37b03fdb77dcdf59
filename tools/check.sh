#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tools/check.sh [ROW...]: installs what is missing, builds skiff in several ways and runs its tests in each; the closing line adds
# them up. Exit status 1 where anything failed. Rows (default: all):
#   gcc    release, warnings are errors, every test: the only row that runs the photos of ../shared, which take longest, and the tests that
#          compile for themselves, the bindings among them
#   clang  release, warnings are errors
#   O0     gcc without optimisation, asserts on
#   san    clang -O1 under the address and undefined-behaviour sanitizers, asserts on
#   tsan   clang under the thread sanitizer: the tests of the pool and the engine
#   arm64  cross compilers, static programs, under qemu-user: kernels on three CPUs, the rest on the plainest of them; the engine by
#          clang and for 32-bit ARM
#   firmware  libskiff.a for one instruction set; images without an operating system for arm64 and Cortex-M7, run by qemu
#   fuzz   each fuzz target for a few seconds
# A test that needs ../shared, which a clone alone does not have, is skipped there and says so. No other skip is accepted.
. "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
. "$root/tools/packages.sh"
unset CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CC_LD CXX_LD

builds=$root/build-check
fuzz_seconds=5  # a target
passed=0 failed=0 skipped=0
rows=${*:-gcc clang O0 san tsan arm64 firmware fuzz}
for row in $rows; do
  case $row in
    gcc | clang | O0 | san | tsan | arm64 | firmware | fuzz) ;;
    *) die "unknown row $row; rows: gcc clang O0 san tsan arm64 firmware fuzz" ;;
  esac
done

# count NAME STATUS: one more test of check.sh's own.
count() {
  if [[ $2 == 0 ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    say "  FAILED: $1 (log: $log)"
    [[ -z ${CI:-} ]] || tail -n 60 "$log"
  fi
}

# add_tests DIR STATUS: adds the results of the folder's last test run. One that left none is a failure.
add_tests() {
  local tally numbers
  if tally=$(python3 "$root/tools/tally.py" "$1/meson-logs/testlog.json"); then
    read -r -a numbers <<<"${tally##*$'\n'}"
    [[ $tally != *$'\n'* ]] || say "${tally%$'\n'*}"
    say "  ${numbers[0]} passed, ${numbers[1]} failed, ${numbers[2]} skipped"
    passed=$((passed + numbers[0])) failed=$((failed + numbers[1])) skipped=$((skipped + numbers[2]))
    [[ $2 == 0 || ${numbers[1]} -gt 0 ]] || count "meson test ended with status $2" 1
  else
    count "no results in $1" 1
  fi
}

# The same rows from every build, to the last bit: each build's are held against those of the first.
compare_rows() {
  local rows_file=$builds/rows-$1.txt first=$builds/rows-first.txt
  (cd "$root/tests/photos" && "$builds/$1/tools/skiff/skiff" detect --format rows --score 0.01 astronaut.jpg cat.jpg portrait.jpg) \
    >"$rows_file" 2>>"$log" || { count "$1: rows of the shipped photos" 1; return; }
  [[ -e $first ]] || cp "$rows_file" "$first"
  cmp "$first" "$rows_file" >>"$log" 2>&1
  count "$1: the same rows as from the first build" $?
}

# build_and_test ROW TEST_ARGUMENTS -- SETUP_ARGUMENTS
build_and_test() {
  local row=$1 dir=$builds/$1 test_arguments=()
  shift
  while [[ $1 != -- ]]; do test_arguments+=("$1"); shift; done
  shift
  open_log "$builds/$row.log"
  configure "$dir" "$@" || { count "$row: set up" 1; return; }
  step "$row: build" ninja -C "$dir" || { count "$row: build" 1; return; }
  rm -f "$dir/meson-logs/testlog.json"
  local status=0
  step "$row: test" meson test -C "$dir" --no-rebuild "${test_arguments[@]}" || status=$?
  add_tests "$dir" $status
  compare_rows "$row"
}

row_gcc() { CC=gcc CXX=g++ build_and_test gcc -- --werror; }

row_clang() { CC=clang CXX=clang++ build_and_test clang --no-suite photos --no-suite once -- --werror; }

row_O0() { CC=gcc CXX=g++ build_and_test O0 --no-suite photos --no-suite once -t 10 -- -Dbuildtype=debug; }

row_san() {
  CC=clang CXX=clang++ UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1 \
    build_and_test san --no-suite photos --no-suite once -t 10 -- -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debug -Doptimization=1
}

# Only what threads share is built: under this sanitizer everything is slow.
row_tsan() {
  local dir=$builds/tsan status=0
  open_log "$builds/tsan.log"
  CC=clang CXX=clang++ configure "$dir" -Db_sanitize=thread -Db_lundef=false -Dbuildtype=debug -Doptimization=1 ||
    { count "tsan: set up" 1; return; }
  step "tsan: build" ninja -C "$dir" tests/test_pool tests/test_latest tests/test_engine || { count "tsan: build" 1; return; }
  rm -f "$dir/meson-logs/testlog.json"
  step "tsan: test" meson test -C "$dir" --no-rebuild -t 10 pool latest engine || status=$?
  add_tests "$dir" $status
}

# test_cross DIR CPU TEST...: adds those tests' results on that CPU.
test_cross() {
  local name=$1 dir=$builds/$1 cpu=$2 status=0
  shift 2
  rm -f "$dir/meson-logs/testlog.json"
  QEMU_CPU=$cpu step "$name: test on $cpu" meson test -C "$dir" --no-rebuild -t 10 "$@" || status=$?
  add_tests "$dir" $status
}

# build_cross NAME TARGET...: by tools/cross/NAME.ini, static.
build_cross() {
  local name=$1 dir=$builds/$1
  shift
  configure "$dir" --cross-file "$root/tools/cross/$name.ini" --werror -Dstatic_exe=true || { count "$name: set up" 1; return 1; }
  step "$name: build" ninja -C "$dir" "$@" || { count "$name: build" 1; return 1; }
}

# The tests that do arithmetic; an emulator is slow. Weights and rows by the whole commands, on pages of 16 KB too. Then the library by
# a second compiler, and for 32-bit ARM, which has the portable kernels.
row_arm64() {
  local golden=(box_coder conv engine nms priors softmax)
  local tests=(kcheck "${golden[@]}" convert detection_output frame latest pool resize shapes threads weights)
  local small=(--test-args=--max-macs=20000000)  # the largest layers once, not on every CPU
  open_log "$builds/arm64.log"
  if build_cross aarch64-gcc; then
    test_cross aarch64-gcc cortex-a53 "${tests[@]}" check_phone check_rebuild check_symbols rows_decoded
    test_cross aarch64-gcc cortex-a76 kcheck "${small[@]}"
    test_cross aarch64-gcc max kcheck "${small[@]}"
  fi
  ! build_cross aarch64-clang tests/kcheck/kcheck tests/test_engine || {
    test_cross aarch64-clang cortex-a53 kcheck "${small[@]}"
    test_cross aarch64-clang cortex-a53 engine
  }
  ! build_cross armhf-gcc "${golden[@]/#/tests/test_}" tests/test_frame || test_cross armhf-gcc cortex-a15 "${golden[@]}" frame
}

# Libraries that hold kernels of one set: their size, and the engine's tests on one that every x86 machine of today runs. Then images.
row_firmware() {
  local dir=$builds/trim-avx2 skiff=$builds/gcc/tools/skiff/skiff status=0 isa target
  local -x CC=gcc CXX=g++
  open_log "$builds/firmware.log"
  configure "$builds/gcc" --werror && step "firmware: skiff" ninja -C "$builds/gcc" tools/skiff/skiff || { count "firmware: skiff" 1; return; }
  for isa in ref avx512; do
    configure "$builds/trim-$isa" --werror -Dtrim=$isa -Dtools=false -Dtests=false -Dbench=false &&
      step "firmware: $isa alone" ninja -C "$builds/trim-$isa" engine/libskiff.a &&
      python3 "$root/tests/check_trim.py" readelf "$builds/trim-$isa/engine/libskiff.a" $isa gcc >>"$log" 2>&1
    count "firmware: a library of $isa alone" $?
  done
  configure "$dir" --werror -Dtrim=avx2 -Dbench=false || { count "firmware: set up" 1; return; }
  step "firmware: avx2 alone" ninja -C "$dir" tests/test_engine tests/libplanted.a || { count "firmware: build" 1; return; }
  rm -f "$dir/meson-logs/testlog.json"
  step "firmware: test avx2 alone" meson test -C "$dir" --no-rebuild engine check_symbols check_symbols_planted check_trim || status=$?
  add_tests "$dir" $status
  for target in virt mps2 host; do
    step "firmware: image for $target" python3 "$root/tests/firmware/check_firmware.py" "$skiff" "$builds/firmware" $target
    count "firmware: image for $target" $?
  done
  grep '^| ' "$log"
}

# run.sh leaves a line for each target, which counts as a test, and says itself what it found.
row_fuzz() {
  local status=0 lines
  open_log "$builds/fuzz.log"
  bash "$root/tests/fuzz/run.sh" "$fuzz_seconds" 2>&1 </dev/null | tee "$log" || status=$?
  lines=$(grep -c 'nothing found$' "$log")
  passed=$((passed + lines))
  [[ $status == 0 && $lines -gt 0 ]] || count "fuzz: status $status after $lines targets without a fault" 1
}

say "checking skiff: rows $rows; build folders and logs in $builds"
open_log "$builds/packages.log"
# shellcheck disable=SC2086
install_packages $packages_to_build $packages_to_test
rm -f "$builds/rows-first.txt"
for row in $rows; do "row_$row"; done
say "took $((SECONDS / 60)) min $((SECONDS % 60)) s"
say "$passed passed, $failed failed, $skipped skipped"
[[ $failed == 0 ]]
