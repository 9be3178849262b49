/* All kernels as one unit, compiled once per instruction set: SUFFIX names it, e.g. avx512. */
#include "model.c"
#include "sampler.c"
#include "adam.c"

/* Multiplies m x k by packed k x n matrices, for the measured peak; returns the floating-point operations done. */
static double peak(int repeats, int m, int n, int k) {
  const int padded = PADDED(n);
  float *a = host_allocate(sizeof(float) * m * k), *b = host_allocate(sizeof(float) * k * padded);
  float *c = host_allocate(sizeof(float) * m * padded);
  double operations = 0;
  if (a && b && c) {
    clear(a, (size_t)m * k);
    clear(b, (size_t)k * padded);
    for (int i = 0; i < repeats; i++)
      multiply(m, padded, k, (Operand){a, k, 1}, (Panels){b, 0}, c, padded, FROM_ZERO, 0);
    operations = 2.0 * m * padded * k * repeats;
  }
  host_release(a);
  host_release(b);
  host_release(c);
  return operations;
}

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

const Kernels JOIN(kernels_, SUFFIX) = {
    .name = TEXT(SUFFIX),
    .open_model = open_model,
    .close_model = close_model,
    .pack_model = pack_model,
    .parameter_count = parameter_count,
    .open_score = open_score,
    .close_score = close_score,
    .score_forward = score_forward,
    .score_backward = score_backward,
    .open_sampler = open_sampler,
    .close_sampler = close_sampler,
    .sampler_reset = sampler_reset,
    .sampler_advance = sampler_advance,
    .sampler_draw = sampler_draw,
    .sampler_keep = sampler_keep,
    .sum_of_squares = sum_of_squares,
    .adam_step = adam_step,
    .peak = peak,
};
