# Folders with a small Debian in them, entered by chroot: for scripts that try things as on a new
# machine. To be sourced; $log takes what commands say, and "fail" says why and ends.

roots=${CALLMARK_TRY_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/callmark/try-roots}
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
certificates=/etc/ssl/certs/ca-certificates.crt

nothing_mounted() {
    # nothing_mounted FOLDER: what is mounted in it, a /dev above all, would be emptied with it.
    if grep -q " $1/" /proc/mounts; then fail "something is mounted in $1: umount it first"; fi
}

remove_root() {
    nothing_mounted "$1"
    rm -rf --one-file-system "$1"
}

make_base() {
    # make_base RELEASE FOLDER: only what every Debian has, make, and certificates; kept.
    [ -e "$2/.complete" ] && return
    say "unpacking Debian $1"
    remove_root "$2"
    debootstrap --variant=minbase --include=make,ca-certificates "$1" "$2" >"$log" 2>&1 ||
        fail "debootstrap"
    touch "$2/.complete"
}

make_root() {
    # make_root RELEASE FOLDER: a new copy of the base, with this machine's names and certificates.
    mkdir -p "$roots"
    make_base "$1" "$roots/$1.base"
    remove_root "$2"
    cp -a "$roots/$1.base" "$2"
    cp /etc/resolv.conf /etc/hosts "$2/etc/"
    cp "$certificates" "$2$certificates"
    # It has devices of its own, from debootstrap: this machine's /dev is never mounted in it.
    chmod 1777 "$2/dev/shm"
}

end_inside() {
    # end_inside FOLDER: whatever was started in it, and has outlived what started it.
    local one
    for one in /proc/[0-9]*; do
        if [ "$(readlink "$one/root" 2>/dev/null)" = "$1" ]; then kill "${one#/proc/}" 2>/dev/null || true; fi
    done
}

in_root() {
    # in_root FOLDER COMMAND [NAME=VALUE ...]: which mirror and which proxy this machine is told to
    # use, and what is given; nothing else of its environment.
    local folder=$1 command=$2 passed
    shift 2
    mapfile -t passed < <(env | grep -iE '^(https?_proxy|no_proxy|pip_index_url|uv_default_index|npm_config_registry)=' || true)
    chroot "$folder" env -i HOME=/root LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive SSL_CERT_FILE=$certificates PIP_CERT=$certificates \
        NODE_EXTRA_CA_CERTS=$certificates "${passed[@]}" "$@" bash -c "$command"
}
