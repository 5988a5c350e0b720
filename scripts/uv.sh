#!/bin/sh
# Run the private uv as this machine's pip is set up: uv does not read pip's
# configuration, so a mirror or a certificate named there is handed over.
set -u
cd "$(dirname "$0")/.." || exit 1

mirror="${PIP_INDEX_URL:-$(.tools/bin/python -m pip config get global.index-url 2>/dev/null)}"
if [ -n "$mirror" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX="$mirror"
fi
if [ -n "${PIP_CERT:-}" ] && [ -z "${SSL_CERT_FILE:-}" ]; then
    export SSL_CERT_FILE="$PIP_CERT"
fi
# The interpreter is the one scripts/python.sh found; never another one from afar.
export UV_PYTHON_DOWNLOADS=never
export UV_NO_PROGRESS=1
exec .tools/bin/uv "$@"
