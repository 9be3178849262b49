/*
 * Kernels for tfjs's WASM backend: what its own do slowly (scalar loops, one call of memory per row) or wrongly
 * (NaN lost by maximum, sums of nothing left as they were found), on row-major tensors in the backend's memory.
 *
 * Like matmul.c it owns no memory: no globals, no shadow stack; the caller lends `plan`. Loops over many axes
 * count in there: plan = sizes[rank], steps of the first tensor[rank], steps of the second[rank], counters[rank].
 */
#include <wasm_simd128.h>

#define INLINE static inline __attribute__((always_inline))
/* Operations stay functions of their own: the runtime makes small functions fast sooner than one large one. */
#define APART static __attribute__((noinline))
#define EXPORT(name) __attribute__((export_name(name)))

/* One step of an odometer over the axes before `axes`; moves both offsets along. Returns 0 after the last. */
INLINE int advance(int axes, const int *size, const int *step_a, const int *step_b, int *count, int *a, int *b) {
  for (int axis = axes - 1; axis >= 0; axis--) {
    *a += step_a[axis];
    *b += step_b[axis];
    if (++count[axis] < size[axis]) return 1;
    *a -= size[axis] * step_a[axis];
    *b -= size[axis] * step_b[axis];
    count[axis] = 0;
  }
  return 0;
}

/* ---- Copies: transpose, slice, split, concatenate, tile, reverse, pad ---- */

INLINE void copy_row(const float *x, float *y, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, wasm_v128_load(x + i));
  for (; i < n; i++) y[i] = x[i];
}

/* y[i, j] = x[j, i] for 4 x 4 entries. */
INLINE void transpose4(const float *x, int x_row, float *y, int y_row) {
  v128_t a = wasm_v128_load(x), b = wasm_v128_load(x + x_row);
  v128_t c = wasm_v128_load(x + 2 * x_row), d = wasm_v128_load(x + 3 * x_row);
  v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), AB = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
  v128_t cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), CD = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
  wasm_v128_store(y, wasm_i64x2_shuffle(ab, cd, 0, 2));
  wasm_v128_store(y + y_row, wasm_i64x2_shuffle(ab, cd, 1, 3));
  wasm_v128_store(y + 2 * y_row, wasm_i64x2_shuffle(AB, CD, 0, 2));
  wasm_v128_store(y + 3 * y_row, wasm_i64x2_shuffle(AB, CD, 1, 3));
}

/* The two innermost loops, over h and w; steps in entries. */
INLINE void copy_plane(const float *x, float *y, int h, int w, int xh, int xw, int yh, int yw) {
  if (xw == 1 && yw == 1) {
    for (int i = 0; i < h; i++) copy_row(x + i * xh, y + i * yh, w);
  } else if (xh == 1 && yw == 1) {
    int i = 0;
    for (; i + 4 <= h; i += 4) {
      int j = 0;
      for (; j + 4 <= w; j += 4) transpose4(x + i + j * xw, xw, y + i * yh + j, yh);
      for (; j < w; j++)
        for (int k = 0; k < 4; k++) y[(i + k) * yh + j] = x[i + k + j * xw];
    }
    for (; i < h; i++)
      for (int j = 0; j < w; j++) y[i * yh + j] = x[i + j * xw];
  } else {
    for (int i = 0; i < h; i++)
      for (int j = 0; j < w; j++) y[i * yh + j * yw] = x[i * xh + j * xw];
  }
}

/* y at its steps = x at its steps, of 4 bytes an entry. rank >= 2; the plan's counters start at 0. */
EXPORT("copy4") void copy4(const float *x, float *y, int rank, int *plan) {
  const int *size = plan, *xs = plan + rank, *ys = plan + 2 * rank;
  const int outer = rank - 2;
  int a = 0, b = 0;
  do copy_plane(x + a, y + b, size[outer], size[outer + 1], xs[outer], xs[outer + 1], ys[outer], ys[outer + 1]);
  while (advance(outer, size, xs, ys, plan + 3 * rank, &a, &b));
}

