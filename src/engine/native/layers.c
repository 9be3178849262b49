/* The parts of a decoder block, forward and backward, on a run of tokens. */
#include "model.h"

/* rows of x -> (x - mean) / sqrt(variance + 1e-5) in `normal`, zero in the padding; 1 / that root in `inverse`. */
static void normalise(int rows, int width, int padded, const float *x, float *normal, float *inverse) {
  const int whole = width / VL * VL;
  for (int r = 0; r < rows; r++, x += padded, normal += padded) {
    vec lanes = {0};
    for (int i = 0; i < padded; i += VL) lanes += LOAD(x + i); /* the padding is zero */
    const float mean = sum_lanes(lanes) / width;
    vec squares = {0};
    for (int i = 0; i < whole; i += VL) {
      const vec centred = LOAD(x + i) - mean;
      squares = multiply_add(centred, centred, squares);
    }
    float total = sum_lanes(squares);
    for (int i = whole; i < width; i++) total += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / __builtin_sqrtf(total / width + 1e-5f);
    inverse[r] = scale;
    for (int i = 0; i < whole; i += VL) STORE(normal + i, (LOAD(x + i) - mean) * scale);
    for (int i = whole; i < padded; i++) normal[i] = i < width ? (x[i] - mean) * scale : 0;
  }
}

/* d_x += (d - mean(d) - normal mean(d normal)) inverse, d the gradient of `normal` (Ba, Kiros & Hinton 2016). */
static void normalise_backward(int rows, int width, int padded, const float *d, const float *normal,
                               const float *inverse, float *d_x) {
  const int whole = width / VL * VL;
  for (int r = 0; r < rows; r++, d += padded, normal += padded, d_x += padded) {
    vec sums = {0}, products = {0};
    for (int i = 0; i < padded; i += VL) { /* the padding of both is zero */
      sums += LOAD(d + i);
      products = multiply_add(LOAD(d + i), LOAD(normal + i), products);
    }
    const float mean = sum_lanes(sums) / width, slope = sum_lanes(products) / width, scale = inverse[r];
    for (int i = 0; i < whole; i += VL)
      STORE(d_x + i, LOAD(d_x + i) + (LOAD(d + i) - mean - LOAD(normal + i) * slope) * scale);
    for (int i = whole; i < width; i++) d_x[i] += (d[i] - mean - normal[i] * slope) * scale;
  }
}

/* x sigma(1.702 x) (Hendrycks & Gimpel 2016, section 2). */
static void gelu(size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i += VL) {
    const vec at = LOAD(x + i);
    STORE(y + i, at / (1.0f + vector_exp(at * -1.702f)));
  }
}

/* y as above, and its slope dy / dx = s + 1.702 x s (1 - s). */
static void gelu_backward(size_t n, const float *x, float *y, float *slope) {
  for (size_t i = 0; i < n; i += VL) {
    const vec at = LOAD(x + i), s = 1.0f / (1.0f + vector_exp(at * -1.702f)), value = at * s;
    STORE(y + i, value);
    STORE(slope + i, s + 1.702f * value * (1.0f - s));
  }
}

/* Scratch of one head: two packed matrices and, where heads are not a whole number of vectors wide, copies. */
typedef struct {
  float *panels;                   /* [head size, PADDED(T)] */
  float *scores;                   /* [T, PADDED(T)] */
  float *copies[4];                /* [T, padded head] */
} HeadScratch;

/* A head's rows as operands and panels: in place where they are whole vectors wide, else copied and padded. */
static const float *head_rows(int n, int size, int padded, const float *x, int row, float *copy, int *copied_row) {
  if (size == padded) {
    *copied_row = row;
    return x;
  }
  for (int t = 0; t < n; t++)
    for (int i = 0; i < padded; i++) copy[t * padded + i] = i < size ? x[(size_t)t * row + i] : 0;
  *copied_row = padded;
  return copy;
}

static void copy_back(int n, int size, int padded, const float *copy, float *to, int row) {
  for (int t = 0; t < n; t++)
    for (int i = 0; i < size; i++) to[(size_t)t * row + i] = copy[t * padded + i];
}

/* In place: scores -> softmax over the first `seen` of them, zero up to `padded`. */
INLINE void softmax(int seen, int padded, float *scores) {
  const int last = (seen - 1) / VL * VL; /* where the last vector begins */
  const vec least = SPLAT(-1e30f), tail = first_lanes(seen - last, LOAD(scores + last), least);
  vec largest = tail;
  for (int i = 0; i < last; i += VL) largest = larger(LOAD(scores + i), largest);
  const float top = largest_lane(largest);
  const vec end = first_lanes(seen - last, vector_exp(tail - top), SPLAT(0));
  vec sums = end;
  for (int i = 0; i < last; i += VL) {
    const vec e = vector_exp(LOAD(scores + i) - top);
    sums += e;
    STORE(scores + i, e);
  }
  const float scale = 1.0f / sum_lanes(sums);
  for (int i = 0; i < last; i += VL) STORE(scores + i, LOAD(scores + i) * scale);
  STORE(scores + last, end * scale);
  for (int i = last + VL; i < padded; i += VL) STORE(scores + i, SPLAT(0));
}

/* Row t of scores [n, padded]: softmax over its first t + 1 columns. */
static void causal_softmax(int n, int padded, float *scores) {
  for (int t = 0; t < n; t++) softmax(t + 1, padded, scores + (size_t)t * padded);
}

