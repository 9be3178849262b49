/* Opening a model, packing its parameters, and unpacking its gradients. */
#include "model.h"

static size_t take(size_t *used, size_t floats) {
  const size_t at = *used;
  *used += (floats + PAD - 1) / PAD * PAD;
  return at;
}

static float *place(float *memory, size_t *used, size_t floats) {
  const size_t at = take(used, floats);
  return memory ? memory + at : 0;
}

static void plan_linear(Linear *linear, int inputs, int outputs, size_t *used, size_t *gradients, float *memory) {
  linear->inputs = inputs;
  linear->outputs = outputs;
  linear->forward = place(memory, used, (size_t)inputs * PADDED(outputs));
  linear->backward = place(memory, used, (size_t)outputs * PADDED(inputs));
  linear->bias = place(memory, used, PADDED(outputs));
  linear->weight_gradient = take(gradients, (size_t)inputs * PADDED(outputs));
  linear->bias_gradient = take(gradients, PADDED(outputs));
}

/* Lays everything out from `memory` on; called with NULL first, to learn how much is needed. */
static size_t plan(Model *model, float *memory) {
  const Config *config = &model->config;
  const int width = config->width;
  size_t used = 0, gradients = 0;
  model->tokens = place(memory, &used, (size_t)config->vocabulary * model->stream);
  model->positions = place(memory, &used, (size_t)config->context * model->stream);
  model->tokens_gradient = take(&gradients, (size_t)config->vocabulary * model->stream);
  model->positions_gradient = take(&gradients, (size_t)config->context * model->stream);
  for (int l = 0; l < config->layers; l++) {
    Layer *layer = model->layers + l;
    plan_linear(&layer->qkv, width, 3 * width, &used, &gradients, memory);
    plan_linear(&layer->output, width, width, &used, &gradients, memory);
    plan_linear(&layer->up, width, 4 * width, &used, &gradients, memory);
    plan_linear(&layer->down, 4 * width, width, &used, &gradients, memory);
  }
  plan_linear(&model->head, width, config->vocabulary + config->value_head, &used, &gradients, memory);
  model->gradient_size = gradients;
  return used;
}

static int parameter_count(const Model *model) {
  return OF_END(model, model->config.value_head ? VALUE_BIAS : HEAD_WEIGHT) + 1;
}

static void close_model(Model *model) {
  if (!model) return;
  host_release(model->memory);
  host_release(model->layers);
  host_release(model);
}

/* NULL when there is no memory. */
static Model *open_model(int vocabulary, int context, int width, int layers, int heads, int value_head) {
  Model *model = host_allocate(sizeof(Model));
  if (!model) return 0;
  *model = (Model){.config = {vocabulary, context, width, layers, heads, value_head}};
  model->head_size = width / heads;
  model->padded_head = PADDED(model->head_size);
  model->stream = PADDED(width);
  model->wide = PADDED(4 * width);
  model->qkv = PADDED(3 * width);
  model->logits = PADDED(vocabulary + value_head);
  model->layers = host_allocate(sizeof(Layer) * layers);
  if (model->layers) model->memory = host_allocate(sizeof(float) * plan(model, 0));
  if (!model->memory) {
    close_model(model);
    return 0;
  }
  plan(model, model->memory);
  return model;
}

/* weight [inputs, columns] into the packed forms, from output column `first` on; scale may be NULL. */
typedef struct {
  const float *weight, *bias, *scale, *shift;
  int first, columns;
  float factor; /* of the first `factor_columns` outputs */
  int factor_columns;
} Part;

/* Where element (row, column) of a packed B lies; padded: its padded number of columns. */
INLINE size_t packed_at(int rows, int padded, int row, int column) {
  const int start = column / PANEL * PANEL, width = padded - start < PANEL ? PAD : PANEL;
  return (size_t)start * rows + (size_t)row * width + (column - start);
}

