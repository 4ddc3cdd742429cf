#!/usr/bin/env bash
# Puts the edge package onto this machine as a service, brings it to a newer version, or removes it.
#
#   sudo edge/install.sh [settings]             installs; asks for what is missing on a terminal
#   sudo edge/install.sh --upgrade              from a newer checkout: switches versions, goes back by itself
#   sudo edge/install.sh --uninstall [--keep-outbox]
#
# Settings, kept from the last time where they are not given:
#   --museum ID --artwork ID --device ID        who this is, as in museum.toml and AWS IoT
#   --endpoint HOST                             the broker (aws iot describe-endpoint --endpoint-type iot:Data-ATS)
#   --certificate FILE --key FILE --ca FILE     of this device, and of the broker's authority (PEM)
#   --visits-rule NAME                          rule for Basic Ingest; "" for the plain topic
#   --camera KIND                               picamera2, v4l2, …: camera.source of edge.toml
#   --set TABLE.KEY=VALUE                       any other key of edge.toml; may be repeated
#   --yunet FILE|URL                            the face detector's model, where it can't be had from OpenCV Zoo
# How:
#   --yes                                       never asks
#   --no-start                                  installs, but neither starts nor restarts
#   --health-wait SECONDS                       longest wait for a healthy start (120)
#
# Exit codes: 0 done; 1 stopped, or gone back to the version before; 2 a setting is missing or wrong,
# nothing was changed; 3 installed, but not healthy. Every step, and what each failure means: docs/install.md
set -Eeuo pipefail
umask 022
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

readonly base=/opt/museum-edge etc=/etc/museum-edge state=/var/lib/museum-edge run=/run/museum-edge
readonly user=museum-edge unit=museum-edge.service units=/etc/systemd/system
readonly journald=/etc/systemd/journald@museum-edge.conf command=/usr/local/bin/museum-edge
readonly python=/usr/bin/python3
readonly yunet_name=face_detection_yunet_2026may.onnx
readonly yunet_sum=ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0
readonly yunet_url=https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/$yunet_name
readonly amazon_ca=/usr/share/ca-certificates/mozilla/Amazon_Root_CA_1.crt
readonly needed_mb=700 settle_s=10 soon_s=$((30 * 24 * 3600))
checkout=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
readonly checkout

mode=install yes=no start=yes keep_outbox=no health_wait=120 yunet=''
declare -A asked=()
settings=()
changed=no new='' old='' stage=''

say() { printf '[museum-edge] %s\n' "$*" || true; }
warn() { printf '[museum-edge] Warning: %s\n' "$*" >&2 || true; }
die() { # CODE PROBLEM MEND
  printf '\n[museum-edge] Stopped: %s\n[museum-edge] What to do: %s\n' "$2" "$3" >&2 || true
  trap - ERR
  exit "$1"
}

# step DOING MEND: what the next lines do, for people, and what to do should one of them fail.
step() { doing=$1 mend=$2; }
doing='beginning' mend='Run it again; if it stops here again, report the lines above.'
trap '((BASH_SUBSHELL)) || die 1 "$doing failed (install.sh, line $LINENO: $BASH_COMMAND)" "$mend"' ERR
trap '[[ -z $stage ]] || rm -rf "$stage"' EXIT

# quietly COMMAND...: shows what a command printed only if it fails.
quietly() {
  local log=$stage/log
  "$@" >"$log" 2>&1 && return
  tail -n 25 "$log" >&2
  return 1
}

# --- The service manager: all that asks it anything -----------------------------------------------

