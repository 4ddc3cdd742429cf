#!/usr/bin/env bash
# In a bare Debian root: all that install.sh does over the years, and all that it refuses. What stands
# in for systemd really starts, watches over and stops the process.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/machine.sh"

pictures=/srv/pictures
python3 - "$pictures" <<'PY' # a camera without end: a textured wall with some noise
import os, random, struct, sys
folder, (width, height) = sys.argv[1], (320, 240)
os.makedirs(folder)
dice = random.Random(1)
wall = [dice.randrange(60, 200) for _ in range(width * height)]
head = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54 + 3 * width * height, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
for number in range(20):
    pixels = bytes(v for w in wall for v in (w + dice.randrange(-6, 7),) * 3)
    open(f"{folder}/base{number:02}.pix", "wb").write(head + pixels)
for number in range(4000):
    os.symlink(f"base{number % 20:02}.pix", f"{folder}/{number:05}.bmp")
PY
camera=(--camera images --set camera.path="$pictures" --set camera.realtime=true --set camera.frames_per_s=4)

code=0
# install SOURCE ARGUMENT...: its exit code is left in $code, what it said in $log.
install() {
  local source=$1
  shift
  code=0
  "$source/edge/install.sh" "$@" >"$log" 2>&1 </dev/null || code=$?
}
says() { grep -qF -- "$1" "$log" || fail "it did not say: $1"; }
succeeds() { ((code == 0)) || fail "$1: exit code $code"; passed "$1"; }
# refused TEXT ARGUMENT...: exit code 2, the text, one problem and its mend, and nothing was changed.
refused() {
  local text=$1
  shift
  install /src "$@"
  ((code == 2)) || fail "exit code $code, not 2, for $*"
  says "$text"
  says 'What to do: '
  ! grep -q Traceback "$log" || fail "a traceback for $*"
  all_files | diff "$work/before" - >"$log" || fail "files were changed by $*"
  passed "refused: $text"
}
note() { python3 -c 'import json, sys; print(json.load(open("/run/museum-edge/health.json"))[sys.argv[1]])' "$1"; }
current() { basename "$(readlink -f /opt/museum-edge/current)"; }
releases() { find /opt/museum-edge/releases -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | xargs; }
# variant NAME VERSION [SED]: another version of the project; SED is done to what `run` does.
variant() {
  cp -r /src "/srv/$1"
  sed -i "s/^VERSION: Final = .*/VERSION: Final = \"$2\"/" "/srv/$1/edge/__init__.py"
  [[ -z ${3:-} ]] || sed -i "$3" "/srv/$1/edge/commands/run.py"
}
rights() { [[ $(stat -c '%a %U' "$2") == "$1" ]] || fail "$2 has $(stat -c '%a %U' "$2"), not $1"; }

issue pi-1 90
issue other 90
issue expired 0
sleep 2
echo 'no certificate' >"$work/text.pem"
mkdir -p /run/lock
all_files >"$work/before"

# shellcheck disable=SC2046 # several words
{
  read -r -a good <<<"$(files_of pi-1)"
  refused 'missing: --museum --artwork --device --endpoint --certificate --key --ca'
  refused 'missing: --key' "${identity[@]}" --certificate "$work/pi-1.pem" --ca "$work/ca.pem"
  refused 'device.museum_id: must be 1 to 48 characters' "${identity[@]}" "${good[@]}" --museum 'City Gallery'
  refused 'is no host name' "${identity[@]}" "${good[@]}" --endpoint mqtts://broker.example:8883
  refused 'has expired' "${identity[@]}" $(files_of expired)
  refused 'is not the key of' "${identity[@]}" "${good[@]}" --key "$work/other.key"
  refused 'is no certificate in PEM' "${identity[@]}" "${good[@]}" --certificate "$work/text.pem"
  refused 'is no certificate in PEM' "${identity[@]}" "${good[@]}" --ca "$work/text.pem"
  refused 'no such file' "${identity[@]}" "${good[@]}" --key "$work/none.key"
  refused 'camera.source: must be one of' "${identity[@]}" "${good[@]}" --camera telescope
  refused 'did you mean index' "${identity[@]}" "${good[@]}" --set camera.indx=1
  refused 'is missing, or not face_detection_yunet' "${identity[@]}" "${good[@]}" --yunet "$work/text.pem"
  refused 'unknown option --musem' --musem x
  refused 'nothing to upgrade' --upgrade
}
code=0
setpriv --reuid nobody --regid nogroup --clear-groups /src/edge/install.sh --yes >"$log" 2>&1 || code=$?
((code == 2)) || fail "as nobody: exit code $code"
says 'this needs root'
passed 'refused: without root'

