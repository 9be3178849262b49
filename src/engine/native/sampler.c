/* Sampling with cached keys and values: B rows in lock-step, a few new tokens each. */
#include "score.c"

/* Most rows, and most tokens unless one row has more, that a worker takes at once. */
enum { ROWS_AT_ONCE = 96, TOKENS_AT_ONCE = 288 };

typedef struct {
  float *stream, *normal, *qkv, *mixed, *hidden, *scores, *logits, *inverse;
} SamplerWorker;

struct Sampler {
  Model *model;
  int capacity, rows, length; /* rows at first, rows left, most tokens of a row */
  int past;                   /* tokens in the cache */
  int padded_length;
  int *slots;       /* [rows]: where each row's cache lies; room for three times as many, see sampler_keep */
  float *keys;      /* [layer, slot, head, padded length / PAD, head size, PAD]: PAD tokens side by side */
  float *values;    /* [layer, slot, head, length, padded head] */
  SamplerWorker *worker;
  int workers, per_part;
  float *memory;
  /* of the call under way */
  const int *tokens;
  int count;
  float *out;
};

static void close_sampler(Sampler *s) {
  if (!s) return;
  host_release(s->memory);
  host_release(s->slots);
  host_release(s->worker);
  host_release(s);
}

static size_t plan_sampler(Sampler *s, float *memory) {
  const Model *m = s->model;
  size_t at = 0, *used = &at;
  const size_t heads = (size_t)m->config.layers * s->capacity * m->config.heads;
  s->keys = place(memory, used, heads * m->head_size * s->padded_length);
  s->values = place(memory, used, heads * s->length * m->padded_head);
  for (int w = 0; w < s->workers; w++) {
    SamplerWorker *worker = s->worker + w;
    const size_t tokens = TOKENS_AT_ONCE > s->length ? TOKENS_AT_ONCE : s->length;
    worker->stream = place(memory, used, tokens * m->stream);
    worker->normal = place(memory, used, tokens * m->stream);
    worker->qkv = place(memory, used, tokens * m->qkv);
    worker->mixed = place(memory, used, tokens * m->stream);
    worker->hidden = place(memory, used, tokens * m->wide);
    worker->scores = place(memory, used, s->padded_length);
    worker->inverse = place(memory, used, tokens);
    worker->logits = place(memory, used, (size_t)ROWS_AT_ONCE * m->logits);
  }
  return at;
}

/* Makes it ready for another run of as many rows. */
static void sampler_reset(Sampler *s) {
  s->past = 0;
  s->rows = s->capacity;
  for (int i = 0; i < s->capacity; i++) s->slots[i] = i;
}

/* rows: B; length: most tokens of a row, at most the model's context. NULL when there is no memory. */
static Sampler *open_sampler(Model *model, int rows, int length) {
  Sampler *s = host_allocate(sizeof(Sampler));
  if (!s) return 0;
  *s = (Sampler){.model = model, .capacity = rows, .rows = rows, .length = length, .padded_length = PADDED(length),
                 .workers = host_workers()};
  s->slots = host_allocate(sizeof(int) * 3 * rows);
  s->worker = host_allocate(sizeof(SamplerWorker) * s->workers);
  size_t size = 0;
  if (s->slots && s->worker) {
    size = plan_sampler(s, 0);
    s->memory = host_allocate(sizeof(float) * size);
  }
  if (!s->memory) {
    close_sampler(s);
    return 0;
  }
  plan_sampler(s, s->memory);
  /* Lanes beyond a token or a head are computed with and thrown away; they should at least be numbers. */
  clear(s->memory, size);
  sampler_reset(s);
  return s;
}

/* What is known of the tokens so far, from one slot into another. */
static void copy_slot(Sampler *s, int from, int to) {
  const Model *m = s->model;
  const int heads = m->config.heads;
  const size_t keys = (size_t)m->head_size * s->padded_length, values = (size_t)s->length * m->padded_head;
  for (int l = 0; l < m->config.layers; l++)
    for (int h = 0; h < heads; h++) {
      const size_t layer = (size_t)l * s->capacity, a = (layer + from) * heads + h, b = (layer + to) * heads + h;
      copy(s->keys + a * keys, s->keys + b * keys, (size_t)m->head_size * PADDED(s->past));
      copy(s->values + a * values, s->values + b * values, (size_t)m->padded_head * s->past);
    }
}

/* Goes on with these rows, in this order. One that is there several times becomes so many rows, at most `capacity` in all. */
static void sampler_keep(Sampler *s, const int *rows, int count) {
  int *next = s->slots + s->capacity, *uses = next + s->capacity;
  for (int i = 0; i < s->capacity; i++) uses[i] = 0;
  for (int i = 0; i < count; i++) uses[next[i] = s->slots[rows[i]]]++;
  int free_slot = 0;
  for (int i = 0; i < count; i++) {
    const int slot = next[i];
    if (uses[slot] > 1) {
      while (uses[free_slot] > 0) free_slot++;
      copy_slot(s, slot, free_slot);
      uses[slot]--;
      uses[free_slot] = 1;
      next[i] = free_slot;
    }
    s->slots[i] = next[i];
  }
  s->rows = count;
}

