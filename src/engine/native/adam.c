/* Adam (Kingma & Ba 2015, algorithm 1) over a flat vector, with the gradient's norm clipped. */
#include "vector.h"

static double sum_of_squares(const float *x, int n) {
  double sum = 0;
  int i = 0;
  /* Lanes are added up in double precision every so often: millions of squares lose digits in single. */
  while (i + VL <= n) {
    vec lanes = {0};
    const int end = i + 256 * VL < n ? i + 256 * VL : n;
    for (; i + VL <= end; i += VL) lanes = LOAD(x + i) * LOAD(x + i) + lanes;
    for (int j = 0; j < VL; j++) sum += lanes[j];
  }
  for (; i < n; i++) sum += (double)x[i] * x[i];
  return sum;
}

/*
 * next_* = the moments and parameters after a step; nothing is changed in place. `scale` multiplies the gradient,
 * `rate` and `correction` are the learning rate / (1 - beta1^t) and 1 / (1 - beta2^t).
 */
static void adam_step(int n, const float *restrict gradient, const float *restrict first,
                      const float *restrict second, const float *restrict values, float *restrict next_first,
                      float *restrict next_second, float *restrict next_values, float scale, float beta1, float beta2,
                      float rate, float correction, float epsilon) {
  const float keep1 = 1 - beta1, keep2 = 1 - beta2;
  for (int i = 0; i < n; i++) {
    const float g = gradient[i] * scale, m = first[i] * beta1 + g * keep1, v = second[i] * beta2 + g * g * keep2;
    next_first[i] = m;
    next_second[i] = v;
    next_values[i] = values[i] - m / (__builtin_sqrtf(v * correction) + epsilon) * rate;
  }
}