/*
 * One head on one row of n tokens: y = softmax(q k^T) v, causal; q is scaled already.
 * q, k, v: strided by `row` in the qkv activations; y by y_row; probabilities [n, PADDED(n)] are kept.
 */
static void attend(int n, int size, const float *q, const float *k, const float *v, int row, float *probabilities,
                   float *y, int y_row, HeadScratch *scratch) {
  const int padded = PADDED(n), padded_head = PADDED(size);
  pack(size, n, k, 1, row, scratch->panels);
  /* Blocks of queries see only the keys up to their last one. */
  for (int t = 0; t < n; t += ROWS) {
    const int count = n - t < ROWS ? n - t : ROWS, seen = PADDED(t + count);
    const int columns = seen < padded ? seen : padded;
    /* Whole panels: those of the packed keys are as wide as the keys allow. */
    const int whole = (columns + PANEL - 1) / PANEL * PANEL;
    multiply(count, whole < padded ? whole : padded, size, (Operand){q + (size_t)t * row, row, 1},
             (Panels){scratch->panels, 0}, probabilities + (size_t)t * padded, padded, FROM_ZERO, 0);
  }
  causal_softmax(n, padded, probabilities);
  int v_row;
  const float *values = head_rows(n, size, padded_head, v, row, scratch->copies[0], &v_row);
  float *to = size == padded_head ? y : scratch->copies[1];
  const int to_row = size == padded_head ? y_row : padded_head;
  for (int t = 0; t < n; t += ROWS) {
    const int count = n - t < ROWS ? n - t : ROWS;
    multiply(count, padded_head, t + count, (Operand){probabilities + (size_t)t * padded, padded, 1},
             (Panels){values, v_row}, to + (size_t)t * to_row, to_row, FROM_ZERO, 0);
  }
  if (to != y) copy_back(n, size, padded_head, to, y, y_row);
}

/* Gradients of q, k and v (strided by `row` like them) from that of y. */
static void attend_backward(int n, int size, const float *q, const float *k, const float *v, int row,
                            const float *probabilities, const float *d_y, int y_row, float *d_q, float *d_k,
                            float *d_v, HeadScratch *scratch) {
  const int padded = PADDED(n), padded_head = PADDED(size), in_place = size == padded_head;
  int dy_row, q_row, k_row;
  const float *dy = head_rows(n, size, padded_head, d_y, y_row, scratch->copies[0], &dy_row);
  float *result = scratch->copies[3];
  const int result_row = in_place ? row : padded_head;
  /* d_v[t] = sum over i >= t of p[i, t] d_y[i] */
  float *to = in_place ? d_v : result;
  for (int t = 0; t < n; t += ROWS) {
    const int count = n - t < ROWS ? n - t : ROWS;
    multiply(count, padded_head, n - t, (Operand){probabilities + (size_t)t * padded + t, 1, padded},
             (Panels){dy + (size_t)t * dy_row, dy_row}, to + (size_t)t * result_row, result_row, FROM_ZERO, 0);
  }
  if (!in_place) copy_back(n, size, padded_head, result, d_v, row);
  /* d_p = d_y v^T, and through the softmax: d_s = p (d_p - sum p d_p) */
  pack(size, n, v, 1, row, scratch->panels);
  multiply(n, padded, size, (Operand){dy, dy_row, 1}, (Panels){scratch->panels, 0}, scratch->scores, padded,
           FROM_ZERO, 0);
  for (int t = 0; t < n; t++) {
    const float *p = probabilities + (size_t)t * padded;
    float *s = scratch->scores + (size_t)t * padded;
    const int seen = (t + VL) / VL * VL; /* p is zero beyond t */
    vec sums = {0};
    for (int i = 0; i < seen; i += VL) sums = multiply_add(LOAD(p + i), LOAD(s + i), sums);
    const float mean = sum_lanes(sums);
    for (int i = 0; i < seen; i += VL) STORE(s + i, LOAD(p + i) * (LOAD(s + i) - mean));
    for (int i = seen; i < padded; i += VL) STORE(s + i, SPLAT(0));
  }
  const float *keys = head_rows(n, size, padded_head, k, row, scratch->copies[1], &k_row);
  const float *queries = head_rows(n, size, padded_head, q, row, scratch->copies[2], &q_row);
  to = in_place ? d_q : result;
  for (int t = 0; t < n; t += ROWS) {
    const int count = n - t < ROWS ? n - t : ROWS;
    multiply(count, padded_head, t + count, (Operand){scratch->scores + (size_t)t * padded, padded, 1},
             (Panels){keys, k_row}, to + (size_t)t * result_row, result_row, FROM_ZERO, 0);
  }
  if (!in_place) copy_back(n, size, padded_head, result, d_q, row);
  to = in_place ? d_k : result;
  for (int t = 0; t < n; t += ROWS) {
    const int count = n - t < ROWS ? n - t : ROWS;
    multiply(count, padded_head, n - t, (Operand){scratch->scores + (size_t)t * padded + t, 1, padded},
             (Panels){queries + (size_t)t * q_row, q_row}, to + (size_t)t * result_row, result_row, FROM_ZERO, 0);
  }
  if (!in_place) copy_back(n, size, padded_head, result, d_k, row);
}