/* Attention of one new token's head at position `at` over keys and values of 0 ... at. */
static void attend_cached(const Sampler *s, int at, const float *q, const float *keys, const float *values,
                          float *scores, float *y) {
  const Model *m = s->model;
  const int seen = at + 1, size = m->head_size;
  for (int t = 0; t < seen; t += PAD, keys += (size_t)PAD * size)
    for (int lane = 0; lane < PAD; lane += 2 * VL) {
      /* Sums of their own for even and odd numbers: each waits for itself only. */
      vec even[2] = {SPLAT(0), SPLAT(0)}, odd[2] = {SPLAT(0), SPLAT(0)};
      const int second = lane + VL < PAD;
      int i = 0;
      for (; i + 2 <= size; i += 2) {
        const float *row = keys + (size_t)i * PAD + lane;
        even[0] = multiply_add(SPLAT(q[i]), LOAD(row), even[0]);
        odd[0] = multiply_add(SPLAT(q[i + 1]), LOAD(row + PAD), odd[0]);
        if (second) {
          even[1] = multiply_add(SPLAT(q[i]), LOAD(row + VL), even[1]);
          odd[1] = multiply_add(SPLAT(q[i + 1]), LOAD(row + PAD + VL), odd[1]);
        }
      }
      if (i < size) {
        const float *row = keys + (size_t)i * PAD + lane;
        even[0] = multiply_add(SPLAT(q[i]), LOAD(row), even[0]);
        if (second) even[1] = multiply_add(SPLAT(q[i]), LOAD(row + VL), even[1]);
      }
      STORE(scores + t + lane, even[0] + odd[0]);
      if (second) STORE(scores + t + lane + VL, even[1] + odd[1]);
    }
  softmax(seen, PADDED(seen), scores);
  for (int i = 0; i < m->padded_head; i += VL) {
    vec sums[4] = {SPLAT(0), SPLAT(0), SPLAT(0), SPLAT(0)};
    const float *value = values + i;
    int t = 0;
    for (; t + 4 <= seen; t += 4)
      for (int j = 0; j < 4; j++, value += m->padded_head)
        sums[j] = multiply_add(SPLAT(scores[t + j]), LOAD(value), sums[j]);
    for (; t < seen; t++, value += m->padded_head) sums[0] = multiply_add(SPLAT(scores[t]), LOAD(value), sums[0]);
    const vec a = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    if (i + VL <= size) STORE(y + i, a);
    else
      for (int j = 0; i + j < size; j++) y[i + j] = a[j];
  }
}

/* Keys and values of one token's heads into the cache, then its attention. */
static void attend_token(const Sampler *s, int layer, int slot, int at, const float *qkv, float *mixed,
                         float *scores) {
  const Model *m = s->model;
  const int width = m->config.width, size = m->head_size, heads = m->config.heads;
  for (int h = 0; h < heads; h++) {
    const size_t head = ((size_t)layer * s->capacity + slot) * heads + h;
    float *keys = s->keys + head * size * s->padded_length;
    float *values = s->values + head * s->length * m->padded_head;
    const float *q = qkv + h * size, *k = q + width, *v = k + width;
    float *key = keys + (size_t)(at / PAD) * PAD * size + at % PAD;
    for (int i = 0; i < size; i++) key[(size_t)i * PAD] = k[i];
    for (int i = 0; i < size; i++) values[(size_t)at * m->padded_head + i] = v[i];
    attend_cached(s, at, q, keys, values, scores, mixed + h * size);
  }
}

