#!/bin/sh
# One benchmark by name, with what it needs made first:  sh benchmarks/run.sh NAME [ARGUMENT…]
#
# NAME is all, or a script of this folder without its ending; 'search' is store.py. What a run printed is kept as a line
# of JSON in .bench/results.jsonl (keep.py). docs/benchmarks.md says what each measures.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
articles=${BENCH_ARTICLES:-100000}
corpus=${BENCH_CORPUS:-}
# where a corpus lies beside the repository it is used
[ -n "$corpus" ] || [ ! -f ../shared/corpus/truth.jsonl ] || corpus=../shared/corpus

keep() {
    script=$1
    shift
    if [ ! -f "benchmarks/$script.py" ]; then
        echo "benchmarks/$script.py isn't there; there are: $(cd benchmarks && ls ./*.py | tr '\n' ' ')" >&2
        return 2
    fi
    $python benchmarks/keep.py "$script" "$@"
}

# An archive of invented articles, made once and kept: search and web are measured on the same one
made_archive() {
    folder=.bench/archive-$articles
    if [ ! -f "$folder/made" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        $python benchmarks/million.py "$folder" --articles "$articles" >&2
        touch "$folder/made"
    fi
    echo "$folder"
}

# The pages with known answers that accuracy is measured on; they aren't part of the repository
needs_corpus() {
    if [ -z "$corpus" ]; then
        echo "$1: left out: BENCH_CORPUS=FOLDER names no corpus (docs/benchmarks.md says what one is)" >&2
        return 1
    fi
}

run() {
    name=$1
    shift
    case $name in
        search | store) archive=$(made_archive) && keep store "$archive" "$@" ;;
        web) archive=$(made_archive) && keep web "$archive" "$@" ;;
        dates | kinds) if needs_corpus "$name"; then keep "$name" "$corpus" "$@"; fi ;;
        extraction) if needs_corpus "$name"; then keep extraction "$corpus" "$@"; fi ;;
        cluster | copies | main_job) keep "$name" ${corpus:+--corpus "$corpus"} "$@" ;;
        *) keep "$name" "$@" ;;
    esac
}

# What is measured by 'all', so that the whole takes about half an hour on two cores
sizes() {
    case $1 in
        install) echo --rounds 1 ;;
        capture) echo --pages 300 ;;
        crawl) echo --days 10 --pages 200 ;;
        extraction) echo --rounds 1 --peer trafilatura ;;
        main_job) echo --rounds 2 --slow-pages 150 ;;
        cluster) echo --pages 2000 ;;
    esac
}

[ $# -gt 0 ] || { echo "usage: sh benchmarks/run.sh NAME|all [ARGUMENT…]" >&2; exit 2; }
name=$1
shift
if [ "$name" = all ]; then
    failed=
    articles=${BENCH_ARTICLES:-20000}
    # what reads a disk that others write to comes last
    for each in install first_query capture verify crawl disk extraction main_job cluster search web; do
        echo "== $each"
        # shellcheck disable=SC2046  # several arguments
        run "$each" $(sizes "$each") || failed="$failed $each"
    done
    $python benchmarks/report.py
    [ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
else
    run "$name" "$@"
fi
