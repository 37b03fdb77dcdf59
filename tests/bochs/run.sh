#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh ELF MODEL WANTED: boots kcheck_bare in bochs as CPU model MODEL (bochs --help cpu) and prints what it printed. The instruction
# sets WANTED (a list, "avx2 avx512") must have been checked. Exit status 0 on PASS, 1 otherwise, 77 where a tool is missing.
set -u -o pipefail
elf=$1 model=$2 wanted=$3
seconds=500  # 40 on an idle machine

for tool in bochs grub-mkrescue xorriso mformat; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/image/boot/grub"
cp "$elf" "$dir/image/boot/kcheck"
printf 'set timeout=0\nmenuentry kcheck {\n  multiboot /boot/kcheck\n  boot\n}\n' >"$dir/image/boot/grub/grub.cfg"
grub-mkrescue -o "$dir/kcheck.iso" "$dir/image" >"$dir/grub.log" 2>&1 || { cat "$dir/grub.log"; exit 1; }

# The rfb display is the one that needs no screen; nobody will connect.
cat >"$dir/bochsrc" <<EOF
display_library: rfb, options="timeout=0"
cpu: model=$model, count=1, ips=200000000, reset_on_triple_fault=0
memory: guest=128, host=128
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path="$dir/kcheck.iso", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev="$dir/serial"
log: $dir/log
speaker: enabled=0
sound: driver=dummy
plugin_ctrl: speaker=0
panic: action=fatal
EOF
echo c >"$dir/rc"  # Debian's bochs starts in its debugger: continue
touch "$dir/serial"
timeout "$seconds" bochs -q -f "$dir/bochsrc" -unlock -rc "$dir/rc" </dev/null >"$dir/stdout" 2>&1
status=$?
cat "$dir/serial"

fail() {
  echo "$model: $*"
  tail -n 20 "$dir/log" "$dir/stdout"
  exit 1
}
[[ $status != 124 ]] || fail "not done after $seconds s"
for isa in $wanted; do
  grep -q "^pw $isa: " "$dir/serial" || fail "the kernels of $isa were not checked"
done
case $(tail -n 1 "$dir/serial") in
  PASS) ;;
  FAIL) exit 1 ;;
  *) fail "ended without a verdict" ;;
esac
