/*
 * A transformer's sizes and its parameters in the form the kernels work on.
 *
 * The network is that of src/policy/transformer.ts: pre-norm decoder blocks, learned positions, an untied head.
 * Three rewritings leave its function unchanged and save passes over memory:
 * - a layer norm's scale and shift are folded into the linear layer behind it: (n * scale + shift) W + b =
 *   n (diag(scale) W) + (shift W + b). The gradients of all four follow from n^T dz and the column sums of dz;
 * - the queries' factor 1 / sqrt(head size) is folded into their columns;
 * - the value head is one more column of the head.
 *
 * Letters: B rows (sequences), T tokens of a row, D width, H heads, V words.
 */
#pragma once
#include "gemm.h"
#include "kernels.h"

typedef struct {
  int vocabulary, context, width, layers, heads, value_head;
} Config;

/* z = x W + b, folded. */
typedef struct {
  int inputs, outputs;     /* outputs before padding */
  float *forward;          /* packed W [inputs, outputs] */
  float *backward;         /* packed W^T [outputs, inputs] */
  float *bias;             /* [PADDED(outputs)] */
  size_t weight_gradient;  /* offsets in a gradient buffer: x^T dz [inputs, PADDED(outputs)] ... */
  size_t bias_gradient;    /* ... and the column sums of dz */
} Linear;

typedef struct {
  Linear qkv, output, up, down;
} Layer;

struct Model {
  Config config;
  int head_size, padded_head;        /* D / H */
  int stream, wide, qkv, logits;     /* padded widths: D, 4 D, 3 D, V (+ 1) */
  float *tokens, *positions;         /* [V, stream], [context, stream] */
  Layer *layers;
  Linear head;
  size_t tokens_gradient, positions_gradient, gradient_size; /* floats */
  float *memory;
};

/* Index of a parameter in the order of parameterShapes() in transformer.ts. */
enum { TOKENS, POSITIONS, FIRST_LAYER, LAYER_PARAMETERS = 12 };
enum {
  ATTENTION_SCALE, ATTENTION_SHIFT, QKV_WEIGHT, QKV_BIAS, OUTPUT_WEIGHT, OUTPUT_BIAS,
  MLP_SCALE, MLP_SHIFT, UP_WEIGHT, UP_BIAS, DOWN_WEIGHT, DOWN_BIAS
};
enum { NORM_SCALE, NORM_SHIFT, HEAD_WEIGHT, VALUE_WEIGHT, VALUE_BIAS };

#define OF_LAYER(l, parameter) (FIRST_LAYER + (l) * LAYER_PARAMETERS + (parameter))
#define OF_END(model, parameter) (FIRST_LAYER + (model)->config.layers * LAYER_PARAMETERS + (parameter))
