#!/bin/sh
# The slow tests once, and a long crawl (SOAK_URLS addresses, 0 for none: benchmarks/long_run.py); with a number of minutes,
# then the kill, disk and fuzz loops with other seeds until they are over.
set -eu
minutes=${1:-0}
python=.venv/bin/python
end=$(($(date +%s) + minutes * 60))
$python -m pytest -m slow --timeout 3000
[ "${SOAK_URLS:-100000}" -eq 0 ] || $python benchmarks/long_run.py --urls "${SOAK_URLS:-100000}"
seed=1000
while [ "$(date +%s)" -lt "$end" ]; do
    echo "soak: seed $seed, $(((end - $(date +%s)) / 60)) minutes left"
    TALKSCRAPER_SOAK_SEED=$seed TALKSCRAPER_SOAK_ROUNDS=2 $python -m pytest -m slow --timeout 3000 \
        tests/preserve/crawled/test_kill.py tests/preserve/crawled/test_full_disk.py tests/preserve/crawled/test_fuzz.py
    seed=$((seed + 10))
done
