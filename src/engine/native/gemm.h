/*
 * Matrix products C (+)= A x B of float32. A is read by strides, so that transposed operands cost nothing; B is
 * read in panels of up to PANEL columns, either packed beforehand (weights, gradients) or in place.
 *
 * The design is that of Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a block
 * of ROWS x PANEL sums stays in registers while B's panel stays in the first-level cache.
 */
#pragma once
#include "vector.h"

/* ROWS x VECTORS sums: what the registers hold (32 with AVX-512 and NEON, 16 else; V8 keeps 2 x 4 in them best). */
#if VL == 16
#define ROWS 12
#define VECTORS 2
#elif VL == 8
#define ROWS 6
#define VECTORS 2
#elif defined(__aarch64__)
#define ROWS 5
#define VECTORS 4
#else
#define ROWS 2
#define VECTORS 4
#endif
#define PANEL (VECTORS * VL)

/* What the sums start from. */
enum { FROM_ZERO = 0, FROM_C = 1, FROM_BIAS = 2 };

typedef struct {
  const float *at;
  int row, column; /* strides in floats */
} Operand;

/* B of K rows and N columns (N padded). Packed: panel j, K x width, begins at `at + j * K`. In place: row stride > 0. */
typedef struct {
  const float *at;
  int row; /* 0: packed */
} Panels;

/* m x (n * VL) sums; m and n are constants where this is inlined. */
INLINE void block(const int m, const int n, int k, const float *a, int a_row, int a_column, const float *b, int b_row,
                  float *c, int c_row, int from, const float *bias) {
  vec sum[ROWS][VECTORS];
  UNROLL
  for (int i = 0; i < m; i++) {
    UNROLL
    for (int j = 0; j < n; j++) {
      sum[i][j] = (vec){0};
      if (from & FROM_C) sum[i][j] += LOAD(c + i * c_row + j * VL);
      if (from & FROM_BIAS) sum[i][j] += LOAD(bias + j * VL);
    }
  }
  for (int p = 0; p < k; p++) {
    vec right[VECTORS];
    UNROLL
    for (int j = 0; j < n; j++) right[j] = LOAD(b + (size_t)p * b_row + j * VL);
    UNROLL
    for (int i = 0; i < m; i++) {
      const float x = a[(size_t)i * a_row + (size_t)p * a_column];
      const vec left = SPLAT(x);
      UNROLL
      for (int j = 0; j < n; j++) sum[i][j] = multiply_add(left, right[j], sum[i][j]);
    }
  }
  UNROLL
  for (int i = 0; i < m; i++) {
    UNROLL
    for (int j = 0; j < n; j++) STORE(c + i * c_row + j * VL, sum[i][j]);
  }
}

#define BLOCK(m, n)                                                                                                 \
  static __attribute__((noinline)) void block_##m##_##n(int k, const float *a, int a_row, int a_column,             \
                                                        const float *b, int b_row, float *c, int c_row, int from,   \
                                                        const float *bias) {                                        \
    block(m, n, k, a, a_row, a_column, b, b_row, c, c_row, from, bias);                                             \
  }
#if ROWS == 12
BLOCK(12, 1) BLOCK(12, 2) BLOCK(4, 1) BLOCK(4, 2) BLOCK(1, 1) BLOCK(1, 2)
#elif ROWS == 6
BLOCK(6, 2) BLOCK(3, 2) BLOCK(1, 2)
#elif ROWS == 5
BLOCK(5, 4) BLOCK(1, 4)
#else
BLOCK(2, 4) BLOCK(1, 4)
#endif

/*
 * C[m, n] (+)= A[m, k] x B[k, n] (+ bias[n]); n is a multiple of PAD, and so many columns of C's rows are written.
 */
static void multiply(int m, int n, int k, Operand a, Panels b, float *c, int c_row, int from, const float *bias) {
  for (int j = 0; j < n; j += PANEL) {
    /* Only panels wider than PAD have a narrow last one. */
    const int narrow = PANEL > PAD && n - j < PANEL;
    const int width = narrow ? PAD : PANEL;
    const float *panel = b.row ? b.at + j : b.at + (size_t)j * k;
    const int b_row = b.row ? b.row : width;
    const float *start = from & FROM_BIAS ? bias + j : 0;
    int i = 0;
#define PASS(count, kernel)                                                                                         \
  for (; i + count <= m; i += count)                                                                               \
    kernel(k, a.at + (size_t)i * a.row, a.row, a.column, panel, b_row, c + (size_t)i * c_row + j, c_row, from, start);
#if PANEL > PAD
    if (narrow) {
      PASS(12, block_12_1)
      PASS(4, block_4_1)
      PASS(1, block_1_1)
      continue;
    }
    PASS(12, block_12_2)
    PASS(4, block_4_2)
    PASS(1, block_1_2)
#elif ROWS == 6
    PASS(6, block_6_2)
    PASS(3, block_3_2)
    PASS(1, block_1_2)
#elif ROWS == 5
    PASS(5, block_5_4)
    PASS(1, block_1_4)
#else
    PASS(2, block_2_4)
    PASS(1, block_1_4)
#endif
#undef PASS
  }
}

/* Packs B[k, n] with strides, zero padded to PADDED(n) columns. */
static void pack(int k, int n, const float *b, int b_row, int b_column, float *to) {
  const int padded = PADDED(n);
  for (int j = 0; j < padded; j += PANEL) {
    const int width = padded - j < PANEL ? PAD : PANEL;
    for (int p = 0; p < k; p++, to += width) {
      const float *row = b + (size_t)p * b_row + (size_t)j * b_column;
      if (b_column == 1 && n - j >= width) {
        for (int i = 0; i < width; i += VL) STORE(to + i, LOAD(row + i));
      } else {
        for (int i = 0; i < width; i++) to[i] = j + i < n ? row[(size_t)i * b_column] : 0;
      }
    }
  }
}

/* Packs rows that are padded already, and adds each column's sum to `sums`, or writes it there. */
static void pack_and_sum(int k, int padded, const float *b, int b_row, float *to, float *sums, int from) {
  for (int j = 0; j < padded; j += VL) {
    const int start = j / PANEL * PANEL, width = padded - start < PANEL ? PAD : PANEL;
    float *panel = to + (size_t)start * k + (j - start);
    vec sum = from == FROM_C ? LOAD(sums + j) : SPLAT(0);
    for (int p = 0; p < k; p++) {
      const vec x = LOAD(b + (size_t)p * b_row + j);
      sum += x;
      STORE(panel + (size_t)p * width, x);
    }
    STORE(sums + j, sum);
  }
}
