/*
 * The kernels as a WebAssembly module that works in the memory of tfjs's own, one thread. It owns no memory: no static
 * data, and the stack is lent by the caller, who sets `__stack_pointer`. Offsets are pointers here.
 */
#define SUFFIX simd128
#include "kernels.c"

void host_parallel(Work work, void *context, int parts) {
  for (int part = 0; part < parts; part++) work(context, part, 0);
}
int host_workers(void) { return 1; }

#define EXPORT(name) __attribute__((export_name(name)))

EXPORT("openModel") Model *wasm_open_model(int v, int c, int w, int l, int h, int value) {
  return open_model(v, c, w, l, h, value);
}
EXPORT("closeModel") void wasm_close_model(Model *model) { close_model(model); }
EXPORT("packModel") int wasm_pack_model(Model *model, const float *const *parameters) {
  pack_model(model, parameters);
  return 1;
}
EXPORT("openScore") Score *wasm_open_score(Model *model) { return open_score(model); }
EXPORT("closeScore") void wasm_close_score(Score *score) { close_score(score); }
EXPORT("scoreForward") int wasm_score_forward(Score *s, const int *tokens, const int *lengths, const float *asked,
                                              int rows, int length, double temperature, float *out) {
  return score_forward(s, tokens, lengths, asked, rows, length, temperature, out);
}
EXPORT("scoreBackward") int wasm_score_backward(Score *s, Model *model, const int *tokens, const float *d_out,
                                                const float *const *parameters, float *const *gradients) {
  (void)model;
  score_backward(s, tokens, d_out, parameters, gradients);
  return 1;
}
EXPORT("openSampler") Sampler *wasm_open_sampler(Model *model, int rows, int length) {
  return open_sampler(model, rows, length);
}
EXPORT("closeSampler") void wasm_close_sampler(Sampler *s) { close_sampler(s); }
EXPORT("samplerReset") void wasm_sampler_reset(Sampler *s) { sampler_reset(s); }
EXPORT("samplerAdvance") void wasm_sampler_advance(Sampler *s, const int *tokens, int count, float *out) {
  sampler_advance(s, tokens, count, out);
}
EXPORT("samplerDraw") void wasm_sampler_draw(const Sampler *s, const float *out, const float *uniforms, double temperature,
                                             float *result) {
  sampler_draw(s, out, uniforms, temperature, result);
}
EXPORT("samplerKeep") void wasm_sampler_keep(Sampler *s, const int *rows, int count) { sampler_keep(s, rows, count); }
EXPORT("sumOfSquares") double wasm_sum_of_squares(const float *x, int n) { return sum_of_squares(x, n); }
EXPORT("adamStep") void wasm_adam_step(int n, const float *gradient, const float *first, const float *second,
                                       const float *values, float *next_first, float *next_second, float *next_values,
                                       float scale, float beta1, float beta2, float rate, float correction,
                                       float epsilon) {
  adam_step(n, gradient, first, second, values, next_first, next_second, next_values, scale, beta1, beta2, rate,
            correction, epsilon);
}
EXPORT("peak") double wasm_peak(int repeats, int m, int n, int k) { return peak(repeats, m, n, k); }
