/* The kernels' entry points, one set per instruction set. */
#pragma once
#include "host.h"

typedef struct Model Model;
typedef struct Score Score;
typedef struct Sampler Sampler;

typedef struct {
  const char *name;
  Model *(*open_model)(int vocabulary, int context, int width, int layers, int heads, int value_head);
  void (*close_model)(Model *);
  void (*pack_model)(Model *, const float *const *parameters);
  int (*parameter_count)(const Model *);
  Score *(*open_score)(Model *);
  void (*close_score)(Score *);
  int (*score_forward)(Score *, const int *tokens, const int *lengths, const float *asked, int rows, int length,
                       double temperature, float *out);
  void (*score_backward)(Score *, const int *tokens, const float *d_out, const float *const *parameters,
                         float *const *gradients);
  Sampler *(*open_sampler)(Model *, int rows, int length);
  void (*close_sampler)(Sampler *);
  void (*sampler_reset)(Sampler *);
  void (*sampler_advance)(Sampler *, const int *tokens, int count, float *out);
  void (*sampler_draw)(const Sampler *, const float *out, const float *uniforms, double temperature, float *result);
  void (*sampler_keep)(Sampler *, const int *rows, int count);
  double (*sum_of_squares)(const float *, int n);
  void (*adam_step)(int n, const float *gradient, const float *first, const float *second, const float *values,
                    float *next_first, float *next_second, float *next_values, float scale, float beta1, float beta2,
                    float rate, float correction, float epsilon);
  double (*peak)(int repeats, int m, int n, int k);
} Kernels;
