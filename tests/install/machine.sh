# Sourced by the scenarios that run in a bare Debian root; see fresh-machine.
# shellcheck shell=bash
set -euo pipefail
# shellcheck disable=SC2034 # the scenarios use them
clips=/shared/data/clips yunet=/shared/models/face_detection_yunet_2026may.onnx
work=$HOME/trial log=$HOME/trial/log
mkdir -p "$work"
# shellcheck disable=SC2034 # the scenarios pass them on
identity=(--museum city-gallery --artwork water-lilies --device pi-1 --endpoint localhost)

fail() {
  echo "FAILED: $*" >&2
  tail -n 40 "$log" /run/fake-systemd/journal >&2 2>/dev/null || true
  exit 1
}
# Nothing that was started here outlives the root it was started in.
tidy() {
  [[ ! -x /usr/local/bin/systemctl ]] || systemctl stop museum-edge.service || true
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  wait
}
trap tidy EXIT
begun=$SECONDS
passed() { echo "passed after $((SECONDS - begun)) s: $*"; }

# issue NAME DAYS: a certificate of the test's own authority.
issue() {
  local name=$1 days=$2
  if [[ ! -f $work/ca.pem ]]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=test-authority \
      -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
  fi
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
    -keyout "$work/$name.key" -out "$work/$name.csr" 2>/dev/null
  openssl x509 -req -in "$work/$name.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days "$days" \
    -extfile <(printf 'subjectAltName=DNS:localhost') -out "$work/$name.pem" 2>/dev/null
}
files_of() { echo --certificate "$work/$1.pem" --key "$work/$1.key" --ca "$work/ca.pem"; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_broker: Mosquitto over mutual TLS on $port; what comes is written to $work/heard.
start_broker() {
  port=$(free_port)
  issue localhost 30
  issue listener 30
  chmod 0644 "$work"/*.key
  cat >"$work/mosquitto.conf" <<CONF
user root
listener $port 127.0.0.1
cafile $work/ca.pem
certfile $work/localhost.pem
keyfile $work/localhost.key
require_certificate true
use_identity_as_username true
CONF
  mosquitto -c "$work/mosquitto.conf" >"$work/mosquitto.log" 2>&1 &
  local _
  for _ in {1..100}; do
    grep -q running "$work/mosquitto.log" && break
    sleep 0.2
  done
  # shellcheck disable=SC2016 # a topic, no variable
  mosquitto_sub -h localhost -p "$port" --cafile "$work/ca.pem" --cert "$work/listener.pem" --key "$work/listener.key" \
    -q 1 -v -t '$aws/#' -t 'museum/#' >"$work/heard" 2>"$work/listener.log" &
}

# in_time SECONDS COMMAND...: waits until the command succeeds.
in_time() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.5
  done
}
# Everything on the disk but what belongs to nobody's installation.
all_files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /src -o -path /shared -o -path /tmp -o -path "$work" \
    -o -path /run/fake-systemd -o -path "$HOME/.cache" -o -path /var/cache -o -path /var/log -o -path /var/lib/apt \) -prune \
    -o ! -type d -print ! -name '*.pyc' | LC_ALL=C sort
}