/* The same of 1 byte an entry. */
EXPORT("copy1") void copy1(const char *x, char *y, int rank, int *plan) {
  const int *size = plan, *xs = plan + rank, *ys = plan + 2 * rank;
  const int outer = rank - 2;
  int a = 0, b = 0;
  do
    for (int i = 0; i < size[outer]; i++)
      for (int j = 0; j < size[outer + 1]; j++)
        y[b + i * ys[outer] + j * ys[outer + 1]] = x[a + i * xs[outer] + j * xs[outer + 1]];
  while (advance(outer, size, xs, ys, plan + 3 * rank, &a, &b));
}

/* y[o, i] = x[o, ids[i]] for rows of `width` entries of 4 bytes. Returns -1, or the place of an id out of range. */
EXPORT("gather") int gather(const float *x, const int *ids, float *y, int outer, int rows, int count, int width) {
  for (int i = 0; i < count; i++)
    if (ids[i] < 0 || ids[i] >= rows) return i;
  for (int o = 0; o < outer; o++, x += rows * width)
    for (int i = 0; i < count; i++, y += width) copy_row(x + ids[i] * width, y, width);
  return -1;
}

/* y[ids[i]] += x[i] for rows of `width` floats; y starts at 0. Ids that are no row of y are left out. */
EXPORT("segment_sum") void segment_sum(const float *x, const int *ids, float *y, int count, int rows, int width) {
  for (int i = 0; i < count; i++, x += width) {
    if (ids[i] < 0 || ids[i] >= rows) continue;
    float *to = y + ids[i] * width;
    int j = 0;
    for (; j + 4 <= width; j += 4)
      wasm_v128_store(to + j, wasm_f32x4_add(wasm_v128_load(to + j), wasm_v128_load(x + j)));
    for (; j < width; j++) to[j] += x[j];
  }
}

/* y = condition ? t : e; entries of 4 bytes. */
EXPORT("select4") void select4(const unsigned char *condition, const int *t, const int *e, int *y, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    v128_t bytes = wasm_v128_load32_zero(condition + i);
    v128_t wide = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(bytes));
    v128_t mask = wasm_i32x4_ne(wide, wasm_i32x4_splat(0));
    wasm_v128_store(y + i, wasm_v128_bitselect(wasm_v128_load(t + i), wasm_v128_load(e + i), mask));
  }
  for (; i < n; i++) y[i] = condition[i] ? t[i] : e[i];
}

/* ---- Reductions: y[o, i] = op over j of x[o, j, i] ---- */

enum { SUM, MAX, MIN };

INLINE v128_t join(int op, v128_t a, v128_t b) {
  return op == SUM ? wasm_f32x4_add(a, b) : op == MAX ? wasm_f32x4_max(a, b) : wasm_f32x4_min(a, b);
}
/* As SIMD does it, so that NaN stays NaN. */
INLINE float join1(int op, float a, float b) {
  return op == SUM ? a + b : op == MAX ? __builtin_wasm_max_f32(a, b) : __builtin_wasm_min_f32(a, b);
}

/* Entries side by side: four running results, put together at the end. */
INLINE float along(int op, const float *x, int n) {
  int j = 0;
  float result = op == SUM ? 0 : x[0];
  if (n >= 16) {
    v128_t r0 = wasm_v128_load(x), r1 = wasm_v128_load(x + 4), r2 = wasm_v128_load(x + 8), r3 = wasm_v128_load(x + 12);
    for (j = 16; j + 16 <= n; j += 16) {
      r0 = join(op, r0, wasm_v128_load(x + j));
      r1 = join(op, r1, wasm_v128_load(x + j + 4));
      r2 = join(op, r2, wasm_v128_load(x + j + 8));
      r3 = join(op, r3, wasm_v128_load(x + j + 12));
    }
    v128_t r = join(op, join(op, r0, r1), join(op, r2, r3));
    result = join1(op, join1(op, wasm_f32x4_extract_lane(r, 0), wasm_f32x4_extract_lane(r, 1)),
                   join1(op, wasm_f32x4_extract_lane(r, 2), wasm_f32x4_extract_lane(r, 3)));
  }
  for (; j < n; j++) result = join1(op, result, x[j]);
  return result;
}

