#!/bin/sh
# A browser and a Chinese font for tests/browser. A missing browser fails the tests; it never skips them.
set -eu
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! find_chromium >/dev/null || ! fc-list 2>/dev/null | grep -qi wqy; then
    if command -v apt-get >/dev/null; then
        sudo=""
        [ "$(id -u)" = 0 ] || sudo="sudo -n"
        $sudo apt-get update -qq
        DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
            chromium fonts-wqy-microhei fontconfig >/dev/null
    else
        .venv/bin/python -m playwright install chromium
    fi
fi