# Where systemd does not run (a chroot, an image being built), all is installed and nothing started.
systemd_runs() { [[ -d /run/systemd/system ]] && command -v systemctl >/dev/null; }
service() { systemctl "$@"; }
systemd_version() { service --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p'; }

# --- Settings --------------------------------------------------------------------------------------

usage() { sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//; p}' "${BASH_SOURCE[0]}"; }

parse() {
  while (($#)); do
    case $1 in
      --museum | --artwork | --device | --endpoint | --certificate | --key | --ca | --camera | --visits-rule | --yunet | --set | --health-wait)
        (($# > 1)) || die 2 "$1 needs a value" "See edge/install.sh --help"
        case $1 in
          --set) settings+=(--set "$2") ;;
          --yunet) yunet=$2 ;;
          --health-wait) health_wait=$2 ;;
          *) asked[${1#--}]=$2 ;;
        esac
        shift 2
        ;;
      --upgrade | --uninstall)
        [[ $mode == install ]] || die 2 "--upgrade and --uninstall exclude each other" "Give one of them."
        mode=${1#--}
        shift
        ;;
      --keep-outbox) keep_outbox=yes; shift ;;
      --yes) yes=yes; shift ;;
      --no-start) start=no; shift ;;
      -h | --help) usage; exit 0 ;;
      *) die 2 "unknown option $1" "See edge/install.sh --help" ;;
    esac
  done
  [[ $health_wait =~ ^[1-9][0-9]{0,3}$ ]] || die 2 "--health-wait $health_wait is no number of seconds" "Give 1 to 9999."
  if [[ $mode != install && $((${#asked[@]} + ${#settings[@]})) != 0 ]]; then
    die 2 "--$mode takes no settings" "Change settings with a run of their own, without --$mode."
  fi
  [[ $keep_outbox == no || $mode == uninstall ]] || die 2 "--keep-outbox belongs to --uninstall" "Leave it out."
}

in_checkout() { (cd "$checkout" && "$python" -B -m "$@"); }
configured() { [[ -f $etc/edge.toml ]] && in_checkout edge.fill_config "$etc/edge.toml" --get "$1" 2>/dev/null; }
can_ask() { [[ $yes == no && -t 0 ]]; }

# want NAME KEY QUESTION DEFAULT: fills asked[NAME] from a prompt; what edge.toml says already stays.
missing=()
want() {
  local name=$1 key=$2 question=$3 default=$4 answer=''
  [[ -v asked[$name] ]] && return
  configured "$key" >/dev/null && return
  if can_ask; then
    while [[ -z $answer ]]; do
      read -r -p "$question${default:+ [$default]}: " answer || die 2 "no answer to: $question" "Give it as --$name."
      answer=${answer:-$default}
    done
    asked[$name]=$answer
  elif [[ -n $default ]]; then
    asked[$name]=$default
  else
    missing+=("--$name")
  fi
}

collect_settings() {
  local ca='' name
  want museum device.museum_id 'Museum (as in museum.toml)' ''
  want artwork device.artwork_id 'Artwork beside which the camera stands' ''
  want device device.device_id "Device (the thing's name in AWS IoT)" ''
  want endpoint broker.endpoint "Broker's host name" ''
  want certificate broker.certificate_file "File with this device's certificate (PEM)" ''
  want key broker.key_file 'File with its private key (PEM)' ''
  # Debian brings the authority that signs AWS IoT's brokers.
  if [[ -f $amazon_ca && ${asked[endpoint]:-$(configured broker.endpoint || true)} == *.amazonaws.com ]]; then
    ca=$amazon_ca
  fi
  want ca broker.ca_file "File with the certificate of the broker's authority (PEM)" "$ca"
  want camera camera.source 'Camera: picamera2 (ribbon cable) or v4l2 (USB)' v4l2
  if ((${#missing[@]})); then
    die 2 "missing: ${missing[*]}" "Give them as flags, or run this on a terminal, which asks for them."
  fi
  for name in certificate key ca; do
    [[ -v asked[$name] ]] || continue
    [[ -f ${asked[$name]} && -r ${asked[$name]} ]] || die 2 "--$name ${asked[$name]}: no such file, or not readable" "Check the path."
  done
  [[ -n ${asked[camera]:-} ]] && settings+=(--text "camera.source=${asked[camera]}")
  [[ -n ${asked[museum]:-} ]] && settings+=(--text "device.museum_id=${asked[museum]}")
  [[ -n ${asked[artwork]:-} ]] && settings+=(--text "device.artwork_id=${asked[artwork]}")
  [[ -n ${asked[device]:-} ]] && settings+=(--text "device.device_id=${asked[device]}")
  [[ -n ${asked[endpoint]:-} ]] && settings+=(--text "broker.endpoint=${asked[endpoint]}")
  [[ -v asked[visits-rule] ]] && settings+=(--text "broker.visits_rule=${asked[visits-rule]}")
  return 0
}

check_endpoint() {
  local host=${asked[endpoint]:-}
  [[ -z $host ]] && return
  [[ ${#host} -le 253 && $host =~ ^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$ ]] ||
    die 2 "--endpoint $host is no host name" "Give the name alone, without mqtts:// and port; the port is --set broker.port=N."
  [[ $host != EXAMPLE-* ]] || die 2 "--endpoint $host is the example" "Ask for yours: aws iot describe-endpoint --endpoint-type iot:Data-ATS"
}

pem_ok() { openssl x509 -in "$1" -noout 2>/dev/null; }
check_credentials() {
  local certificate=${asked[certificate]:-$etc/certificates/device.pem} key=${asked[key]:-$etc/certificates/device.key}
  local ca=${asked[ca]:-$etc/certificates/ca.pem} begins
  [[ -v asked[certificate] || -v asked[key] || -v asked[ca] ]] || return 0
  # A certificate that is renewed comes with its key; where edge.toml names files of its own, those are checked.
  [[ -v asked[certificate] || -f $certificate ]] || certificate=$etc/$(configured broker.certificate_file)
  [[ -v asked[key] || -f $key ]] || key=$etc/$(configured broker.key_file)
  pem_ok "$certificate" || die 2 "$certificate is no certificate in PEM" "Give the file that begins with -----BEGIN CERTIFICATE-----."
  openssl pkey -in "$key" -noout -passin pass: 2>/dev/null ||
    die 2 "$key is no private key in PEM, or it has a passphrase" "Give the device's private key without a passphrase."
  [[ $(openssl x509 -in "$certificate" -pubkey -noout) == "$(openssl pkey -in "$key" -pubout -passin pass:)" ]] ||
    die 2 "$key is not the key of $certificate" "Give certificate and key of the same device."
  if [[ -v asked[ca] ]]; then
    pem_ok "$ca" || die 2 "$ca is no certificate in PEM" "Give the authority's certificate, for AWS IoT AmazonRootCA1.pem."
    openssl x509 -in "$ca" -checkend 0 -noout >/dev/null || die 2 "$ca has expired" "Get the authority's present certificate, and see whether this machine's clock is right: $(date -u +%F)."
  fi
  begins=$(openssl x509 -in "$certificate" -startdate -noout)
  (($(date -d "${begins#notBefore=}" +%s) <= $(date +%s))) ||
    die 2 "$certificate is not valid before ${begins#notBefore=}" "Set this machine's clock; it says $(date -u '+%F %H:%M') UTC."
  openssl x509 -in "$certificate" -checkend 0 -noout >/dev/null ||
    die 2 "$certificate has expired: $(openssl x509 -in "$certificate" -enddate -noout | cut -d= -f2)" "Issue a new certificate for this device, or set the clock; it says $(date -u +%F)."
  openssl x509 -in "$certificate" -checkend "$soon_s" -noout >/dev/null ||
    warn "$certificate expires within 30 days; have a new one issued"
}

# What the process would refuse is refused here; the result waits in $stage/edge.toml.
compose_config() {
  local from=$etc/edge.toml
  if [[ ! -f $from ]]; then
    from=$checkout/edge/edge.example.toml
    settings=(--text "detector.yunet_model=$base/models/$yunet_name" --text "outbox.file=$state/outbox.db" "${settings[@]}")
  fi
  [[ -v asked[ca] ]] && settings+=(--text broker.ca_file=certificates/ca.pem)
  [[ -v asked[certificate] ]] && settings+=(--text broker.certificate_file=certificates/device.pem)
  [[ -v asked[key] ]] && settings+=(--text broker.key_file=certificates/device.key)
  if ! in_checkout edge.fill_config "$from" "${settings[@]}" >"$stage/edge.toml" 2>"$stage/complaint"; then
    die 2 "$(tail -n 1 "$stage/complaint")" "Correct that flag, or $from; nothing was changed."
  fi
}

# --- What this machine must have -------------------------------------------------------------------

check_machine() {
  local architecture free_mb
  [[ $(id -u) == 0 ]] || die 2 "this needs root" "Run: sudo edge/install.sh …"
  [[ -f $checkout/edge/fill_config.py && -f $checkout/pyproject.toml && -d $checkout/contracts ]] ||
    die 2 "$checkout is not a whole checkout" "Run install.sh where the project was cloned or unpacked, not a copy of the script."
  architecture=$(dpkg --print-architecture 2>/dev/null || uname -m)
  [[ $architecture =~ ^(arm64|amd64|aarch64|x86_64)$ ]] ||
    die 2 "this system is $architecture" "Use a 64-bit system: Raspberry Pi OS (64-bit) or Debian, arm64 or amd64."
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null ||
    die 2 "Python 3.11 to 3.13 is not at $python" "Use Debian 12 or 13, or Raspberry Pi OS Bookworm or Trixie."
  free_mb=$(df -Pm /opt | awk 'NR == 2 { print $4 }')
  ((free_mb >= needed_mb)) || die 2 "only $free_mb MB are free on /opt's disk" "Free $needed_mb MB; old packages: sudo apt-get clean"
}

# need PACKAGE WHAT: a Debian package.
need() {
  command -v apt-get >/dev/null || die 1 "$2 is missing and there is no apt-get" "Install $2 and run this again."
  say "Installing $2 (apt-get install $1)"
  { quietly apt-get update -q &&
    quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1"; } ||
    die 1 "apt-get could not install $1" "${3:-Check the network, or install $1 by hand, and run this again.}"
}
need_tools() {
  command -v openssl >/dev/null || need openssl 'openssl'
  command -v useradd >/dev/null || need passwd 'useradd'
  command -v flock >/dev/null || need util-linux 'flock'
}
alone() {
  mkdir -p /run/lock
  exec 9>/run/lock/museum-edge-install.lock
  flock --nonblock 9 || die 1 "another install.sh is at work" "Wait until that one is done."
}
need_packages() {
  "$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "Python's venv"
  [[ -f /etc/ssl/certs/ca-certificates.crt ]] || need ca-certificates 'certificates of the web'
  if [[ $("$python" -c 'import tomllib, sys; print(tomllib.load(open(sys.argv[1], "rb"))["camera"]["source"])' "$stage/edge.toml") == picamera2 ]] &&
    ! "$python" -c 'import picamera2' 2>/dev/null; then
    need python3-picamera2 'picamera2' "It comes with Raspberry Pi OS; on another system take a USB camera: --camera v4l2."
  fi
}

# --- The detector's model --------------------------------------------------------------------------

right_sum() { [[ -f $1 && $(sha256sum <"$1" | cut -d' ' -f1) == "$yunet_sum" ]]; }
check_yunet() {
  [[ -z $yunet || $yunet == http*://* ]] && return
  right_sum "$yunet" || die 2 "--yunet $yunet is missing, or not $yunet_name (SHA-256 $yunet_sum)" "Download it anew from OpenCV Zoo; a file of some hundred bytes is Git LFS's pointer, not the model."
}
download() {
  "$python" -I - "$1" "$2" <<'PY'
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=30) as answer:
    data = answer.read(1_000_000)
with open(sys.argv[2], "wb") as file:
    file.write(data)
PY
}
bring_yunet() {
  local file=$base/models/$yunet_name from=${yunet:-$yunet_url}
  step "bringing the face detector's model" "Give the file with --yunet, or leave it: Haar is used without it."
  right_sum "$file" && return
  if [[ -n $yunet && $yunet != http*://* ]]; then
    cp "$yunet" "$stage/yunet"
  else
    say "Downloading the face detector YuNet (230 kB)"
    if ! download "$from" "$stage/yunet" 2>"$stage/complaint"; then
      warn "YuNet cannot be had from $from: $(tail -n 1 "$stage/complaint")"
    elif ! right_sum "$stage/yunet"; then
      warn "what came from $from is not $yunet_name: its SHA-256 is $(sha256sum <"$stage/yunet" | cut -d' ' -f1)"
    fi
  fi
  mkdir -p "$base/models"
  if right_sum "$stage/yunet"; then
    install -m 0644 "$stage/yunet" "$file.new"
    mv -f "$file.new" "$file"
    changed=yes
  else
    rm -f "$file"
    warn "faces are found with Haar, which is slower and misses more; run this again with --yunet FILE to mend it"
  fi
}

# --- Releases --------------------------------------------------------------------------------------

release_of() { basename "$(readlink -f "$1")"; }
version_of_release() { echo "${1%-py*-*}"; }

# The version, Python's, and a sum over all that is installed: another content is another release.
name_release() {
  local version tag sum
  version=$(sed -n 's/^VERSION: Final = "\([0-9A-Za-z.+]*\)"$/\1/p' "$checkout/edge/__init__.py")
  [[ -n $version ]] || die 1 "edge/__init__.py names no version" "Take an unchanged checkout."
  tag=$("$python" -c 'import sys; print("py%d%d" % sys.version_info[:2])')
  sum=$(cd "$checkout" && find edge contracts pyproject.toml constraints.txt -type f ! -path '*/__pycache__/*' ! -name '*.pyc' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-8)
  new=$version-$tag-$sum
}

build_release() {
  local folder=$base/releases/$new pip
  [[ -f $folder/complete ]] && return
  say "Building release $new (some minutes the first time)"
  rm -rf "$folder"
  mkdir -p "$folder"
  step "making the virtual environment" "Run: sudo apt-get install python3-venv"
  quietly "$python" -m venv --system-site-packages "$folder/venv"
  pip=("$folder/venv/bin/python" -m pip install --disable-pip-version-check --no-cache-dir)
  step "installing Python packages" "Check network, proxy and free disk space, and run this again; what was installed before is untouched."
  # All into the venv, whatever apt has: only picamera2 and what that needs come from there.
  quietly "${pip[@]}" --ignore-installed -c "$checkout/constraints.txt" -r "$checkout/edge/requirements.txt"
  step "installing the edge package" "Check the network (setuptools is fetched to build it) and run this again."
  mkdir "$stage/source"
  cp -r "$checkout/edge" "$checkout/contracts" "$checkout/pyproject.toml" "$stage/source"
  quietly "${pip[@]}" --no-deps "$stage/source"
  rm -rf "$stage/source"
  cp -r "$checkout/edge/system" "$folder/system"
  step "trying the new release" "This Python cannot load the packages; use Debian 12 or 13, or Raspberry Pi OS, 64-bit."
  quietly "$folder/venv/bin/museum-edge" --version
  (cd / && quietly "$folder/venv/bin/python" -c 'import awscrt, cv2, numpy, edge.commands.run')
  touch "$folder/complete"
}

# put RELEASE: its unit and journal bounds, then the links, each replaced in one rename.
put() {
  local folder=$base/releases/$1
  mkdir -p "$units/$unit.d"
  place "$folder/system/museum-edge.service" "$units/$unit"
  place "$folder/system/journald.conf" "$journald"
  if systemd_runs && (($(systemd_version) >= 254)); then
    place "$folder/system/newer-systemd.conf" "$units/$unit.d/10-newer-systemd.conf"
  else
    rm -f "$units/$unit.d/10-newer-systemd.conf"
  fi
  rmdir --ignore-fail-on-non-empty "$units/$unit.d"
  link "$folder" "$base/current"
  mkdir -p "$(dirname "$command")"
  link "$base/current/venv/bin/museum-edge" "$command"
  if systemd_runs; then
    service daemon-reload
    service try-restart systemd-journald@museum-edge.service 2>/dev/null || true
  fi
}
place() { # FROM TO
  cmp -s "$1" "$2" && return
  install -D -m 0644 "$1" "$2.new"
  mv -f "$2.new" "$2"
  changed=yes
}
link() { # TARGET LINK
  [[ $(readlink "$2" || true) == "$1" ]] && return
  ln -sfn "$1" "$2.new"
  mv -T "$2.new" "$2"
  changed=yes
}
prune() { # KEEP...
  local folder name
  for folder in "$base/releases"/*/; do
    name=$(basename "$folder")
    [[ " $* " == *" $name "* ]] || rm -rf "$folder"
  done
}

# --- User, files -----------------------------------------------------------------------------------

make_user() {
  local group
  step "making the user $user" "See whether /etc/passwd can be written, and run this again."
  if ! getent passwd "$user" >/dev/null; then
    useradd --system --user-group --home-dir "$state" --no-create-home --shell /usr/sbin/nologin \
      --comment 'Smart Museum' "$user"
  fi
  for group in video render; do
    if getent group "$group" >/dev/null; then usermod --append --groups "$group" "$user"; fi
  done
}

write_files() {
  local certificates=$etc/certificates
  step "writing $etc" "See whether the disk is full or read-only (df /etc), and run this again."
  install -d -m 0750 -o root -g "$user" "$etc" "$certificates"
  [[ ! -v asked[ca] ]] || secret "${asked[ca]}" "$certificates/ca.pem" 0640 root
  [[ ! -v asked[certificate] ]] || secret "${asked[certificate]}" "$certificates/device.pem" 0640 root
  [[ ! -v asked[key] ]] || secret "${asked[key]}" "$certificates/device.key" 0600 "$user"
  secret "$stage/edge.toml" "$etc/edge.toml" 0640 root
  step "making $state" "See whether the disk is full or read-only (df /var), and run this again."
  install -d -m 0700 -o "$user" -g "$user" "$state"
  chown -R "$user:$user" "$state"
}
secret() { # FROM TO MODE OWNER
  if [[ $(stat -c '%04a %U %G' "$2" 2>/dev/null) == "${3} $4 $user" ]] && cmp -s "$1" "$2"; then return; fi
  (umask 077 && cp "$1" "$2.new")
  chown "$4:$user" "$2.new"
  chmod "$3" "$2.new"
  mv -f "$2.new" "$2"
  changed=yes
}

# --- Start, health, back ---------------------------------------------------------------------------

health() { # RELEASE ARGUMENT...
  local release=$1
  shift
  (cd / && "$base/releases/$release/venv/bin/python" -B -m edge.health "$run/health.json" "$@")
}
# wait_until_well RELEASE TOLERATED-CAMERA-STATE: the reason why not is left in $why.
why=''
wait_until_well() {
  local release=$1 tolerated=$2 deadline=$((SECONDS + health_wait)) pid well_pid='' well_since=0
  while ((SECONDS <= deadline)); do
    pid=$(service show --property MainPID --value "$unit" 2>/dev/null || echo 0)
    if [[ ! $pid =~ ^[1-9][0-9]*$ ]]; then
      why='the process does not run' well_pid=''
    elif ! why=$(health "$release" --pid "$pid" --version "$(version_of_release "$release")" ${tolerated:+--tolerate "$tolerated"} 2>&1); then
      why=$(tail -n 1 <<<"$why") well_pid=''
    elif [[ $pid != "$well_pid" ]]; then
      well_pid=$pid well_since=$SECONDS
    elif ((SECONDS - well_since >= settle_s)); then
      return 0
    fi
    sleep 1
  done
  why=${why/#well/it is well, but not for $settle_s s yet}
  return 1
}
show_log() {
  command -v journalctl >/dev/null || return 0
  journalctl --namespace museum-edge --unit "$unit" --lines 10 --no-pager --output cat 2>/dev/null | sed 's/^/    /' >&2 || true
}
restart() {
  service reset-failed "$unit" 2>/dev/null || true
  service restart --no-block "$unit"
}

go_back() { # REASON
  trap '' INT TERM
  step "going back to release $old" "Look at: systemctl status museum-edge; then run edge/install.sh of the older version."
  warn "release $new is not healthy: $1"
  show_log
  put "$old"
  restart
  prune "$old"
  if wait_until_well "$old" "$before"; then
    die 1 "the upgrade failed ($1); the version before, $old, runs again" "Report the lines above; nothing else is needed, visits go on."
  fi
  die 1 "the upgrade failed ($1); the version before, $old, is installed again, but is not healthy either: $why" "Run: sudo museum-edge doctor --config $etc/edge.toml"
}

before=''
activate() {
  step "switching to release $new" "Run this again; see whether the disk is full or read-only (df /opt)."
  if ! systemd_runs || [[ $start == no ]]; then
    put "$new"
    if systemd_runs; then
      service enable --quiet "$unit"
      say "Installed, not started (--no-start). Start it: sudo systemctl restart museum-edge"
    else
      enable_offline
      say "Installed. systemd does not run here, so nothing was started; the service starts with the next boot."
    fi
    if [[ -n $old && $old != "$new" ]]; then link "$base/releases/$old" "$base/previous"; fi
    prune "$new" "$(release_of "$base/previous")"
    return
  fi
  if [[ -n $old && $old != "$new" ]]; then
    before=$(health "$new" 2>/dev/null || true) # the camera's state, from the note of the version before
    [[ $before =~ ^[a-z_]+$ && $before != starting ]] || before=''
    # From here on a lost connection does not stop it half-way, and Ctrl-C goes back.
    trap '' HUP PIPE
    trap 'go_back "it was interrupted"' INT TERM
  fi
  put "$new"
  service enable --quiet "$unit"
  if [[ $changed == no ]] && service is-active --quiet "$unit"; then
    say "Nothing has changed; the service runs."
    prune "$new" "$(release_of "$base/previous")"
    return
  fi
  say "Starting; waiting up to $health_wait s until it is healthy"
  step "starting the service" "Look at: systemctl status museum-edge"
  restart
  if wait_until_well "$new" "$before"; then
    if [[ -n $old && $old != "$new" ]]; then link "$base/releases/$old" "$base/previous"; fi
    trap - INT TERM HUP PIPE
    prune "$new" "$(release_of "$base/previous")"
    say "Healthy: release $new"
    return
  fi
  if [[ -n $old && $old != "$new" ]]; then go_back "$why"; fi
  show_log
  die 3 "installed, but not healthy after $health_wait s: $why" "The service goes on trying. Run: sudo museum-edge doctor --config $etc/edge.toml"
}
enable_offline() {
  mkdir -p "$units/multi-user.target.wants"
  link "$units/$unit" "$units/multi-user.target.wants/$unit"
}

# --- Away ------------------------------------------------------------------------------------------

uninstall() {
  local answer
  if can_ask; then
    read -r -p "Remove museum-edge, its settings and keys$([[ $keep_outbox == yes ]] || echo ' and unsent visits')? [y/N] " answer || answer=n
    [[ $answer == [yY]* ]] || die 1 "not confirmed" "Nothing was removed."
  fi
  if systemd_runs; then
    step "stopping the service" "Run: sudo systemctl stop museum-edge; then run this again."
    if [[ -e $units/$unit ]]; then service disable --quiet --now "$unit"; fi
    service stop systemd-journald@museum-edge.service systemd-journald@museum-edge.socket \
      systemd-journald-varlink@museum-edge.socket 2>/dev/null || true
  fi
  step "removing files" "See what cannot be removed above, and run this again."
  rm -rf "${units:?}/$unit" "$units/$unit.d" "$units/multi-user.target.wants/$unit" "$journald"
  rm -rf "$base" "$etc" "$run" /var/log/journal/*.museum-edge /run/log/journal/*.museum-edge
  rm -f "$command"
  if [[ $keep_outbox == yes ]]; then
    [[ ! -d $state ]] || find "$state" -mindepth 1 ! -name 'outbox.db*' -delete
    [[ ! -d $state ]] || { chown -R root:root "$state" && chmod -R go= "$state"; }
  else
    rm -rf "$state"
  fi
  if systemd_runs; then
    service daemon-reload
    service reset-failed "$unit" 2>/dev/null || true
  fi
  step "removing the user $user" "See what still runs as $user (ps -u $user), and run this again."
  if getent passwd "$user" >/dev/null; then userdel "$user"; fi
  if getent group "$user" >/dev/null; then groupdel "$user"; fi
  say "Removed.$([[ $keep_outbox == no ]] || echo " The outbox stays in $state; installing again sends what waits there.")"
}

# ---------------------------------------------------------------------------------------------------

main() {
  parse "$@"
  step "looking at this machine" "Run it again; if it stops here again, report the lines above."
  check_machine
  stage=$(mktemp -d)
  need_tools
  if [[ $mode == uninstall ]]; then
    alone
    uninstall
    return
  fi
  [[ ! -L $base/current ]] || old=$(release_of "$base/current")
  [[ $mode == install || -n $old ]] || die 2 "there is nothing to upgrade in $base" "Install first: sudo edge/install.sh"
  step "checking the settings" "Correct what is said above; nothing was changed."
  collect_settings
  check_endpoint
  check_credentials
  check_yunet
  compose_config
  alone
  need_packages
  name_release
  if [[ $mode == upgrade && $new == "$old" ]]; then say "Release $new is the one that is installed."; fi
  step "making $base" "See whether the disk is full or read-only (df /opt), and run this again."
  mkdir -p "$base/releases"
  build_release
  make_user
  bring_yunet
  write_files
  activate
}

main "$@"