static void pack_linear(Linear *linear, Part part) {
  const int inputs = linear->inputs, padded = PADDED(linear->outputs), padded_inputs = PADDED(inputs);
  float *bias = linear->bias + part.first;
  for (int j = 0; j < part.columns; j++) bias[j] = part.bias ? part.bias[j] : 0;
  for (int i = 0; i < inputs; i++) {
    const float *row = part.weight + (size_t)i * part.columns;
    const float scale = part.scale ? part.scale[i] : 1, shift = part.shift ? part.shift[i] : 0;
    for (int j = 0; j < part.columns; j++) {
      const float factor = part.first + j < part.factor_columns ? part.factor : 1;
      linear->forward[packed_at(inputs, padded, i, part.first + j)] = row[j] * scale * factor;
      bias[j] += shift * row[j];
    }
  }
  for (int j = 0; j < part.columns && part.first + j < part.factor_columns; j++) bias[j] *= part.factor;
  /* Transposed: written a panel's row at a time, read along as many rows of the weight as a panel is wide. */
  for (int i = 0; i < inputs; i += PAD) {
    const int count = inputs - i < PAD ? inputs - i : PAD;
    for (int j = 0; j < part.columns; j++) {
      float *to = linear->backward + packed_at(linear->outputs, padded_inputs, part.first + j, i);
      const float *from = part.weight + (size_t)i * part.columns + j;
      const float factor = part.first + j < part.factor_columns ? part.factor : 1;
      for (int r = 0; r < count; r++)
        to[r] = from[(size_t)r * part.columns] * (part.scale ? part.scale[i + r] : 1) * factor;
    }
  }
}

/* Sets what lies beyond the real columns to zero; packing never touches it. */
static void clear(float *memory, size_t floats) {
  for (size_t i = 0; i < floats; i++) memory[i] = 0;
}

/* `floats` is a multiple of PAD. */
static void copy(const float *from, float *to, size_t floats) {
  for (size_t i = 0; i < floats; i += VL) STORE(to + i, LOAD(from + i));
}

static float inverse_root(int n) { return 1.0f / __builtin_sqrtf((float)n); }

/* parameters: pointers in the order of parameterShapes(). */
static void pack_model(Model *model, const float *const *parameters) {
  const Config *config = &model->config;
  const int width = config->width;
  size_t size = plan(model, model->memory);
  clear(model->memory, size);
  for (int r = 0; r < config->vocabulary; r++)
    for (int i = 0; i < width; i++) model->tokens[(size_t)r * model->stream + i] = parameters[TOKENS][r * width + i];
  for (int r = 0; r < config->context; r++)
    for (int i = 0; i < width; i++)
      model->positions[(size_t)r * model->stream + i] = parameters[POSITIONS][r * width + i];
  for (int l = 0; l < config->layers; l++) {
    Layer *layer = model->layers + l;
#define OF(name) parameters[OF_LAYER(l, name)]
    pack_linear(&layer->qkv, (Part){OF(QKV_WEIGHT), OF(QKV_BIAS), OF(ATTENTION_SCALE), OF(ATTENTION_SHIFT), 0,
                                    3 * width, inverse_root(model->head_size), width});
    pack_linear(&layer->output, (Part){OF(OUTPUT_WEIGHT), OF(OUTPUT_BIAS), 0, 0, 0, width, 1, 0});
    pack_linear(&layer->up, (Part){OF(UP_WEIGHT), OF(UP_BIAS), OF(MLP_SCALE), OF(MLP_SHIFT), 0, 4 * width, 1, 0});
    pack_linear(&layer->down, (Part){OF(DOWN_WEIGHT), OF(DOWN_BIAS), 0, 0, 0, width, 1, 0});
#undef OF
  }
#define OF(name) parameters[OF_END(model, name)]
  pack_linear(&model->head,
              (Part){OF(HEAD_WEIGHT), 0, OF(NORM_SCALE), OF(NORM_SHIFT), 0, config->vocabulary, 1, 0});
  if (config->value_head)
    pack_linear(&model->head, (Part){OF(VALUE_WEIGHT), OF(VALUE_BIAS), OF(NORM_SCALE), OF(NORM_SHIFT),
                                     config->vocabulary, 1, 1, 0});
#undef OF
}

