/*
 * The kernels by themselves, for the sanitizers: every array has exactly the size it must have, and everything is
 * given back. Odd shapes, all instruction sets this processor has; the argument is the number of threads.
 *
 * Numbers are compared only as far as single precision allows in a program that stands alone: a directional
 * derivative, and the sampler against the score. Exact comparisons are in gradients.test.ts.
 */
#include "kernels.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void threads_start(int count);

#if defined(__x86_64__)
extern const Kernels kernels_avx512, kernels_avx2, kernels_sse4;
#else
extern const Kernels kernels_neon;
#endif

static uint32_t state = 1;
static int failures;

/* Xorshift (Marsaglia 2003). */
static uint32_t bits(void) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}
static float uniform(void) { return (float)(bits() >> 8) / (1 << 24); }
static int below(int n) { return (int)(bits() % (uint32_t)n); }

static void *exactly(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory) abort();
  return memory;
}

static float *randoms(size_t n, float scale) {
  float *x = exactly(n * sizeof(float));
  for (size_t i = 0; i < n; i++) x[i] = scale * (2 * uniform() - 1);
  return x;
}

typedef struct {
  int vocabulary, context, width, layers, heads, value_head, rows, length;
} Shape;

/* Sizes of the parameters, in the order of parameterShapes() in src/policy/transformer.ts. */
static int parameter_sizes(const Shape *s, int *sizes) {
  const int w = s->width;
  int n = 0;
  sizes[n++] = s->vocabulary * w;
  sizes[n++] = s->context * w;
  for (int l = 0; l < s->layers; l++) {
    const int layer[] = {w, w, 3 * w * w, 3 * w, w * w, w, w, w, 4 * w * w, 4 * w, 4 * w * w, w};
    for (int i = 0; i < 12; i++) sizes[n++] = layer[i];
  }
  sizes[n++] = w;
  sizes[n++] = w;
  sizes[n++] = w * s->vocabulary;
  if (s->value_head) {
    sizes[n++] = w;
    sizes[n++] = 1;
  }
  return n;
}

static void expect(int right, const char *what, const Kernels *k, const Shape *s) {
  if (right) return;
  failures++;
  printf("%s: %s wrong for V=%d context=%d D=%d layers=%d heads=%d value=%d B=%d T=%d\n", k->name, what, s->vocabulary,
         s->context, s->width, s->layers, s->heads, s->value_head, s->rows, s->length);
}

static double dot(const float *a, const float *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)a[i] * b[i];
  return sum;
}

static void try_adam(const Kernels *k, int n) {
  float *x[7];
  for (int i = 0; i < 7; i++) x[i] = randoms(n, 1);
  for (int i = 0; i < n; i++) x[2][i] = fabsf(x[2][i]);
  if (!(fabs(k->sum_of_squares(x[0], n) - dot(x[0], x[0], n)) < 1e-3)) failures++, printf("sum of squares wrong\n");
  k->adam_step(n, x[0], x[1], x[2], x[3], x[4], x[5], x[6], 0.5f, 0.9f, 0.98f, 0.01f, 1, 1e-8f);
  for (int i = 0; i < 7; i++) free(x[i]);
}

/* The sampler over the score's first row, in pieces, beside another row that is dropped on the way. */
static void try_run(const Kernels *k, const Shape *s, Sampler *sampler, const int *tokens, const float *log_probs) {
  const int outputs = s->vocabulary + s->value_head;
  for (int at = 0, rows = 2; at < s->length;) {
    int count = 1 + below(3);
    if (count > s->length - at) count = s->length - at;
    int *piece = exactly(sizeof(int) * rows * count);
    for (int r = 0; r < rows; r++)
      for (int i = 0; i < count; i++) piece[r * count + i] = tokens[at + i];
    float *out = exactly(sizeof(float) * rows * outputs), *drawn = exactly(sizeof(float) * 4 * rows);
    float *uniforms = exactly(sizeof(float) * rows);
    for (int r = 0; r < rows; r++) uniforms[r] = r == 0 ? uniform() : 1;
    k->sampler_advance(sampler, piece, count, out);
    k->sampler_draw(sampler, out, uniforms, 1.5, drawn);
    at += count;
    const float *z = out + (size_t)(rows - 1) * outputs;
    double sum = 0;
    for (int i = 0; i < s->vocabulary; i++) sum += exp(z[i] / 1.5);
    const double log_prob = z[tokens[at]] / 1.5 - log(sum);
    expect(fabs(log_prob - log_probs[at - 1]) < 1e-4, "sampling", k, s);
    const int token = (int)drawn[0];
    expect(token >= 0 && token < s->vocabulary && drawn[rows] <= 1e-6f && drawn[2 * rows] >= -1e-6f, "drawing", k, s);
    free(piece);
    free(out);
    free(drawn);
    free(uniforms);
    /* In the middle one of the two goes on alone, later it becomes two again. */
    if (at > s->length / 2) {
      const int count = at > s->length * 3 / 4 ? 2 : 1;
      int *kept = exactly(sizeof(int) * count);
      for (int i = 0; i < count; i++) kept[i] = rows - 1;
      k->sampler_keep(sampler, kept, count);
      free(kept);
      rows = count;
    }
  }
}

