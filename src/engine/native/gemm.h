/*
 * Matrix products C (+)= A x B of float32. A is read by strides, so that transposed operands cost nothing; B is
 * read in panels of up to PANEL columns, either packed beforehand (weights, gradients) or in place.
 *
 * The design is that of Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a block
 * of ROWS x PANEL sums stays in registers while B's panel stays in the first-level cache.
 */
#pragma once
#include "vector.h"

#if VL == 16
#define ROWS 12
#elif VL == 8
#define ROWS 6
#elif defined(__aarch64__)
#define ROWS 8
#else
#define ROWS 4
#endif
#define PANEL (2 * VL)

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
  vec sum[12][2];
#pragma GCC unroll 12
  for (int i = 0; i < m; i++) {
#pragma GCC unroll 2
    for (int j = 0; j < n; j++) {
      sum[i][j] = (vec){0};
      if (from & FROM_C) sum[i][j] += LOAD(c + i * c_row + j * VL);
      if (from & FROM_BIAS) sum[i][j] += LOAD(bias + j * VL);
    }
  }
  for (int p = 0; p < k; p++) {
    vec right[2];
#pragma GCC unroll 2
    for (int j = 0; j < n; j++) right[j] = LOAD(b + (size_t)p * b_row + j * VL);
#pragma GCC unroll 12
    for (int i = 0; i < m; i++) {
      const vec left = SPLAT(a[(size_t)i * a_row + (size_t)p * a_column]);
#pragma GCC unroll 2
      for (int j = 0; j < n; j++) sum[i][j] = multiply_add(left, right[j], sum[i][j]);
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < m; i++) {
#pragma GCC unroll 2
    for (int j = 0; j < n; j++) STORE(c + i * c_row + j * VL, sum[i][j]);
  }
}

#define BLOCK(m, n)                                                                                                 \
  static __attribute__((noinline)) void block_##m##_##n(int k, const float *a, int a_row, int a_column,             \
                                                        const float *b, int b_row, float *c, int c_row, int from,   \
                                                        const float *bias) {                                        \
    block(m, n, k, a, a_row, a_column, b, b_row, c, c_row, from, bias);                                             \
  }
#define BLOCKS(m) BLOCK(m, 1) BLOCK(m, 2)
#if ROWS == 12
BLOCKS(12)
#define LARGE(n) block_12_##n
#elif ROWS == 8
BLOCKS(8)
#define LARGE(n) block_8_##n
#elif ROWS == 6
BLOCKS(6)
#define LARGE(n) block_6_##n
#else
#define LARGE(n) block_4_##n
#endif
BLOCKS(4)
BLOCKS(1)

/*
 * C[m, n] (+)= A[m, k] x B[k, n] (+ bias[n]); n is a multiple of PAD, and so many columns of C's rows are written.
 */
static void multiply(int m, int n, int k, Operand a, Panels b, float *c, int c_row, int from, const float *bias) {
  for (int j = 0; j < n; j += PANEL) {
    const int wide = n - j > VL;
    const int width = wide ? PANEL : VL;
    const float *panel = b.row ? b.at + j : b.at + (size_t)j * k;
    const int b_row = b.row ? b.row : width;
    const float *start = from & FROM_BIAS ? bias + j : 0;
    int i = 0;
#define PASS(count, call_wide, call_narrow)                                                                        \
  for (; i + count <= m; i += count) {                                                                             \
    const float *rows = a.at + (size_t)i * a.row;                                                                  \
    float *to = c + (size_t)i * c_row + j;                                                                         \
    if (wide) call_wide(k, rows, a.row, a.column, panel, b_row, to, c_row, from, start);                           \
    else call_narrow(k, rows, a.row, a.column, panel, b_row, to, c_row, from, start);                              \
  }
    PASS(ROWS, LARGE(2), LARGE(1))
    PASS(4, block_4_2, block_4_1)
    PASS(1, block_1_2, block_1_1)
#undef PASS
  }
}

/* Packs B[k, n] with strides, zero padded to PADDED(n) columns. */
static void pack(int k, int n, const float *b, int b_row, int b_column, float *to) {
  const int padded = PADDED(n);
  for (int j = 0; j < padded; j += PANEL) {
    const int width = padded - j > VL ? PANEL : VL;
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

/* Packs rows that are padded already, and adds each column's sum to `sums`. */
static void pack_and_sum(int k, int padded, const float *b, int b_row, float *to, float *sums) {
  for (int j = 0; j < padded; j += VL) {
    const int start = j / PANEL * PANEL, width = padded - start > VL ? PANEL : VL;
    float *panel = to + (size_t)start * k + (j - start);
    vec sum = LOAD(sums + j);
    for (int p = 0; p < k; p++) {
      const vec x = LOAD(b + (size_t)p * b_row + j);
      sum += x;
      STORE(panel + (size_t)p * width, x);
    }
    STORE(sums + j, sum);
  }
}