/* Gradients of one part of a linear layer and of the norm before it (d_scale, d_shift: added to; may be NULL). */
static void unpack_linear(const Linear *linear, const float *gradient, Part part, float *d_weight, float *d_bias,
                          float *d_scale, float *d_shift) {
  const int padded = PADDED(linear->outputs);
  const float *sums = gradient + linear->bias_gradient + part.first;
  for (int j = 0; d_bias && j < part.columns; j++)
    d_bias[j] = sums[j] * (part.first + j < part.factor_columns ? part.factor : 1);
  for (int i = 0; i < linear->inputs; i++) {
    const float *raw = gradient + linear->weight_gradient + (size_t)i * padded + part.first;
    const float *weight = part.weight + (size_t)i * part.columns;
    float *to = d_weight + (size_t)i * part.columns;
    const float scale = part.scale ? part.scale[i] : 1, shift = part.shift ? part.shift[i] : 0;
    float of_scale = 0, of_shift = 0;
    for (int j = 0; j < part.columns; j++) {
      const float factor = part.first + j < part.factor_columns ? part.factor : 1;
      to[j] = factor * (scale * raw[j] + shift * sums[j]);
      of_scale += factor * weight[j] * raw[j];
      of_shift += factor * weight[j] * sums[j];
    }
    if (d_scale) {
      d_scale[i] += of_scale;
      d_shift[i] += of_shift;
    }
  }
}

/* gradient: a buffer of model->gradient_size; gradients: pointers as `parameters`, overwritten. */
static void unpack_gradient(const Model *model, const float *const *parameters, const float *gradient,
                            float *const *gradients) {
  const Config *config = &model->config;
  const int width = config->width;
  for (int r = 0; r < config->vocabulary; r++)
    for (int i = 0; i < width; i++)
      gradients[TOKENS][r * width + i] = gradient[model->tokens_gradient + (size_t)r * model->stream + i];
  for (int r = 0; r < config->context; r++)
    for (int i = 0; i < width; i++)
      gradients[POSITIONS][r * width + i] = gradient[model->positions_gradient + (size_t)r * model->stream + i];
#define OF(name) parameters[OF_LAYER(l, name)]
#define TO(name) gradients[OF_LAYER(l, name)]
  for (int l = 0; l < config->layers; l++) {
    const Layer *layer = model->layers + l;
    clear(TO(ATTENTION_SCALE), width);
    clear(TO(ATTENTION_SHIFT), width);
    clear(TO(MLP_SCALE), width);
    clear(TO(MLP_SHIFT), width);
    unpack_linear(&layer->qkv, gradient,
                  (Part){OF(QKV_WEIGHT), 0, OF(ATTENTION_SCALE), OF(ATTENTION_SHIFT), 0, 3 * width,
                         inverse_root(model->head_size), width},
                  TO(QKV_WEIGHT), TO(QKV_BIAS), TO(ATTENTION_SCALE), TO(ATTENTION_SHIFT));
    unpack_linear(&layer->output, gradient, (Part){OF(OUTPUT_WEIGHT), 0, 0, 0, 0, width, 1, 0}, TO(OUTPUT_WEIGHT),
                  TO(OUTPUT_BIAS), 0, 0);
    unpack_linear(&layer->up, gradient, (Part){OF(UP_WEIGHT), 0, OF(MLP_SCALE), OF(MLP_SHIFT), 0, 4 * width, 1, 0},
                  TO(UP_WEIGHT), TO(UP_BIAS), TO(MLP_SCALE), TO(MLP_SHIFT));
    unpack_linear(&layer->down, gradient, (Part){OF(DOWN_WEIGHT), 0, 0, 0, 0, width, 1, 0}, TO(DOWN_WEIGHT),
                  TO(DOWN_BIAS), 0, 0);
  }
#undef OF
#undef TO
#define OF(name) parameters[OF_END(model, name)]
#define TO(name) gradients[OF_END(model, name)]
  clear(TO(NORM_SCALE), width);
  clear(TO(NORM_SHIFT), width);
  unpack_linear(&model->head, gradient,
                (Part){OF(HEAD_WEIGHT), 0, OF(NORM_SCALE), OF(NORM_SHIFT), 0, config->vocabulary, 1, 0},
                TO(HEAD_WEIGHT), 0, TO(NORM_SCALE), TO(NORM_SHIFT));
  if (config->value_head)
    unpack_linear(&model->head, gradient,
                  (Part){OF(VALUE_WEIGHT), 0, OF(NORM_SCALE), OF(NORM_SHIFT), config->vocabulary, 1, 1, 0},
                  TO(VALUE_WEIGHT), TO(VALUE_BIAS), TO(NORM_SCALE), TO(NORM_SHIFT));
#undef OF
#undef TO
}
