#!/bin/sh
# The wheel, with its run-time dependencies only: what a user installs must not lean on a development package.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/uv build --quiet --wheel --out-dir "$work/dist" .
.venv/bin/uv venv --quiet --python .venv/bin/python "$work/venv"
.venv/bin/uv pip install --quiet --python "$work/venv/bin/python" --constraint requirements-dev.txt "$work"/dist/*.whl
cd "$work"
"$work/venv/bin/talkscraper" --version
"$work/venv/bin/talkscraper" demo --archive "$work/archive" >"$work/demo.txt" 2>&1 || { cat "$work/demo.txt"; exit 1; }
"$work/venv/bin/talkscraper" --archive "$work/archive" search harbour --limit 1
"$work/venv/bin/talkscraper" --archive "$work/archive" verify >/dev/null
echo "smoke: the wheel works by itself"
