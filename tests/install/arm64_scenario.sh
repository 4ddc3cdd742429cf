#!/usr/bin/env bash
# In an arm64 Debian root: install, doctor, replay, run against Mosquitto over mutual TLS, remove.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/machine.sh"

[[ $(uname -m) == aarch64 ]] || fail "this is $(uname -m)"
start_broker
issue pi-1 90
model=()
[[ ! -f $yunet ]] || model=(--yunet "$yunet")
# shellcheck disable=SC2046 # several words
/src/edge/install.sh "${identity[@]}" $(files_of pi-1) "${model[@]}" --camera video --yes \
  --set broker.port="$port" --set camera.path="$clips/again.mkv" --set publish.flush_s=0.5 >"$log" 2>&1 ||
  fail "install.sh: exit code $?"
passed "install.sh ($(du -sm /opt/museum-edge | cut -f1) MB)"

/opt/museum-edge/current/venv/bin/python - <<'PY' || fail "the wheels are not those of aarch64"
import platform, cv2, numpy
import tflite_runtime
print("on", platform.machine(), "OpenCV", cv2.__version__, "numpy", numpy.__version__, "TFLite", tflite_runtime.__version__)
assert platform.machine() == "aarch64"
PY

code=0
museum-edge doctor --json --seconds 20 >"$log" 2>&1 || code=$?
cat "$log"
((code <= 1)) || fail "doctor: exit code $code"
passed "museum-edge doctor (exit code $code)"

as_service=(setpriv --reuid museum-edge --regid museum-edge --init-groups --)
cd /
"${as_service[@]}" museum-edge replay "$clips/again.mkv" "${model[@]/--yunet/--yunet-model}" --json >"$log" 2>&1 || fail "replay: exit code $?"
grep -q '"visits": 1' "$log" || fail "replay saw another number of visits than one"
passed "museum-edge replay: $(cut -c1-160 "$log" | tail -n 1)"

"${as_service[@]}" museum-edge run --config /etc/museum-edge/edge.toml >"$log" 2>&1 || fail "run: exit code $?"
in_time 30 grep -q '/visits ' "$work/heard" || fail "no visit came over the broker: $(cat "$work/mosquitto.log")"
grep '/visits ' "$work/heard" | head -n 1 | cut -d' ' -f2- >"$work/visits.json"
python3 - "$work/visits.json" <<'PY' || fail "not the visit that was expected: $(cat "$work/visits.json")"
import json, sys
(visit,) = json.load(open(sys.argv[1]))["visits"]
assert (visit["museum_id"], visit["artwork_id"], visit["device_id"]) == ("city-gallery", "water-lilies", "pi-1"), visit
assert visit["samples"] > 0 and visit["dwell_ms"] > 1000, visit
print("visit:", json.dumps(visit)[:200])
PY
passed "one visit over mutual TLS, from an aarch64 process"

/src/edge/install.sh --uninstall >"$log" 2>&1 || fail "uninstall: exit code $?"
for left in /opt/museum-edge /etc/museum-edge /var/lib/museum-edge /usr/local/bin/museum-edge; do
  [[ ! -e $left ]] || fail "$left is still there"
done
passed "install.sh --uninstall"