static void try_sampler(const Kernels *k, const Shape *s, Model *model, const int *tokens, const float *log_probs) {
  Sampler *sampler = k->open_sampler(model, 2, s->length);
  for (int run = 0; run < 2; run++) {
    if (run > 0) k->sampler_reset(sampler);
    try_run(k, s, sampler, tokens, log_probs);
  }
  k->close_sampler(sampler);
}

static void try_shape(const Kernels *k, Shape *s) {
  int sizes[64];
  const int count = parameter_sizes(s, sizes);
  float *parameters[64], *gradients[64], *direction[64], *moved[64];
  for (int i = 0; i < count; i++) {
    parameters[i] = randoms(sizes[i], 0.5f);
    direction[i] = randoms(sizes[i], 1);
    gradients[i] = exactly(sizeof(float) * sizes[i]);
    moved[i] = exactly(sizeof(float) * sizes[i]);
  }
  Model *model = k->open_model(s->vocabulary, s->context, s->width, s->layers, s->heads, s->value_head);
  Score *score = k->open_score(model);
  expect(k->parameter_count(model) == count, "number of parameters", k, s);
  /* Batches of several sizes through one score: its memory grows, is used again, shrinks. */
  const Shape whole = *s;
  for (int round = 0; round < 3; round++) {
    if (round == 1) s->rows = 1 + s->rows / 9, s->length = 1 + s->length / 3;
    if (round == 2) *s = whole;
    const size_t n = (size_t)s->rows * s->length, planes = s->value_head ? 3 : 2;
    int *tokens = exactly(sizeof(int) * s->rows * (s->length + 1)), *lengths = exactly(sizeof(int) * s->rows);
    for (int i = 0; i < s->rows * (s->length + 1); i++) tokens[i] = below(s->vocabulary);
    for (int b = 0; b < s->rows; b++) lengths[b] = b == 0 ? s->length : 1 + below(s->length);
    const int *told = round == 2 ? lengths : 0;
    float *wanted = exactly(sizeof(float) * n);
    for (size_t i = 0; i < n; i++) wanted[i] = (float)below(2);
    const float *asked = round == 1 ? wanted : 0;
    float *out = exactly(sizeof(float) * planes * n), *d_out = randoms(planes * n, 1);
    for (int b = 0; b < s->rows; b++)
      for (int t = lengths[b]; t < s->length; t++)
        for (size_t plane = 0; plane < planes; plane++) d_out[plane * n + (size_t)b * s->length + t] = 0;
    k->pack_model(model, (const float *const *)parameters);
    expect(k->score_forward(score, tokens, told, asked, s->rows, s->length, 1.5, out), "memory", k, s);
    k->score_backward(score, tokens, d_out, (const float *const *)parameters, gradients);
    if (round != 1) try_sampler(k, s, model, tokens, out);
    double slope = 0, difference = 0;
    for (int i = 0; i < count; i++) slope += dot(gradients[i], direction[i], sizes[i]);
    for (int side = -1; side <= 1; side += 2) {
      const float step = side * 5e-4f;
      for (int i = 0; i < count; i++)
        for (int j = 0; j < sizes[i]; j++) moved[i][j] = parameters[i][j] + step * direction[i][j];
      k->pack_model(model, (const float *const *)moved);
      k->score_forward(score, tokens, told, asked, s->rows, s->length, 1.5, out);
      difference += side * dot(out, d_out, planes * n) / (2 * 5e-4);
    }
    expect(fabs(slope - difference) < 0.05 * (fabs(difference) + sqrt((double)n)), "gradient", k, s);
    free(tokens);
    free(lengths);
    free(wanted);
    free(out);
    free(d_out);
  }
  k->close_score(score);
  k->close_model(model);
  for (int i = 0; i < count; i++) {
    free(parameters[i]);
    free(gradients[i]);
    free(direction[i]);
    free(moved[i]);
  }
}

static void try_kernels(const Kernels *k) {
  Shape shapes[] = {
      {4, 1, 3, 1, 1, 0, 1, 1},     {5, 8, 15, 3, 5, 1, 3, 7},    {17, 33, 34, 2, 2, 1, 6, 33},
      {16, 16, 16, 1, 1, 0, 2, 16}, {90, 60, 48, 1, 3, 1, 9, 60}, {31, 5, 20, 2, 4, 0, 150, 4},
      {64, 49, 64, 1, 4, 1, 5, 48},
  };
  for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) try_shape(k, shapes + i);
  for (int i = 0; i < 6; i++) {
    Shape s = {.vocabulary = 4 + below(80), .layers = 1 + below(3), .heads = 1 + below(5), .value_head = below(2),
               .rows = 1 + below(20), .length = 1 + below(40)};
    s.width = s.heads * (3 + below(18));
    s.context = s.length + below(3);
    try_shape(k, &s);
  }
  const int sizes[] = {1, 3, 15, 16, 17, 63, 4096, 5003};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) try_adam(k, sizes[i]);
  k->peak(1, 5, 7, 9);
  printf("%s: done\n", k->name);
}

int main(int argc, char **argv) {
  threads_start(argc > 1 ? atoi(argv[1]) : 1);
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    try_kernels(&kernels_avx512);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) try_kernels(&kernels_avx2);
  if (__builtin_cpu_supports("sse4.2")) try_kernels(&kernels_sse4);
#else
  try_kernels(&kernels_neon);
#endif
  return failures > 0;
}
