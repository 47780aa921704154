# Shared by the shell scripts: talking, and installing system packages where the user may.
say() { printf '· %s\n' "$*" >&2; }
stop() { printf '✗ %s\n' "$*" >&2; exit 1; }

# How this user may install packages: directly, by sudo without a password, or not at all.
_as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 126; fi
}

# install PACKAGE…: true when installed; false when this user may not, or this is not a Debian.
install_packages() {
  command -v apt-get >/dev/null || return 1
  _as_root true || return 1
  say "Installation : $*"
  # RUNLEVEL=1: the packages' own services are not started, we start private ones.
  _as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq update >&2 &&
    _as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install -y --no-install-recommends "$@" >&2
}

line_to_type() { printf 'sudo apt-get install -y --no-install-recommends %s' "$*"; }

# need PACKAGE…: install, or name the one line to type and stop.
need() { install_packages "$@" || stop "Il manque des paquets du système. Tapez : $(line_to_type "$@")"; }
