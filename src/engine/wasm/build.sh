#!/usr/bin/env bash
# Remakes the .wasm files, which are committed so that readers need no compiler. Debian: apt-get install clang lld
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for name in matmul tensors; do
  # -fno-builtin: a loop that copies stays a loop, instead of a call of a library that is not there.
  clang --target=wasm32 -O3 -msimd128 -nostdlib -ffreestanding -fno-builtin -Wall \
    -Wl,--no-entry -Wl,--import-memory -Wl,--strip-all -Wl,-z,stack-size=0 -Wl,--global-base=0 \
    -o "$name.wasm" "$name.c"
done
