#!/bin/sh
# Print the path of a Python 3.12 that can make a virtual environment.
# A name on the path proves nothing (a pyenv shim may stand there and fail), so
# each candidate is run.
set -u

works='import sys, venv, ensurepip; assert sys.version_info[:2] == (3, 12); print(sys.executable)'
pyenv_root="${PYENV_ROOT:-$HOME/.pyenv}"

for candidate in "${PYTHON:-}" python3.12 python3 python "$pyenv_root"/versions/3.12*/bin/python3; do
    [ -n "$candidate" ] || continue
    if found="$("$candidate" -c "$works" 2>/dev/null)"; then
        echo "$found"
        exit 0
    fi
done

cat >&2 <<'TEXT'
找不到可用的 Python 3.12。请安装(例如 pyenv install 3.12;Debian/Ubuntu 还需要 python3.12-venv),
或用 PYTHON=路径 指定后再运行。
No Python 3.12 with venv was found. Install it (for example: pyenv install 3.12; on Debian or Ubuntu
python3.12-venv as well), or name it with PYTHON=path, and run again.
TEXT
exit 3
