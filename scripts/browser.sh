#!/bin/sh
# Print the path of a Chromium for the browser tests; install it and a font with
# Chinese characters where Debian's packages can be had.
set -u

find_browser() {
    for name in chromium chromium-browser google-chrome-stable google-chrome; do
        path="$(command -v "$name" 2>/dev/null)" && "$path" --version >/dev/null 2>&1 && echo "$path" && return 0
    done
    return 1
}

has_chinese() { fc-list :lang=zh family 2>/dev/null | grep -q .; }

install() {
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    command -v apt-get >/dev/null 2>&1 || return 1
    $sudo true 2>/dev/null || return 1
    echo "[test] Debian packages: $*" >&2
    $sudo apt-get update -qq >&2
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

has_chinese || install fontconfig fonts-noto-cjk ||
    echo "[test] 没有中文字体,截图里会是方框 · no Chinese font: screenshots will show boxes" >&2

if [ -n "${FIELDMAP_CHROMIUM:-}" ]; then
    "$FIELDMAP_CHROMIUM" --version >/dev/null 2>&1 && echo "$FIELDMAP_CHROMIUM" && exit 0
elif find_browser || { install chromium && find_browser; }; then
    exit 0
fi

cat >&2 <<'TEXT'
浏览器测试需要 Chromium:请安装(Debian:apt-get install chromium fonts-noto-cjk),
或用 FIELDMAP_CHROMIUM=路径 指定一个能启动的 Chromium/Chrome,再运行。
The browser tests need Chromium: install it (Debian: apt-get install chromium fonts-noto-cjk), or name a
Chromium or Chrome that starts with FIELDMAP_CHROMIUM=path, and run again.
TEXT
exit 3
