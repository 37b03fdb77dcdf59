# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# How tools/demo.sh and tools/check.sh talk: each step has a title, shows the time and the last line of its log while it runs on a
# terminal, and leaves one line. Sourced with bash; sets `root`, the top of the checkout, without changing the current directory.
set -u -o pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
log=/dev/null      # where steps write; set by open_log
ticker=            # process that shows the time
export LC_ALL=C.UTF-8
# Debian's own tools first: another python3 has not the modules that tests use. A login as root may lack the sbin folders.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:${PATH:-}
trap '[[ -z $ticker ]] || kill "$ticker" 2>/dev/null' EXIT
# ninja and meson turn an interrupt into an ordinary failure, after which bash alone would go on.
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Where a step failed: the last lines of its log where nobody can open the log afterwards, then one line.
die_of_step() {
  [[ -z ${CI:-} ]] || tail -n 60 "$log" >&2
  die "$* (log: $log)"
}

# Makes the folder of a log file and starts the log anew.
open_log() {
  log=$1
  mkdir -p "$(dirname "$log")" 2>/dev/null && : 2>/dev/null >"$log" ||
    die "cannot write to $(dirname "$log"): is the checkout read-only? clone it to a place that you can write to"
}

last_log_line() { tail -n 1 "$log" | tr -d '\r' | tr -c '[:print:]\n' '?' | cut -c -"${1:-60}"; }

# Shows on a terminal how long a step has run and what it last wrote; elsewhere the same once a minute.
show_time() {
  local title=$1 seconds=0 line="\r\033[K%s  %d s  %s" every=1
  [[ -t 1 ]] || line="%s  %d s so far: %s\n" every=60
  while sleep 1 >/dev/null; do  # short, with its output elsewhere: it may outlive this loop and would keep a reader waiting
    seconds=$((seconds + 1))
    # shellcheck disable=SC2059
    [[ $((seconds % every)) != 0 ]] || printf "$line" "$title" $seconds "$(last_log_line $((72 - ${#title})))"
  done
}

# step TITLE COMMAND...: runs the command with its output in the log, shows progress, leaves "TITLE  N s". Returns its status.
step() {
  local title=$1 began=$SECONDS status=0
  shift
  [[ ! -t 1 ]] || printf '%s' "$title"
  show_time "$title" 2>/dev/null &
  ticker=$!
  "$@" </dev/null >>"$log" 2>&1 || status=$?
  kill "$ticker" 2>/dev/null
  wait "$ticker" 2>/dev/null
  ticker=
  [[ ! -t 1 ]] || printf '\r\033[K'
  if [[ $status == 0 ]]; then say "$title  $((SECONDS - began)) s"; else say "$title  FAILED after $((SECONDS - began)) s"; fi
  return $status
}

# configure DIR ARGUMENTS...: makes a meson build folder, anew where it was made by this script with other arguments or for a checkout
# that lay elsewhere. A folder that somebody set up by hand is used as it is.
configure() {
  local dir=$1 wanted made=
  shift
  wanted="$root $*"
  [[ ! -f $dir/skiff-setup ]] || made=$(<"$dir/skiff-setup")
  [[ -f $dir/build.ninja && (-z $made || $made == "$wanted") ]] && return
  [[ -z $made ]] || rm -rf "$dir"
  step "set up $(basename "$dir")" meson setup "$dir" "$root" "$@" && printf '%s' "$wanted" >"$dir/skiff-setup"
}
