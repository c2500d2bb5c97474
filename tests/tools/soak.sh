#!/bin/sh
# The slow tests once, and a long crawl (SOAK_URLS addresses, 0 for none: benchmarks/long_run.py); with a number of minutes,
# then the kill, disk and fuzz loops with other seeds until they are over. What fails doesn't keep the rest from running;
# the last line is the verdict, and the exit code 1 if anything failed.
set -u
minutes=${1:-0}
python=.venv/bin/python
begun=$(date +%s)
end=$((begun + minutes * 60))
failed=
part() {
    what=$1
    shift
    echo "soak: $what"
    "$@" || failed="$failed${failed:+, }$what"
}
trap 'echo "soak: interrupted" >&2; exit 130' INT TERM
part "slow tests" $python -m pytest -m slow --timeout 3000
if [ "${SOAK_URLS:-100000}" -ne 0 ]; then
    part "crawl of ${SOAK_URLS:-100000} pages" $python benchmarks/long_run.py --urls "${SOAK_URLS:-100000}"
fi
seed=1000
while [ "$(date +%s)" -lt "$end" ]; do
    echo "soak: $(((end - $(date +%s)) / 60)) minutes left"
    part "seed $seed" env TALKSCRAPER_SOAK_SEED=$seed TALKSCRAPER_SOAK_ROUNDS=2 $python -m pytest -m slow --timeout 3000 \
        tests/preserve/crawled/test_kill.py tests/preserve/crawled/test_full_disk.py tests/preserve/crawled/test_fuzz.py
    seed=$((seed + 10))
done
took=$((($(date +%s) - begun) / 60))
if [ -n "$failed" ]; then
    echo "soak: FAILED after $took minutes: $failed"
    exit 1
fi
echo "soak: passed in $took minutes: the slow tests, ${SOAK_URLS:-100000} pages, $(((seed - 1000) / 10)) further seeds"
