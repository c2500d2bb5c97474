#!/bin/sh
# The real components that tests drive: Chromium (for pages) and pywb (for replay, in an environment of its own,
# because it shadows the brotli that Scrapy needs). Where one can't be had, its tests skip and say so.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=.venv/bin

if ! command -v chromium >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-ipafont-gothic; } \
        >/dev/null 2>&1 || echo "chromium could not be installed: browser tests will skip"
fi

if [ ! -x .venv-pywb/bin/wayback ]; then
    echo "installing pywb apart"
    { $bin/python -m venv .venv-pywb && $bin/uv pip install --quiet --python .venv-pywb/bin/python "pywb==2.10.0" "setuptools<81"; } \
        || echo "pywb could not be installed: its tests will skip"
fi
exit 0
