# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: MIT
#
# What Skiff needs of Debian 12, and the one way it is installed. Sourced by tools/demo.sh and tools/check.sh after steps.sh. Only bash,
# dpkg and apt are taken for granted: a bare machine has no compiler, no python3 and no sudo.

# To build the skiff command.
packages_to_build="g++ meson ninja-build pkg-config libcli11-dev libjpeg62-turbo-dev libpugixml-dev libstb-dev nlohmann-json3-dev"

# To build and run every test too: Eigen, Pillow and OpenCV are oracles, clang is the second compiler and brings the sanitizers and
# libFuzzer, binutils reads the archive's symbols, the cross compilers build for arm64 and 32-bit ARM, XNNPACK runs the network a second
# way and is, with oneDNN, what skiff-bench compares with. bochs (booted by grub from a CD) and qemu play CPUs that kernels are checked
# on and the machine at hand may not be; bochs-term is the smallest of the displays of which bochs wants one. The JDK and CMake are for
# the binding to Java.
packages_to_check_kernels="bochs bochs-term bochsbios grub-common grub-pc-bin mtools qemu-user-static vgabios xorriso"
# Firmware: a compiler for CPUs without an operating system, and what plays their boards.
packages_to_check_firmware="gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm"
# Packages: Debian's own builder and critic.
packages_to_check_packages="debhelper fakeroot lintian"
packages_to_test="$packages_to_check_kernels $packages_to_check_firmware $packages_to_check_packages binutils clang cmake doctest-dev
  g++-aarch64-linux-gnu g++-arm-linux-gnueabihf libclang-rt-14-dev libdnnl-dev libeigen3-dev libpthreadpool-dev libxnnpack-dev lld llvm
  openjdk-17-jdk-headless python3 python3-numpy python3-opencv python3-pil"

# Prints those of the named packages that are not installed.
missing_packages() {
  local installed package
  installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null) "
  for package; do
    [[ $installed == *" installed:$package "* ]] || printf '%s ' "$package"
  done
}

# apt-get with no questions asked; waits for another apt that holds the lock.
apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# Lists are fetched where there are none, or where they are too old to be served.
fetch_and_install() {
  local lists=(/var/lib/apt/lists/*_Packages*)
  [[ -e ${lists[0]} ]] && apt_get install --no-install-recommends "$@" && return
  apt_get update && apt_get install --no-install-recommends "$@"
}

# Installs what is missing of the named packages; says what, and returns at once where nothing is. Dies with the command to run where
# it may not install.
install_packages() {
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    die "Skiff's scripts install Debian 12 packages, and this system has no apt-get; needed: $*"
  local missing
  missing=$(missing_packages "$@")
  missing=${missing% }
  [[ -n $missing ]] || return 0
  local command="apt-get update && apt-get install --no-install-recommends $missing"
  [[ $(id -u) == 0 ]] || die "packages are missing and only root can install them; run as root: $command"
  say "installing: $missing"
  # shellcheck disable=SC2086
  step "install packages" fetch_and_install $missing || die_of_step "cannot install packages (is the network up?); by hand: $command"
}