# A terminal is asked; the network has only Git LFS's pointer; systemd does not run.
mkdir -p "$work/web"
echo 'version https://git-lfs.github.com/spec/v1' >"$work/web/pointer.onnx"
[[ ! -f $yunet ]] || cp "$yunet" "$work/web/right.onnx"
web=$(free_port)
python3 -m http.server --directory "$work/web" --bind 127.0.0.1 "$web" >/dev/null 2>&1 &
start_broker
printf '%s\n' city-gallery water-lilies pi-1 localhost "$work/pi-1.pem" "$work/pi-1.key" "$work/ca.pem" images |
  script -qec "/src/edge/install.sh --set broker.port=$port ${camera[*]:2} --yunet http://127.0.0.1:$web/pointer.onnx" /dev/null >"$log" 2>&1 ||
  fail "with prompts: exit code $?"
says 'Artwork beside which the camera stands'
says 'is not face_detection_yunet_2026may.onnx'
says 'faces are found with Haar'
says 'systemd does not run here'
[[ ! -e /opt/museum-edge/models/face_detection_yunet_2026may.onnx ]] || fail 'a wrong model was kept'
passed "installed by prompts, without systemd, without YuNet ($(du -sm /opt/museum-edge | cut -f1) MB)"
rights '600 museum-edge' /etc/museum-edge/certificates/device.key
rights '640 root' /etc/museum-edge/edge.toml
rights '750 root' /etc/museum-edge
rights '700 museum-edge' /var/lib/museum-edge
id -nG museum-edge | grep -qw video || fail 'the user cannot open cameras'
first=$(current)
[[ $(museum-edge --version) == "$(/opt/museum-edge/current/venv/bin/python -c 'import edge; print(edge.VERSION)')" ]] || fail 'another version'
[[ -z $(cd /src && git status --porcelain) ]] || fail "the checkout was changed: $(cd /src && git status --porcelain)"

# From here on there is a service manager.
mkdir -p /run/systemd/system
install_systemctl() { cp /src/tests/install/systemctl /usr/local/bin/systemctl; }
install_systemctl
more=()
[[ ! -f $yunet ]] || more=(--yunet "http://127.0.0.1:$web/right.onnx")
install /src "${more[@]}"
succeeds 'run again: kept what was answered, started, healthy'
[[ ! -f $yunet ]] || cmp -s "$yunet" /opt/museum-edge/models/face_detection_yunet_2026may.onnx || fail 'YuNet was not brought'
[[ $(note camera) == ok && $(note state) == running ]] || fail "the note says $(cat /run/museum-edge/health.json)"
[[ $(awk '/^Uid:/ { print $2 }' "/proc/$(systemctl show)/status") == "$(id -u museum-edge)" ]] || fail 'it runs as another user'

pid=$(systemctl show)
before=$(sha256sum /etc/museum-edge/edge.toml)
install /src
succeeds 'run again: nothing to do'
says 'Nothing has changed'
[[ $pid == "$(systemctl show)" && $before == "$(sha256sum /etc/museum-edge/edge.toml)" ]] || fail 'it was restarted or rewritten'

install /src --set visits.min_dwell_s=2.5 --artwork harvest
succeeds 'a setting changed'
[[ $pid != "$(systemctl show)" ]] || fail 'it was not restarted'
grep -q '^min_dwell_s = 2.5' /etc/museum-edge/edge.toml || fail 'the setting is not there'
grep -q '^artwork_id = "harvest"' /etc/museum-edge/edge.toml || fail 'the artwork is not there'
grep -q '^museum_id = "city-gallery"' /etc/museum-edge/edge.toml || fail 'the museum was lost'

