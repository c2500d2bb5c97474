#!/bin/sh
# The real components that tests drive: Chromium (for pages) and pywb (for replay, in an environment of its own,
# because it shadows the brotli that Scrapy needs). Where one can't be had, its tests skip and say so.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=.venv/bin
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# A mirror that doesn't answer costs a minute, not the run
apt() {
    DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=30 "$@"
}

missed() {
    echo "$1 could not be installed: its tests will skip"
    tail -3 "$log"
}

if ! command -v chromium >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing chromium"
        { apt update && apt install -y --no-install-recommends chromium fonts-ipafont-gothic; } >"$log" 2>&1 || missed chromium
    else
        echo "chromium isn't there, and only root can install it with apt-get: browser tests will skip"
    fi
fi

if [ ! -x .venv-pywb/bin/wayback ]; then
    echo "installing pywb apart"
    { $bin/python -m venv .venv-pywb && $bin/uv pip install --quiet --python .venv-pywb/bin/python "pywb==2.10.0" "setuptools<81"; } \
        >"$log" 2>&1 || missed pywb
fi
exit 0
