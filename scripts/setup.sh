#!/bin/sh
# Fetches what the project needs and this machine lacks: Deno, through npm, and a Vulkan driver.
# Run it and it prints deno's path; source it and it sets DENO and PATH. It may run any number of
# times. Sourced from elsewhere than scripts/, the current folder must be the project's root.

DENO_VERSION=2.9.6

setup_say() {
  echo "setup: $*" >&2
}

setup_root() {
  root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." 2>/dev/null && pwd)
  [ -f "$root/scripts/setup.sh" ] || root=$PWD
  [ -f "$root/scripts/setup.sh" ] && return
  setup_say "run this in the project's root"
  return 1
}

# The version a deno says it has, or nothing.
setup_version() {
  "$1" --version 2>/dev/null | sed -n 's/^deno \([^ ]*\).*/\1/p'
}

# npm's package runs a script that links the binary of this platform; newer npms do not run it, so
# the binary is used where it lies.
setup_deno() {
  DENO=$(command -v deno)
  [ -n "$DENO" ] && [ "$(setup_version "$DENO")" = "$DENO_VERSION" ] && return
  setup_find_deno && return
  if ! command -v npm >/dev/null; then
    setup_say "Deno $DENO_VERSION comes through npm, which is not here: install Node.js"
    return 1
  fi
  setup_say "installing Deno $DENO_VERSION into .tools"
  if ! setup_log=$(npm install --prefix "$root/.tools" --no-audit --no-fund \
    "deno@$DENO_VERSION" 2>&1); then
    setup_say "npm could not install Deno: $(echo "$setup_log" | grep -m 1 -i error)"
    return 1
  fi
  setup_find_deno && return
  setup_say "npm has no Deno $DENO_VERSION for this system ($(uname -sm))"
  return 1
}

setup_find_deno() {
  for DENO in "$root"/.tools/node_modules/@deno/*/deno; do
    [ -f "$DENO" ] && chmod +x "$DENO" 2>/dev/null
    [ "$(setup_version "$DENO")" = "$DENO_VERSION" ] && return
  done
  return 1
}

setup_vulkan() {
  [ "$(uname -s)" = Linux ] || return 0
  if ! setup_has_driver; then
    setup_say "no Vulkan driver here: installing Mesa's, whose lavapipe is a software adapter"
    setup_install libvulkan1 mesa-vulkan-drivers
  elif ! setup_has_loader; then
    setup_say "no Vulkan loader here: installing libvulkan1"
    setup_install libvulkan1
  fi
}

setup_has_driver() {
  [ -n "$VK_DRIVER_FILES$VK_ICD_FILENAMES" ] && return
  for folder in /etc /usr/share /usr/local/etc /usr/local/share \
    "${XDG_DATA_HOME:-$HOME/.local/share}" "${XDG_CONFIG_HOME:-$HOME/.config}"; do
    for driver in "$folder"/vulkan/icd.d/*.json; do
      [ -f "$driver" ] && return
    done
  done
  return 1
}

# Where there is no ldconfig to ask, the loader is taken to be there.
setup_has_loader() (
  PATH=$PATH:/sbin:/usr/sbin
  command -v ldconfig >/dev/null || return 0
  ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'
)

# Installs Debian packages, as root or through sudo.
setup_install() {
  if ! command -v apt-get >/dev/null; then
    setup_say "no apt-get here: install what your system calls $* yourself"
    return 1
  fi
  sudo=
  if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null; then
      setup_say "only root can install packages: run 'apt-get install $*' as root"
      return 1
    fi
  fi
  # The lists of packages may be absent or old, which is no fault if the installation works.
  $sudo apt-get update -qq >/dev/null 2>&1
  if ! setup_log=$($sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" 2>&1); then
    setup_say "apt-get could not install $*: $(echo "$setup_log" | tail -n 1)"
    return 1
  fi
}

setup_all() {
  setup_root && setup_deno && setup_vulkan || return 1
  export DENO
  case ":$PATH:" in
    *":$(dirname "$DENO"):"*) ;;
    *) PATH=$(dirname "$DENO"):$PATH ;;
  esac
  case $0 in
    */setup.sh | setup.sh) echo "$DENO" ;;
  esac
}

setup_all
