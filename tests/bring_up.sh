#!/bin/sh
# Sees to it that the tests find a PostgreSQL and a Chromium, installing what is missing where that is allowed.
# Never fails: a test that then lacks its companion says so itself (and in CI that counts as a failure).
set -u

has_postgresql() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install() {
    if ! command -v apt-get >/dev/null; then
        echo "$1 is missing; its tests will be skipped unless you install it."
        return
    fi
    echo "Installing $1 for the tests ..."
    # DPkg::Lock::Timeout: another installation may be at work, wait for it rather than give up.
    as_root apt-get update -qq || echo "apt-get update failed; trying with the lists at hand."
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$1" ||
        echo "$1 could not be installed; its tests will be skipped."
}

has_postgresql >/dev/null 2>&1 || install postgresql
has_chromium >/dev/null 2>&1 || install chromium
command -v curl >/dev/null 2>&1 || install curl
command -v openssl >/dev/null 2>&1 || install openssl
