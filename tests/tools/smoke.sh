#!/bin/sh
# The wheel, with its run-time dependencies only: what a user installs must not lean on a development package.
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)
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

# Datasette loads plugins by entry points of installed packages: only a wheel shows whether ours is found
"$root/.venv/bin/uv" venv --quiet --python "$root/.venv/bin/python" "$work/venv-datasette"
"$root/.venv/bin/uv" pip install --quiet --python "$work/venv-datasette/bin/python" \
    --constraint "$root/requirements-dev.txt" "$(echo "$work"/dist/*.whl)[datasette]"
"$work/venv-datasette/bin/python" "$root/tests/tools/datasette_examples.py" \
    "$root/docs/datasette.md" "$work/archive/talkscraper.db"
echo "smoke: Datasette finds the plugin, and answers every example of docs/datasette.md"

# As docs/installing.md says: by pip, by uv, and by pipx where it is, from an environment with PATH and HOME alone
"$root/.venv/bin/python" -m pytest "$root/tests/test_installed.py" -m slow
