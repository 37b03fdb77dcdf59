#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check_debian.sh SKIFF: the Debian packages build, lintian has nothing to say about them, and what they install finds the cat.
set -eu -o pipefail
skiff=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
for tool in dpkg-buildpackage dh lintian; do
  command -v $tool >/dev/null || { echo "skipped: Debian packages (no $tool)"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Without what debuggers read, which takes compilers half as long again.
DEB_CXXFLAGS_STRIP=-g DEB_CFLAGS_STRIP=-g DEB_BUILD_OPTIONS=noautodbgsym bash "$root/tools/packaging/deb.sh" "$folder/deb"
# Nobody has asked Debian for a number to close in the changelog.
lintian --allow-root --fail-on error,warning,info --suppress-tags initial-upload-closes-no-bugs "$folder"/deb/*.changes
for package in "$folder"/deb/*.deb; do dpkg -x "$package" "$folder/installed"; done
lib=$(dirname "$(find "$folder/installed" -name libskiff.a)")
LD_LIBRARY_PATH=$lib "$folder/installed/usr/bin/skiff" detect --format rows "$root/tests/photos/cat.jpg" >"$folder/rows"
"$skiff" detect --format rows "$root/tests/photos/cat.jpg" | cmp - "$folder/rows"
[[ -s $folder/rows && -x $folder/installed/usr/bin/skiff-bench && -e $lib/pkgconfig/skiff_pool.pc ]]
echo "packages are built, clean and find what skiff finds"