/* Rows below one another, at most CHUNK at a time: short runs of additions keep the rounding small. */
#define CHUNK 128
INLINE void across(int op, const float *x, float *y, int n, int inner) {
  for (int from = 0; from < n; from += CHUNK) {
    const int to = from + CHUNK < n ? from + CHUNK : n;
    int i = 0;
    for (; i + 8 <= inner; i += 8) {
      const float *column = x + from * inner + i;
      v128_t r0 = wasm_v128_load(column), r1 = wasm_v128_load(column + 4);
      for (int j = from + 1; j < to; j++) {
        column += inner;
        r0 = join(op, r0, wasm_v128_load(column));
        r1 = join(op, r1, wasm_v128_load(column + 4));
      }
      if (from > 0) {
        r0 = join(op, r0, wasm_v128_load(y + i));
        r1 = join(op, r1, wasm_v128_load(y + i + 4));
      }
      wasm_v128_store(y + i, r0);
      wasm_v128_store(y + i + 4, r1);
    }
    for (; i < inner; i++) {
      float r = x[from * inner + i];
      for (int j = from + 1; j < to; j++) r = join1(op, r, x[j * inner + i]);
      y[i] = from > 0 ? join1(op, r, y[i]) : r;
    }
  }
}

#define REDUCE(OP)                                                                       \
  APART void reduce_##OP(const float *x, float *y, int outer, int n, int inner) {        \
    for (int o = 0; o < outer; o++, x += n * inner, y += inner) {                        \
      if (inner == 1) y[0] = along(OP, x, n);                                            \
      else across(OP, x, y, n, inner);                                                   \
    }                                                                                    \
  }
REDUCE(SUM) REDUCE(MAX) REDUCE(MIN)

/* n >= 1. */
EXPORT("reduce") void reduce(int op, const float *x, float *y, int outer, int n, int inner) {
  if (op == SUM) reduce_SUM(x, y, outer, n, inner);
  else if (op == MAX) reduce_MAX(x, y, outer, n, inner);
  else reduce_MIN(x, y, outer, n, inner);
}

/* ---- Entry by entry, of two tensors that broadcast ---- */

enum { MAXIMUM, MINIMUM, PRELU, EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL };

INLINE v128_t combine(int op, v128_t a, v128_t b) {
  switch (op) {
    case MAXIMUM: return wasm_f32x4_max(a, b);
    case MINIMUM: return wasm_f32x4_min(a, b);
    case PRELU: return wasm_v128_bitselect(wasm_f32x4_mul(a, b), a, wasm_f32x4_lt(a, wasm_f32x4_splat(0)));
    case EQUAL: return wasm_f32x4_eq(a, b);
    case NOT_EQUAL: return wasm_f32x4_ne(a, b);
    case GREATER: return wasm_f32x4_gt(a, b);
    case GREATER_EQUAL: return wasm_f32x4_ge(a, b);
    case LESS: return wasm_f32x4_lt(a, b);
    default: return wasm_f32x4_le(a, b);
  }
}

INLINE v128_t operand(const float *x, int step, int i) {
  return step ? wasm_v128_load(x + i) : wasm_v128_load32_splat(x);
}

/* A row of n; steps are 0 (one value for all) or 1. */
INLINE void combine_row(int op, const float *a, const float *b, int sa, int sb, float *y, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, combine(op, operand(a, sa, i), operand(b, sb, i)));
  for (; i < n; i++)
    y[i] = wasm_f32x4_extract_lane(combine(op, wasm_f32x4_splat(a[sa * i]), wasm_f32x4_splat(b[sb * i])), 0);
}

