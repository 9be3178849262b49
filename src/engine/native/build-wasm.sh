#!/usr/bin/env bash
# Remakes transformer.wasm and transformer-relaxed.wasm, which are committed so that readers need no compiler.
# Debian: apt-get install clang-16 lld-16
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
build() {
  clang-16 --target=wasm32 -O3 -std=gnu11 -mbulk-memory -nostdlib -ffreestanding -fno-math-errno -Wall -Wextra "$@" \
    -Wl,--no-entry -Wl,--import-memory -Wl,--strip-all -Wl,-z,stack-size=0 -Wl,--global-base=0 \
    -Wl,--export=__stack_pointer wasm.c
}
build -msimd128 -o transformer.wasm
build -msimd128 -mrelaxed-simd -o transformer-relaxed.wasm
