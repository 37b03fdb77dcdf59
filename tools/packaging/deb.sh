#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tools/packaging/deb.sh [OUT]: builds the Debian packages of this checkout, as it is now, into OUT (default: out/deb).
# Needs build-essential, debhelper and what debian/control lists.
set -eu -o pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
out=${1:-$root/out/deb}
mkdir -p "$out"
out=$(cd "$out" && pwd -P)
version=$(sed -n "s/^skiff (\(.*\)) .*/\1/p;q" "$root/tools/packaging/debian/changelog")
tree=$out/skiff-$version
rm -rf "$tree"
mkdir "$tree"
tar -C "$root" --exclude='./build*' --exclude=./out --exclude='./.*' --exclude=__pycache__ -c . | tar -x -C "$tree"
cp -r "$tree/tools/packaging/debian" "$tree/debian"
(cd "$tree" && dpkg-buildpackage -us -uc -b)
rm -rf "$tree"
ls "$out"/*.deb