INLINE void compare_row(int op, const float *a, const float *b, int sa, int sb, unsigned char *y, int n) {
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    v128_t m0 = combine(op, operand(a, sa, i), operand(b, sb, i));
    v128_t m1 = combine(op, operand(a, sa, i + 4), operand(b, sb, i + 4));
    v128_t m2 = combine(op, operand(a, sa, i + 8), operand(b, sb, i + 8));
    v128_t m3 = combine(op, operand(a, sa, i + 12), operand(b, sb, i + 12));
    v128_t bytes = wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(m0, m1), wasm_i16x8_narrow_i32x4(m2, m3));
    wasm_v128_store(y + i, wasm_v128_and(bytes, wasm_i8x16_splat(1)));
  }
  for (; i < n; i++)
    y[i] = wasm_i32x4_extract_lane(combine(op, wasm_f32x4_splat(a[sa * i]), wasm_f32x4_splat(b[sb * i])), 0) & 1;
}

INLINE void binary_by(int op, const float *a, const float *b, void *y, int rank, int *plan) {
  const int *size = plan, *as = plan + rank, *bs = plan + 2 * rank;
  const int last = rank - 1, n = size[last], sa = as[last], sb = bs[last];
  int i = 0, j = 0, done = 0;
  do {
    if (op >= EQUAL) compare_row(op, a + i, b + j, sa, sb, (unsigned char *)y + done, n);
    else combine_row(op, a + i, b + j, sa, sb, (float *)y + done, n);
    done += n;
  } while (advance(last, size, as, bs, plan + 3 * rank, &i, &j));
}

#define BINARY(OP)                                                                             \
  APART void binary_##OP(const float *a, const float *b, void *y, int rank, int *plan) {       \
    binary_by(OP, a, b, y, rank, plan);                                                        \
  }
BINARY(MAXIMUM) BINARY(MINIMUM) BINARY(PRELU) BINARY(EQUAL) BINARY(NOT_EQUAL)
BINARY(GREATER) BINARY(GREATER_EQUAL) BINARY(LESS) BINARY(LESS_EQUAL)

/* y: floats, or bytes of 0 and 1 for comparisons. rank >= 1; the last axis' steps are 0 or 1. */
EXPORT("binary") void binary(int op, const float *a, const float *b, void *y, int rank, int *plan) {
  switch (op) {
    case MAXIMUM: binary_MAXIMUM(a, b, y, rank, plan); break;
    case MINIMUM: binary_MINIMUM(a, b, y, rank, plan); break;
    case PRELU: binary_PRELU(a, b, y, rank, plan); break;
    case EQUAL: binary_EQUAL(a, b, y, rank, plan); break;
    case NOT_EQUAL: binary_NOT_EQUAL(a, b, y, rank, plan); break;
    case GREATER: binary_GREATER(a, b, y, rank, plan); break;
    case GREATER_EQUAL: binary_GREATER_EQUAL(a, b, y, rank, plan); break;
    case LESS: binary_LESS(a, b, y, rank, plan); break;
    default: binary_LESS_EQUAL(a, b, y, rank, plan);
  }
}

/* ---- Entry by entry, of one tensor ---- */

#define F(x) wasm_f32x4_splat(x)
#define ADD wasm_f32x4_add
#define SUB wasm_f32x4_sub
#define MUL wasm_f32x4_mul
#define DIV wasm_f32x4_div

/* e^x = 2^n e^r with |r| <= ln 2 / 2, the latter by Cephes' expf polynomial (Moshier): 1 unit in the last place. */
INLINE v128_t exp4(v128_t x) {
  x = wasm_f32x4_pmax(wasm_f32x4_pmin(x, F(89)), F(-104));
  v128_t n = wasm_f32x4_nearest(MUL(x, F(1.44269504088896341f)));
  v128_t r = SUB(SUB(x, MUL(n, F(0.693359375f))), MUL(n, F(-2.12194440e-4f)));
  v128_t p = F(1.9875691500e-4f);
  p = ADD(MUL(p, r), F(1.3981999507e-3f));
  p = ADD(MUL(p, r), F(8.3334519073e-3f));
  p = ADD(MUL(p, r), F(4.1665795894e-2f));
  p = ADD(MUL(p, r), F(1.6666665459e-1f));
  p = ADD(MUL(p, r), F(5.0000001201e-1f));
  p = ADD(ADD(MUL(p, MUL(r, r)), r), F(1));
  /* In two factors: 2^128 and 2^-150 are no floats, though their product with p may be. */
  v128_t whole = wasm_i32x4_trunc_sat_f32x4(n);
  v128_t half = wasm_i32x4_shr(whole, 1), rest = wasm_i32x4_sub(whole, half);
  v128_t bias = wasm_i32x4_splat(127);
  p = MUL(p, wasm_i32x4_shl(wasm_i32x4_add(half, bias), 23));
  return MUL(p, wasm_i32x4_shl(wasm_i32x4_add(rest, bias), 23));
}

