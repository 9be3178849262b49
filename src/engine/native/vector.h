/*
 * Vectors of VL floats in the compiler's portable vector extensions: 16 with AVX-512, 8 with AVX2, else 4
 * (SSE2, NEON, WebAssembly SIMD). Every array the kernels own has rows padded to PAD floats, the largest VL, so
 * that no loop over columns needs a tail.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX2__)
#define VL 8
#else
#define VL 4
#endif
#define PAD 16
#define PADDED(n) (((n) + PAD - 1) / PAD * PAD)

#define INLINE static inline __attribute__((always_inline))
/* Tensors lie anywhere a float may: the vectors are loaded unaligned. */
typedef float vec __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(VL * 4), aligned(4), may_alias));

#define LOAD(p) (*(const vec *)(p))
#define STORE(p, x) (*(vec *)(p) = (x))
#if VL == 16
#define SPLAT(x) ((vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x})
#elif VL == 8
#define SPLAT(x) ((vec){x, x, x, x, x, x, x, x})
#else
#define SPLAT(x) ((vec){x, x, x, x})
#endif
/* Before a loop of a constant few turns whose variables are to be registers. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* a * b + c, rounded once where the processor can. */
INLINE vec multiply_add(vec a, vec b, vec c) {
#if defined(__wasm_relaxed_simd__)
  return (vec)__builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
  return a * b + c;
#endif
}

/* x where mask is set (all ones), else y. */
INLINE vec choose(ivec mask, vec x, vec y) { return (vec)((mask & (ivec)x) | (~mask & (ivec)y)); }

/* Lane i of the result is lane i ^ step of a. */
#if VL == 16
#define LANES(step) (0 ^ (step)), (1 ^ (step)), (2 ^ (step)), (3 ^ (step)), (4 ^ (step)), (5 ^ (step)), (6 ^ (step)), \
      (7 ^ (step)), (8 ^ (step)), (9 ^ (step)), (10 ^ (step)), (11 ^ (step)), (12 ^ (step)), (13 ^ (step)),          \
      (14 ^ (step)), (15 ^ (step))
#elif VL == 8
#define LANES(step) (0 ^ (step)), (1 ^ (step)), (2 ^ (step)), (3 ^ (step)), (4 ^ (step)), (5 ^ (step)), (6 ^ (step)), \
      (7 ^ (step))
#else
#define LANES(step) (0 ^ (step)), (1 ^ (step)), (2 ^ (step)), (3 ^ (step))
#endif
#if defined(__clang__)
#define EXCHANGE(a, step) __builtin_shufflevector(a, a, LANES(step))
#else
#define EXCHANGE(a, step) __builtin_shuffle(a, (ivec){LANES(step)})
#endif

#if VL == 16
#define LANE_INDEX ((ivec){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
#elif VL == 8
#define LANE_INDEX ((ivec){0, 1, 2, 3, 4, 5, 6, 7})
#else
#define LANE_INDEX ((ivec){0, 1, 2, 3})
#endif

/* The first `count` lanes of x, and `rest` beyond. */
INLINE vec first_lanes(int count, vec x, vec rest) { return choose(LANE_INDEX < count, x, rest); }

/* y where one of them is no number. */
INLINE vec larger(vec x, vec y) {
#if defined(__wasm_simd128__)
  return __builtin_wasm_pmax_f32x4(y, x);
#else
  return choose(x > y, x, y);
#endif
}

INLINE vec smaller(vec x, vec y) {
#if defined(__wasm_simd128__)
  return __builtin_wasm_pmin_f32x4(y, x);
#else
  return choose(x < y, x, y);
#endif
}

INLINE float sum_lanes(vec a) {
#if VL == 16
  a += EXCHANGE(a, 8);
#endif
#if VL >= 8
  a += EXCHANGE(a, 4);
#endif
  a += EXCHANGE(a, 2);
  a += EXCHANGE(a, 1);
  return a[0];
}

INLINE float largest_lane(vec a) {
#if VL == 16
  a = larger(a, EXCHANGE(a, 8));
#endif
#if VL >= 8
  a = larger(a, EXCHANGE(a, 4));
#endif
  a = larger(a, EXCHANGE(a, 2));
  a = larger(a, EXCHANGE(a, 1));
  return a[0];
}


/*
 * e^x to about 1 ulp: x = n ln 2 + r with |r| <= ln 2 / 2, e^r by the polynomial of Cephes' expf, 2^n through
 * the exponent's bits. Arguments are clamped to where the result is a normal number; NaN stays NaN.
 */
INLINE vec vector_exp(vec x) {
  const vec low = SPLAT(-87.0f), high = SPLAT(88.0f), magic = SPLAT(12582912.0f); /* 1.5 * 2^23 rounds to whole */
  x = smaller(high, larger(low, x));
  const vec shifted = x * 1.44269504f + magic, n = shifted - magic;
  const vec r = x - n * 0.693359375f - n * -2.12194440e-4f;
  vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const ivec exponent = ((ivec)shifted - (ivec)magic + 127) << 23;
  return p * (vec)exponent;
}
