/*
 * Batched matrix product for tfjs's WASM backend: C[b] = op(A[b]) x op(B[b]), float32, row-major.
 *
 * The backend's own kernel multiplies batches and transposed operands (that is: attention, and every
 * gradient) with plain scalar loops, about twenty times slower than this one. It runs in the backend's own
 * memory, so it must not own any: no globals, no shadow stack; the caller lends `panel`.
 *
 * B is copied, KC rows and NR columns at a time, into `panel` (at least KC * round_up(n, NR) floats), zero
 * padded, so that the inner loop reads it without strides and needs no tail in n. KC keeps a panel in L1/L2.
 */
#include <wasm_simd128.h>

#define KC 256
#define NR 8
#define INLINE static inline __attribute__((always_inline))

/* `rows` (1..4) x NR block of C, accumulating over kc terms; strides in floats. */
INLINE void block(const int rows, int kc, const float *a, int a_row, int a_col, const float *panel,
                  float *c, int c_row, int width, int accumulate) {
  v128_t sum[4][2];
#pragma unroll
  for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = wasm_f32x4_splat(0);
  for (int k = 0; k < kc; k++) {
    v128_t b0 = wasm_v128_load(panel + k * NR), b1 = wasm_v128_load(panel + k * NR + 4);
#pragma unroll
    for (int i = 0; i < rows; i++) {
      v128_t x = wasm_v128_load32_splat(a + i * a_row + k * a_col);
      sum[i][0] = wasm_f32x4_add(sum[i][0], wasm_f32x4_mul(x, b0));
      sum[i][1] = wasm_f32x4_add(sum[i][1], wasm_f32x4_mul(x, b1));
    }
  }
#pragma unroll
  for (int i = 0; i < rows; i++) {
    float *row = c + i * c_row;
    if (width == NR) {
      if (accumulate) {
        sum[i][0] = wasm_f32x4_add(sum[i][0], wasm_v128_load(row));
        sum[i][1] = wasm_f32x4_add(sum[i][1], wasm_v128_load(row + 4));
      }
      wasm_v128_store(row, sum[i][0]);
      wasm_v128_store(row + 4, sum[i][1]);
    } else {
      /* The last, narrow panel: lane by lane, since lanes can be taken out only by constants. */
#define LANE(j, half, lane) \
  if (j < width) row[j] = (accumulate ? row[j] : 0) + wasm_f32x4_extract_lane(sum[i][half], lane);
      LANE(0, 0, 0) LANE(1, 0, 1) LANE(2, 0, 2) LANE(3, 0, 3) LANE(4, 1, 0) LANE(5, 1, 1) LANE(6, 1, 2)
    }
  }
}

static void pack(const float *b, int b_row, int b_col, int kc, int width, float *panel) {
  for (int k = 0; k < kc; k++) {
    const float *row = b + k * b_row;
    float *to = panel + k * NR;
    if (b_col == 1 && width == NR) {
      wasm_v128_store(to, wasm_v128_load(row));
      wasm_v128_store(to + 4, wasm_v128_load(row + 4));
    } else {
      for (int j = 0; j < NR; j++) to[j] = j < width ? row[j * b_col] : 0;
    }
  }
}

/* Dot products of one row with the rows of a transposed B: attention of one new token over its cache. */
static void row_by_transposed(int n, int k, const float *a, int a_col, const float *b, float *c) {
  for (int j = 0; j < n; j++) {
    const float *row = b + j * k;
    float sum = 0;
    int p = 0;
    if (a_col == 1 && k >= 4) {
      v128_t lanes = wasm_f32x4_splat(0);
      for (; p + 4 <= k; p += 4)
        lanes = wasm_f32x4_add(lanes, wasm_f32x4_mul(wasm_v128_load(a + p), wasm_v128_load(row + p)));
      sum = wasm_f32x4_extract_lane(lanes, 0) + wasm_f32x4_extract_lane(lanes, 1) +
            wasm_f32x4_extract_lane(lanes, 2) + wasm_f32x4_extract_lane(lanes, 3);
    }
    for (; p < k; p++) sum += a[p * a_col] * row[p];
    c[j] = sum;
  }
}

/* One row times a B that is not transposed: rows of B scaled and added, without copying B. */
static void row_by_matrix(int n, int k, const float *a, int a_col, const float *b, float *c) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    v128_t sum = wasm_f32x4_splat(0);
    for (int p = 0; p < k; p++)
      sum = wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_f32x4_splat(a[p * a_col]), wasm_v128_load(b + p * n + j)));
    wasm_v128_store(c + j, sum);
  }
  for (; j < n; j++) {
    float sum = 0;
    for (int p = 0; p < k; p++) sum += a[p * a_col] * b[p * n + j];
    c[j] = sum;
  }
}

/*
 * a_batch, b_batch: floats from one matrix of the batch to the next (0 where one matrix serves all).
 * transpose_a: A is stored [k, m]; transpose_b: B is stored [n, k].
 */
__attribute__((export_name("matmul"))) void matmul(const float *a, const float *b, float *c, float *panel,
                                                   int batch, int m, int n, int k, int a_batch, int b_batch,
                                                   int transpose_a, int transpose_b) {
  const int a_row = transpose_a ? 1 : k, a_col = transpose_a ? m : 1;
  const int b_row = transpose_b ? 1 : n, b_col = transpose_b ? k : 1;
  for (int i = 0; i < batch; i++, a += a_batch, b += b_batch, c += m * n) {
    if (m == 1) {
      if (transpose_b) row_by_transposed(n, k, a, a_col, b, c);
      else row_by_matrix(n, k, a, a_col, b, c);
      continue;
    }
    for (int k0 = 0; k0 < k; k0 += KC) {
      const int kc = k - k0 < KC ? k - k0 : KC;
      for (int j = 0; j < n; j += NR)
        pack(b + k0 * b_row + j * b_col, b_row, b_col, kc, n - j < NR ? n - j : NR, panel + j * kc);
      int row = 0;
      for (; row + 4 <= m; row += 4)
        for (int j = 0; j < n; j += NR)
          block(4, kc, a + row * a_row + k0 * a_col, a_row, a_col, panel + j * kc, c + row * n + j, n,
                n - j < NR ? n - j : NR, k0 > 0);
      for (; row < m; row++)
        for (int j = 0; j < n; j += NR)
          block(1, kc, a + row * a_row + k0 * a_col, a_row, a_col, panel + j * kc, c + row * n + j, n,
                n - j < NR ? n - j : NR, k0 > 0);
    }
  }
}

/* Floats a caller must lend as `panel` for n columns. */
__attribute__((export_name("panel_size"))) int panel_size(int n) { return KC * ((n + NR - 1) / NR * NR); }