/* ln x = e ln 2 + ln m with m in [1/sqrt 2, sqrt 2), the latter by Cephes' logf polynomial. */
INLINE v128_t log4(v128_t x) {
  v128_t tiny = wasm_f32x4_lt(x, F(1.17549435e-38f));
  v128_t scaled = wasm_v128_bitselect(MUL(x, F(8388608)), x, tiny);
  v128_t e = wasm_i32x4_sub(wasm_u32x4_shr(scaled, 23), wasm_i32x4_splat(126));
  v128_t exponent = SUB(wasm_f32x4_convert_i32x4(e), wasm_v128_and(F(23), tiny));
  v128_t m = wasm_v128_or(wasm_v128_and(scaled, wasm_i32x4_splat(0x007fffff)), F(0.5f));
  v128_t small = wasm_f32x4_lt(m, F(0.707106781186547524f));
  exponent = SUB(exponent, wasm_v128_and(F(1), small));
  v128_t f = SUB(ADD(m, wasm_v128_and(m, small)), F(1));
  v128_t z = MUL(f, f);
  v128_t p = F(7.0376836292e-2f);
  p = ADD(MUL(p, f), F(-1.1514610310e-1f));
  p = ADD(MUL(p, f), F(1.1676998740e-1f));
  p = ADD(MUL(p, f), F(-1.2420140846e-1f));
  p = ADD(MUL(p, f), F(1.4249322787e-1f));
  p = ADD(MUL(p, f), F(-1.6668057665e-1f));
  p = ADD(MUL(p, f), F(2.0000714765e-1f));
  p = ADD(MUL(p, f), F(-2.4999993993e-1f));
  p = ADD(MUL(p, f), F(3.3333331174e-1f));
  p = ADD(MUL(MUL(p, f), z), MUL(exponent, F(-2.12194440e-4f)));
  p = ADD(SUB(p, MUL(F(0.5f), z)), ADD(f, MUL(exponent, F(0.693359375f))));
  /* ln 0 = -inf, ln inf = inf, ln of less than 0 and of NaN = NaN. */
  p = wasm_v128_bitselect(F(-__builtin_inff()), p, wasm_f32x4_eq(x, F(0)));
  p = wasm_v128_bitselect(x, p, wasm_f32x4_eq(x, F(__builtin_inff())));
  return wasm_v128_bitselect(p, F(__builtin_nanf("")), wasm_f32x4_ge(x, F(0)));
}

/* Cephes' tanhf: a polynomial near 0, where 1 - 2 / (e^2x + 1) would lose its digits. */
INLINE v128_t tanh4(v128_t x) {
  v128_t sign = wasm_v128_and(x, F(-0.0f)), size = wasm_f32x4_abs(x), z = MUL(x, x);
  v128_t p = F(-5.70498872745e-3f);
  p = ADD(MUL(p, z), F(2.06390887954e-2f));
  p = ADD(MUL(p, z), F(-5.37397155531e-2f));
  p = ADD(MUL(p, z), F(1.33314422036e-1f));
  p = ADD(MUL(p, z), F(-3.33332819422e-1f));
  p = ADD(MUL(MUL(p, z), x), x);
  v128_t far = SUB(F(1), DIV(F(2), ADD(exp4(ADD(size, size)), F(1))));
  return wasm_v128_bitselect(p, wasm_v128_or(far, sign), wasm_f32x4_lt(size, F(0.625f)));
}

