#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tools/demo.sh [IMAGE...]: installs what is missing, builds skiff, finds objects in the given pictures (or in a shipped photo) with the
# shipped model, prints them and writes annotated copies to out/. Everything after the first run is a matter of a second.
. "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
. "$root/tools/packages.sh"

case ${1:-} in
  -h | --help)
    say "usage: tools/demo.sh [IMAGE...]"
    say "Builds skiff, finds objects in the pictures (default: a shipped photo) and writes annotated copies to out/."
    exit 0
    ;;
  -*) [[ -e $1 ]] || die "unknown option $1; usage: tools/demo.sh [IMAGE...]" ;;
esac

images=()
for image; do
  [[ -e $image ]] || die "$image: no such picture"
  [[ -r $image ]] || die "$image: cannot be read"
  case $image in -* | @*) image=./$image ;; esac  # else skiff takes it for an option, or for a list of pictures
  images+=("$image")
done
[[ $# -gt 0 ]] || images=("$root/tests/photos/cat.jpg")

build=$root/build
skiff=$build/tools/skiff/skiff
open_log "$build/demo.log"
# shellcheck disable=SC2086
install_packages $packages_to_build
configure "$build" -Dtests=false || die_of_step "cannot set up the build"
if ninja -C "$build" -n tools/skiff/skiff 2>/dev/null | grep -q 'no work to do'; then
  say "skiff is built"
else
  step "build skiff" ninja -C "$build" tools/skiff/skiff ||
    die_of_step "the build failed: $(grep -m 1 'error: ' "$log" || last_log_line 200)"
fi

out=$root/out
mkdir -p "$out" 2>/dev/null && [[ -w $out ]] || die "cannot write to $out"
say "looking for objects in ${#images[@]} picture$([[ ${#images[@]} == 1 ]] || printf s)"
say
"$skiff" detect --jobs 0 -o "$out" "${images[@]}"
