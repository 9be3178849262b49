#!/usr/bin/env bash
# Remakes matmul.wasm, which is committed so that readers need no compiler. Debian: apt-get install clang lld
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
clang --target=wasm32 -O3 -msimd128 -nostdlib -ffreestanding -Wall \
  -Wl,--no-entry -Wl,--import-memory -Wl,--strip-all -Wl,-z,stack-size=0 -Wl,--global-base=0 \
  -o matmul.wasm matmul.c