/* Abramowitz & Stegun 7.1.26, as tfjs's cpu backend computes it. */
INLINE v128_t erf4(v128_t x) {
  v128_t sign = wasm_v128_and(x, F(-0.0f)), size = wasm_f32x4_abs(x);
  v128_t t = DIV(F(1), ADD(F(1), MUL(F(0.3275911f), size)));
  v128_t p = F(1.061405429f);
  p = ADD(MUL(p, t), F(-1.453152027f));
  p = ADD(MUL(p, t), F(1.421413741f));
  p = ADD(MUL(p, t), F(-0.284496736f));
  p = MUL(ADD(MUL(p, t), F(0.254829592f)), t);
  return wasm_v128_or(SUB(F(1), MUL(p, exp4(wasm_f32x4_neg(MUL(size, size))))), sign);
}

/* ln(1 + e^x); ln u * e / (u - 1) makes good what u = 1 + e has lost of a small e (Kahan). */
INLINE v128_t softplus4(v128_t x) {
  v128_t e = exp4(x), u = ADD(F(1), e), kept = SUB(u, F(1));
  v128_t y = DIV(MUL(log4(u), e), kept);
  y = wasm_v128_bitselect(e, y, wasm_f32x4_eq(kept, F(0)));
  return wasm_v128_bitselect(x, y, wasm_f32x4_gt(x, F(13.9f)));
}

/* -1, 0 or 1; 0 of NaN. */
INLINE v128_t sign4(v128_t x) {
  v128_t zero = F(0);
  v128_t above = wasm_v128_and(wasm_f32x4_gt(x, zero), F(1)), below = wasm_v128_and(wasm_f32x4_lt(x, zero), F(1));
  return SUB(above, below);
}

enum { EXP, LOG, TANH, ERF, SOFTPLUS, SQRT, RSQRT, SIGN };

INLINE v128_t apply(int op, v128_t x) {
  switch (op) {
    case EXP: return exp4(x);
    case LOG: return log4(x);
    case TANH: return tanh4(x);
    case ERF: return erf4(x);
    case SOFTPLUS: return softplus4(x);
    case SQRT: return wasm_f32x4_sqrt(x);
    case SIGN: return sign4(x);
    default: return DIV(F(1), wasm_f32x4_sqrt(x));
  }
}

#define UNARY(OP)                                                                          \
  APART void unary_##OP(const float *x, float *y, int n) {                                 \
    int i = 0;                                                                             \
    for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, apply(OP, wasm_v128_load(x + i)));   \
    for (; i < n; i++) y[i] = wasm_f32x4_extract_lane(apply(OP, wasm_v128_load32_splat(x + i)), 0); \
  }
UNARY(EXP) UNARY(LOG) UNARY(TANH) UNARY(ERF) UNARY(SOFTPLUS) UNARY(SQRT) UNARY(RSQRT) UNARY(SIGN)

EXPORT("unary") void unary(int op, const float *x, float *y, int n) {
  switch (op) {
    case EXP: unary_EXP(x, y, n); break;
    case LOG: unary_LOG(x, y, n); break;
    case TANH: unary_TANH(x, y, n); break;
    case ERF: unary_ERF(x, y, n); break;
    case SOFTPLUS: unary_SOFTPLUS(x, y, n); break;
    case SQRT: unary_SQRT(x, y, n); break;
    case SIGN: unary_SIGN(x, y, n); break;
    default: unary_RSQRT(x, y, n);
  }
}

/* y = x within [low, high]; NaN stays, as the first operand of pmin and pmax does. */
EXPORT("clip") void clip(const float *x, float *y, int n, float low, float high) {
  int i = 0;
  for (; i + 4 <= n; i += 4)
    wasm_v128_store(y + i, wasm_f32x4_pmax(wasm_f32x4_pmin(wasm_v128_load(x + i), F(high)), F(low)));
  for (; i < n; i++) y[i] = x[i] > high ? high : x[i] < low ? low : x[i];
}
