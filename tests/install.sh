#!/usr/bin/env bash
# Installs the programs that tests run against, on Debian and Ubuntu: PostgreSQL, a browser, two object stores, and
# what the workflows for users call. Elsewhere install what you have; tests without their program are skipped and say so.
#
#   eval "$(tests/install.sh FOLDER)"     installs, and names the folder of the object stores to the tests
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:?usage: install.sh FOLDER}

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi

missing=()
wants() { command -v "$1" >/dev/null || missing+=("$2"); }
wants git git
wants ssh-keygen openssh-client
wants jq jq
wants unzip unzip
wants node nodejs
wants npm npm
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
if [ "${#missing[@]}" -gt 0 ]; then
  {
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >&2
fi
"$here/browser/install.sh" >&2
"$here/servers/install_object_stores.sh" "$folder" >&2
echo "export VOLVENCTL_TEST_SERVERS='$(cd "$folder" && pwd)/bin'"
