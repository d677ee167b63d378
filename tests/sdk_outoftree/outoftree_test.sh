#!/usr/bin/env bash
# Installs the SDK, builds the sample plugin against it outside the tree, and has the hub load it.
#   outoftree_test.sh BUILD_FOLDER CXX_COMPILER SANITIZERS
set -euo pipefail
build=$1 compiler=$2 sanitizers=$3
here="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --component sdk --prefix "$scratch/sdk"
if grep -rlF "$(readlink -f "$here/../..")" "$scratch/sdk"; then
    echo "the installed SDK names the tree it comes from"
    exit 1
fi
cp -r "$here/sample" "$scratch/acme_forge"
cd "$scratch"
cmake -G Ninja -S acme_forge -B out -DCMAKE_PREFIX_PATH="$scratch/sdk" -DCMAKE_CXX_COMPILER="$compiler" \
    -DTRUSTHUB_SANITIZE="$sanitizers" \
    -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror ${sanitizers:+-fsanitize=$sanitizers}"
cmake --build out

symbols=$(nm -D --defined-only out/plugins/acme_forge.so | awk '{print $3}')
if [[ $symbols != trusthub_plugin_v1 ]]; then
    printf 'the plugin exports more than its entry:\n%s\n' "$symbols"
    exit 1
fi
test -f out/plugins/acme_forge.yaml

if [[ -x $build/trusthub ]]; then
    "$build/trusthub" connectors lint acme_forge
    "$build/trusthub" connectors lint out/plugins/acme_forge.so
fi
