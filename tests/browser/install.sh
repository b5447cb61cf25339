#!/usr/bin/env bash
# Installs the browser that tests/browser drives: Debian's or Ubuntu's Chromium and a font with its signs.
# Playwright and axe-core come from requirements/dev.txt; Playwright's own browsers are not needed.
set -euo pipefail

if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then
  exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