static void advance_part(void *context, int part, int which) {
  Sampler *s = context;
  const Model *m = s->model;
  const Config *config = &m->config;
  SamplerWorker *w = s->worker + which;
  const int first = part * s->per_part, count = s->count;
  const int rows = s->rows - first < s->per_part ? s->rows - first : s->per_part;
  const int n = rows * count;
  for (int r = 0; r < n; r++) {
    const float *token = m->tokens + (size_t)s->tokens[(size_t)first * count + r] * m->stream;
    const float *position = m->positions + (size_t)(s->past + r % count) * m->stream;
    for (int i = 0; i < m->stream; i += VL)
      STORE(w->stream + (size_t)r * m->stream + i, LOAD(token + i) + LOAD(position + i));
  }
  float *inverse = w->inverse;
  for (int l = 0; l < config->layers; l++) {
    const Layer *layer = m->layers + l;
    normalise(n, config->width, m->stream, w->stream, w->normal, inverse);
    multiply(n, m->qkv, config->width, (Operand){w->normal, m->stream, 1}, (Panels){layer->qkv.forward, 0}, w->qkv,
             m->qkv, FROM_BIAS, layer->qkv.bias);
    for (int r = 0; r < n; r++)
      attend_token(s, l, s->slots[first + r / count], s->past + r % count, w->qkv + (size_t)r * m->qkv,
                   w->mixed + (size_t)r * m->stream, w->scores);
    multiply(n, m->stream, config->width, (Operand){w->mixed, m->stream, 1}, (Panels){layer->output.forward, 0},
             w->stream, m->stream, FROM_C | FROM_BIAS, layer->output.bias);
    normalise(n, config->width, m->stream, w->stream, w->normal, inverse);
    multiply(n, m->wide, config->width, (Operand){w->normal, m->stream, 1}, (Panels){layer->up.forward, 0},
             w->hidden, m->wide, FROM_BIAS, layer->up.bias);
    gelu((size_t)n * m->wide, w->hidden, w->hidden);
    multiply(n, m->stream, 4 * config->width, (Operand){w->hidden, m->wide, 1}, (Panels){layer->down.forward, 0},
             w->stream, m->stream, FROM_C | FROM_BIAS, layer->down.bias);
  }
  /* Only the last token of each row is asked for. */
  for (int r = 0; r < rows; r++)
    normalise(1, config->width, m->stream, w->stream + ((size_t)r * count + count - 1) * m->stream,
              w->normal + (size_t)r * m->stream, inverse);
  multiply(rows, m->logits, config->width, (Operand){w->normal, m->stream, 1}, (Panels){m->head.forward, 0},
           w->logits, m->logits, FROM_BIAS, m->head.bias);
  const int outputs = config->vocabulary + config->value_head;
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < outputs; i++)
      s->out[(size_t)(first + r) * outputs + i] = w->logits[(size_t)r * m->logits + i];
}

/* tokens: [rows, count], the next of every row; out: [rows, V (+ 1)], the last position's logits and value. */
static void sampler_advance(Sampler *s, const int *tokens, int count, float *out) {
  const int share = (s->rows + s->workers - 1) / s->workers, whole = (share + ROWS - 1) / ROWS * ROWS;
  const int most = TOKENS_AT_ONCE / count < ROWS_AT_ONCE ? TOKENS_AT_ONCE / count : ROWS_AT_ONCE;
  s->per_part = whole < most ? whole : most;
  if (s->per_part < 1) s->per_part = 1;
  s->tokens = tokens;
  s->count = count;
  s->out = out;
  host_parallel(advance_part, s, (s->rows + s->per_part - 1) / s->per_part);
  s->past += count;
}

/*
 * Draws a token for every row from what the last call wrote to `out`: the first one at which the
 * probabilities so far add up to more than the row's uniform number, or the likeliest for a uniform of 1; a negative
 * one leaves the row out. result: tokens, log-probabilities, entropies and values, [rows] floats each.
 */
static void sampler_draw(const Sampler *s, const float *outs, const float *uniforms, double temperature,
                         float *result) {
  const Config *config = &s->model->config;
  const int words = config->vocabulary, outputs = words + config->value_head, rows = s->rows;
  const float scale = (float)(1 / temperature);
  float *weights = s->worker->logits;
  for (int r = 0; r < rows; r++) {
    if (uniforms[r] < 0) continue;
    const float *logits = outs + (size_t)r * outputs;
    int likeliest = 0;
    for (int i = 1; i < words; i++)
      if (logits[i] > logits[likeliest]) likeliest = i;
    const float top = logits[likeliest];
    for (int i = 0; i < words; i++) weights[i] = (logits[i] - top) * scale;
    for (int i = words; i < PADDED(words); i++) weights[i] = -1e30f;
    vec sums = {0}, moments = {0};
    for (int i = 0; i < PADDED(words); i += VL) {
      const vec x = LOAD(weights + i), e = choose(x > -87.0f, vector_exp(x), choose(x <= -87.0f, SPLAT(0), x));
      sums += e;
      moments = multiply_add(e, larger(x, SPLAT(-87.0f)), moments);
      STORE(weights + i, e);
    }
    const float sum = sum_lanes(sums), log_sum = (float)host_log(sum);
    int token = likeliest;
    if (uniforms[r] < 1) {
      float left = uniforms[r] * sum;
      for (int i = 0; i < words; i++) {
        if (weights[i] > 0) token = i;
        left -= weights[i];
        if (left < 0) break;
      }
    }
    result[r] = (float)token;
    result[rows + r] = (logits[token] - top) * scale - log_sum;
    result[2 * rows + r] = log_sum - sum_lanes(moments) / sum;
    result[3 * rows + r] = config->value_head ? logits[words] : 0;
  }
}