variant newer 0.1.1
install /srv/newer --upgrade
succeeds 'upgrade to a newer version'
second=$(current)
[[ $second == 0.1.1-* && $(note version) == 0.1.1 ]] || fail "$second runs"
[[ $(releases) == "$first $second" ]] || fail "releases: $(releases)"
grep -q '^artwork_id = "harvest"' /etc/museum-edge/edge.toml || fail 'the upgrade changed the settings'

variant broken 0.1.2 's/^\( *\)process\.run()$/\1raise RuntimeError("broken")/'
grep -q broken /srv/broken/edge/commands/run.py || fail 'the broken version is not broken'
install /srv/broken --upgrade --health-wait 15
((code == 1)) || fail "a version that crashes: exit code $code"
says "the version before, $second, runs again"
[[ $(current) == "$second" && $(note version) == 0.1.1 && $(releases) == *"$second"* && $(releases) != *0.1.2* ]] || fail "$(current) runs; $(releases)"
passed 'a version that crashes went back by itself'

variant hanging 0.1.3 's/^\( *\)process\.run()$/\1signal.pause()/'
grep -q 'signal.pause' /srv/hanging/edge/commands/run.py || fail 'the hanging version does not hang'
code=0
/srv/hanging/edge/install.sh --upgrade >"$log" 2>&1 </dev/null &
installer=$!
in_time 240 grep -q 'until it is healthy' "$log" || fail 'it never got to the start'
sleep 5
kill -TERM "$installer"
wait "$installer" || code=$?
((code == 1)) || fail "interrupted: exit code $code"
says 'it was interrupted'
[[ $(current) == "$second" && $(note version) == 0.1.1 ]] || fail "$(current) runs"
passed 'an upgrade that was interrupted went back'

variant refusing 0.1.4
sed -i 's/    min_dwell_s: float/    min_stay_s: float/; s/"min_dwell_s"/"min_stay_s"/; s/self\.min_dwell_s/self.min_stay_s/' /srv/refusing/edge/config/*.py
install /srv/refusing --upgrade
((code == 2)) || fail "a version that refuses the settings: exit code $code"
says 'is not a known key'
[[ $(current) == "$second" && $(note version) == 0.1.1 ]] || fail "$(current) runs"
passed 'a version that refuses the settings was not switched to'

variant newest 0.1.5
rm -rf /srv/broken /srv/hanging /srv/refusing
install /srv/newest --upgrade
succeeds 'another upgrade'
[[ $(releases) == "$second $(current)" ]] || fail "releases: $(releases)"

install /src --uninstall --keep-outbox
succeeds 'uninstalled but for the outbox'
[[ -s /var/lib/museum-edge/outbox.db ]] || fail 'the outbox is gone'
[[ -z $(find /var/lib/museum-edge -type f ! -name 'outbox.db*') ]] || fail "more is left: $(ls -A /var/lib/museum-edge)"
[[ $(systemctl show) == 0 ]] || fail 'it still runs'
# shellcheck disable=SC2046 # several words
install /src "${identity[@]}" $(files_of pi-1) --set broker.port="$port" "${camera[@]}" --yunet "http://127.0.0.1:$web/none" --no-start
succeeds 'installed on the old outbox, not started'
rights '600 museum-edge' /var/lib/museum-edge/outbox.db
install /src --uninstall
succeeds 'uninstalled'
install /src --uninstall
succeeds 'uninstalled once more'
rm -f /usr/local/bin/systemctl
all_files | grep -v -e '^/srv/' -e '^/run/' -e '^/etc/[a-z]*-$' >"$work/after"
grep -v -e '^/srv/' -e '^/run/' -e '^/etc/[a-z]*-$' "$work/before" | diff - "$work/after" >"$log" || fail 'something is left'
for left in /opt/museum-edge /etc/museum-edge /var/lib/museum-edge /run/museum-edge; do
  [[ ! -e $left ]] || fail "$left is still there"
done
! getent passwd museum-edge >/dev/null || fail 'the user is still there'
passed 'nothing is left'
