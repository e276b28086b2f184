# shellcheck shell=bash
# Sourced by wine/test and wine/quickstart: Debian packages that are needed and missing.
#
# The caller sets `assume_yes` (may be empty). A tool that is there already, from wherever, is
# taken as it is; only what is missing is installed, with apt, after having been listed.

say() { echo "== $*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

# A machine without a terminal cannot be asked.
may_install() {
  local answer
  [ -z "${assume_yes:-}" ] && [ "${CI:-}" != true ] && [ -t 0 ] || return 0
  read -r -p "Install them now? [Y/n] " answer
  case $answer in '' | y | Y | yes) ;; *) return 1 ;; esac
}

# need COMMAND-OR-FILE PACKAGE...: notes the packages if the command or file is not there.
missing=()
need() {
  case $1 in
    /*) [ ! -e "$1" ] || return 0 ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null && return 0 ;;
  esac
  shift
  missing+=("$@")
}

need_build_tools() {
  need cmake cmake
  need ninja ninja-build
  need python3 python3
  need gcc gcc
  need /usr/include/stdio.h libc6-dev
  need x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
  need i686-w64-mingw32-gcc gcc-mingw-w64-i686-win32
  need widl wine64-tools
}

need_wine() {
  need wine wine wine64
  need_isolation
}

# Namespaces for the tests.
need_isolation() {
  need unshare util-linux
  need ip iproute2
}

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  say "missing here: ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "This is not Debian: please install them yourself." >&2
    return 1
  fi
  may_install || return 1
  # The index may be old, or empty as in a fresh container.
  apt_get update >/dev/null
  apt_get install -y --no-install-recommends "${missing[@]}" \
    || { echo "apt could not install them." >&2; return 1; }
  missing=()
}

# Whether the Wine on the PATH has the DLLs for 32-bit programs.
has_wine32() {
  PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 - <<'PYTHON' 2>/dev/null
import os, sys
from prefixtool import wine
sys.exit("x86" not in wine.find(None, os.environ).folders)
PYTHON
}

# Tries to add 32-bit Wine to a 64-bit Debian; sets `no_wine32` to the reason when it cannot be
# had, and then leaves dpkg and apt as they were.
ensure_wine32() {
  local added=
  no_wine32=
  has_wine32 && return
  command -v apt-get >/dev/null || { no_wine32="none is installed"; return; }
  if ! dpkg --print-foreign-architectures | grep -qx i386; then
    say "32-bit Wine is missing: adding the architecture i386 to dpkg"
    may_install || { no_wine32="installing it was declined"; return; }
    as_root dpkg --add-architecture i386 || { no_wine32="dpkg refuses i386"; return; }
    added=1
  fi
  install_wine32
  if [ -n "$no_wine32" ] && [ -n "$added" ]; then
    say "taking the architecture i386 away again"
    as_root dpkg --remove-architecture i386
    apt_get update >/dev/null
  fi
}

# Looks first whether apt could do it without taking other packages away.
install_wine32() {
  local update plan
  update=$(apt_get update 2>&1)
  if ! plan=$(apt_get install -s --no-install-recommends wine32:i386 2>&1); then
    no_wine32="apt cannot install wine32:i386: $(first_reason "$update
$plan")"
  elif grep -q '^Remv ' <<<"$plan"; then
    no_wine32="installing wine32:i386 would remove other packages"
  else
    say "installing wine32:i386"
    apt_get install -y --no-install-recommends wine32:i386 >/dev/null \
      || no_wine32="apt could not install wine32:i386"
  fi
}

first_reason() {
  grep -m1 -E '^E:|(Depends|Conflicts|Breaks):' <<<"$1" | sed 's/^ *//; s/ \[IP:.*//'
}
