#!/usr/bin/env bash
# On a new Debian 12 that has apt and nothing else, `./hub build` and `./hub up` are all it takes.
# Needs root, mmdebstrap and Debian's mirror as this machine knows it; exits 77 (skipped) without.
#   bare_debian_test.sh [COMMAND…]   instead: runs COMMAND in the tree's copy in such a Debian
set -euo pipefail
tree="$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")"

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*"; exit 1; }
((EUID == 0)) || skip "not root"
command -v mmdebstrap >/dev/null || skip "no mmdebstrap"
unshare --mount --pid --fork true 2>/dev/null || skip "no namespaces of our own to be had here"

scratch="$(mktemp -d "${TMPDIR:-/tmp}/bare-debian.XXXXXX")"
terminal=
# All that runs in the Debian is in one process namespace and dies with its `unshare`.
trap '[[ ! $terminal ]] || kill "$terminal" 2>/dev/null || true; wait; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
root="$scratch/root"

# ---- a Debian 12 from this machine's own mirror, with what apt must know to reach it
mapfile -t sources < <(grep -lsw bookworm /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
    /etc/apt/sources.list.d/*.sources | xargs -r grep -lw main)
((${#sources[@]} > 0)) || skip "no apt source of Debian 12 on this machine"
apt-config dump | grep -E '^Acquire::' >"$scratch/apt.conf" || true
echo "making a bare Debian 12"
mmdebstrap --quiet --variant=minbase --aptopt="$scratch/apt.conf" bookworm "$root" "${sources[@]}" \
    >"$scratch/mmdebstrap.log" 2>&1 || { tail -n 30 "$scratch/mmdebstrap.log"; fail "mmdebstrap"; }
cp /etc/resolv.conf /etc/hosts "$root/etc/"
for tool in g++ cmake git node npm curl sudo; do
    ! chroot "$root" sh -c "command -v $tool" >/dev/null || fail "the Debian is not bare: it has $tool"
done
settings=()
if [[ ${NODE_EXTRA_CA_CERTS-} ]]; then  # a network that signs with an authority of its own
    cp "$NODE_EXTRA_CA_CERTS" "$root/etc/extra-ca.crt"
    settings=(NODE_EXTRA_CA_CERTS=/etc/extra-ca.crt)
fi
mkdir -p "$root/srv/trusthub"
(cd "$tree" && if [[ -e .git ]]; then git ls-files -co --exclude-standard -z |
    while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done
else
    find . \( -name build -o -name 'build-*' -o -name node_modules -o -name data \) -prune -o -type f -print0
fi | tar -c --null -T -) | tar -x --no-same-owner -C "$root/srv/trusthub"
# A lock of apt's own or a service that starts would show here: nothing may run but what we start.
cat >"$scratch/enter" <<ENTER
#!/bin/bash
mount --make-rprivate / && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 1
chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    TERM=dumb ${settings[*]@Q} bash -c 'cd /srv/trusthub && exec "\$@"' enter "\$@"
exit \$?
ENTER
chmod +x "$scratch/enter"
inside() { unshare --mount --pid --fork --kill-child "$scratch/enter" "$@"; }

if (($# > 0)); then
    inside "$@"
    exit
fi

# ---- who cannot install is told what to install
if inside setpriv --reuid=1000 --regid=1000 --clear-groups ./hub build >"$scratch/user.log" 2>&1; then
    fail "a user without sudo could build"
fi
grep -q 'apt-get install .*cmake' "$scratch/user.log" || { cat "$scratch/user.log"; fail "no advice"; }
rm -rf "$root/srv/trusthub/build"

# ---- ./hub build
echo "./hub build"
began=$SECONDS
inside ./hub build </dev/null 2>&1 | sed 's/^/    /' || fail "./hub build"
echo "built in $((SECONDS - began)) s"
[[ -x $root/srv/trusthub/build/trusthub ]] || fail "no build/trusthub"
for plugin in "$root"/srv/trusthub/build/plugins/*.so; do
    [[ -f ${plugin%.so}.yaml ]] || fail "no descriptor beside ${plugin##*/}"
done
[[ ! -e $root/usr/sbin/policy-rc.d ]] || fail "the policy that keeps services down is still there"

# ---- ./hub up on a terminal of its own, twice; Ctrl-C ends it
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && echo "$port" && return
    done
}
healthz() {
    (
        exec 3<>"/dev/tcp/127.0.0.1/$port"
        printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$port" >&3
        timeout 5 head -n 1 <&3
    ) 2>/dev/null | grep -q '^HTTP/1.1 200'
}
up() {  # up SECONDS: the hub has to answer within them
    local limit=$1 began=$SECONDS status=0
    port=$(free_port)
    rm -f "$scratch/keys"
    mkfifo "$scratch/keys"
    script --quiet --return --flush --command \
        "unshare --mount --pid --fork --kill-child '$scratch/enter' ./hub up --listen 127.0.0.1:$port" \
        "$scratch/screen" <"$scratch/keys" >/dev/null 2>&1 &
    terminal=$!
    exec 4>"$scratch/keys"
    until healthz; do
        kill -0 "$terminal" 2>/dev/null || { cat "$scratch/screen"; fail "./hub up ended by itself"; }
        ((SECONDS - began < limit)) || { cat "$scratch/screen"; fail "no answer in $limit s"; }
        sleep 0.2
    done
    echo "./hub up answered after $((SECONDS - began)) s"
    grep -q "http://127.0.0.1:$port" "$scratch/screen" || { cat "$scratch/screen"; fail "no address shown"; }
    printf '\003' >&4
    wait "$terminal" || status=$?
    terminal=
    exec 4>&-
    ((status == 0)) || { cat "$scratch/screen"; fail "Ctrl-C: exit code $status"; }
    ! healthz || fail "still answering after Ctrl-C"
}
echo "./hub up"
up 60
grep -q "http://127.0.0.1:$port/setup#" "$scratch/screen" || { cat "$scratch/screen"; fail "no set-up link"; }
[[ -d $root/srv/trusthub/data ]] || fail "no data folder"
up 20
echo "a bare Debian 12 runs the hub"
