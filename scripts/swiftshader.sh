#!/bin/sh
# Fetches SwiftShader, a second software adapter, for tests of several adapters: Debian's package of
# Chromium holds it. Prints the driver's description file, for VK_ADD_DRIVER_FILES; nothing is
# installed, all goes into .tools/swiftshader. Fails, and says why, where there is no apt.
cd "$(dirname "$0")/.." || exit 1

folder=$PWD/.tools/swiftshader
driver=$folder/vk_swiftshader_icd.json

give_up() {
  echo "swiftshader: $*" >&2
  exit 1
}

if [ ! -f "$driver" ]; then
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    give_up "there is no apt here to fetch it with"
  work=$(mktemp -d) || exit 1
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && { apt-get download -qq chromium-common ||
    { apt-get update -qq; apt-get download -qq chromium-common; }; }) >/dev/null 2>&1 ||
    give_up "apt could not download chromium-common"
  dpkg-deb -x "$work"/chromium-common_*.deb "$work" || give_up "the package can't be unpacked"
  mkdir -p "$folder" &&
    cp "$work/usr/lib/chromium/libvk_swiftshader.so" "$folder/" &&
    sed "s#\"\./#\"$folder/#" "$work/usr/lib/chromium/vk_swiftshader_icd.json" >"$driver.new" &&
    mv "$driver.new" "$driver" || give_up "the package holds no SwiftShader"
fi
echo "$driver"
