/*
 * Log-probabilities, entropies and values of given tokens, and the parameters' gradient from theirs.
 *
 * Rows are worked on in chunks of some hundred tokens, so that what a layer writes is still in the cache when the
 * next one reads it. A chunk keeps what its backward pass needs. Chunks are dealt out to a fixed number of groups,
 * each with a gradient of its own, which are added up in order: the result does not depend on the threads.
 */
#include "layers.c"

enum { GROUPS = 4 };

/* Activations kept from the forward pass, one row of each per token; the padding of short rows is left out. */
typedef struct {
  float *attention_normal, *attention_inverse, *qkv, *mixed, *mlp_normal, *mlp_inverse, *hidden;
  float *probabilities; /* per row and head: [n, PADDED(n)], n its length */
} Kept;

/* Where a row's tokens and, in multiples of the heads, its probabilities begin; the last one is where all end. */
typedef struct {
  size_t token, probability;
} Start;

/* Buffers of one worker. */
typedef struct {
  float *stream, *normal, *hidden, *slope, *qkv, *panels, *d_stream;
  HeadScratch head;
} Worker;

struct Score {
  Model *model;
  int rows, length; /* B, T: tokens are [B, T + 1], predictions [B, T] */
  int room;         /* rows that `starts` and `first_rows` have room for */
  Start *starts;    /* [B + 1] */
  int *first_rows;  /* [chunks + 1] */
  const int *tokens;
  const float *asked;  /* [B, T], or NULL: all are */
  int *lines;          /* of each chunk, from its first token's place on: its tokens whose predictions are asked for */
  int *asked_counts;   /* [chunks]: how many they are */
  float temperature;
  int longest_chunk, chunks, groups, workers; /* longest_chunk: in tokens */
  Kept *kept; /* per layer; of the last one, from `mixed` on, rows of the asked tokens only */
  float *normal, *inverse, *logits, *log_sums, *entropies;
  Worker *worker;
  float *gradients; /* GROUPS x model->gradient_size */
  float *memory;
  size_t size; /* of memory, floats */
  const float *d_out;
  float *out;
};

/* Tokens of a chunk: their activations in one layer and a panel of weights fit the second-level cache. */
enum { CHUNK = 288 };

static size_t plan_score(Score *s, float *memory) {
  const Model *m = s->model;
  const size_t n = s->starts[s->rows].token, square = (size_t)s->length * PADDED(s->length);
  size_t at = 0, *used = &at;
  for (int l = 0; l < m->config.layers; l++) {
    Kept *kept = s->kept + l;
    kept->attention_normal = place(memory, used, n * m->stream);
    kept->attention_inverse = place(memory, used, n);
    kept->qkv = place(memory, used, n * m->qkv);
    kept->mixed = place(memory, used, n * m->stream);
    kept->mlp_normal = place(memory, used, n * m->stream);
    kept->mlp_inverse = place(memory, used, n);
    kept->hidden = place(memory, used, n * m->wide);
    kept->probabilities = place(memory, used, s->starts[s->rows].probability * m->config.heads);
  }
  s->normal = place(memory, used, n * m->stream);
  s->inverse = place(memory, used, n);
  s->logits = place(memory, used, n * m->logits);
  s->log_sums = place(memory, used, n);
  s->entropies = place(memory, used, n);
  s->lines = (int *)place(memory, used, n);
  s->asked_counts = (int *)place(memory, used, s->chunks);
  const size_t chunk = s->longest_chunk;
  const int widest = m->wide > m->logits ? m->wide : m->logits;
  for (int w = 0; w < s->workers; w++) {
    Worker *worker = s->worker + w;
    worker->stream = place(memory, used, chunk * m->stream);
    worker->d_stream = place(memory, used, chunk * m->stream);
    worker->normal = place(memory, used, chunk * m->stream);
    worker->hidden = place(memory, used, chunk * m->wide);
    worker->slope = place(memory, used, chunk * widest);
    worker->qkv = place(memory, used, chunk * m->qkv);
    worker->panels = place(memory, used, chunk * widest);
    worker->head.panels = place(memory, used, (size_t)m->padded_head * PADDED(s->length));
    worker->head.scores = place(memory, used, square);
    for (int i = 0; i < 4; i++) worker->head.copies[i] = place(memory, used, (size_t)s->length * m->padded_head);
  }
  s->gradients = place(memory, used, m->gradient_size * s->groups);
  return at;
}

static void close_score(Score *s) {
  if (!s) return;
  host_release(s->memory);
  host_release(s->starts);
  host_release(s->first_rows);
  host_release(s->kept);
  host_release(s->worker);
  host_release(s);
}

static Score *open_score(Model *model) {
  Score *s = host_allocate(sizeof(Score));
  if (!s) return 0;
  *s = (Score){.model = model, .workers = host_workers()};
  s->kept = host_allocate(sizeof(Kept) * model->config.layers);
  s->worker = host_allocate(sizeof(Worker) * s->workers);
  if (s->kept && s->worker) return s;
  close_score(s);
  return 0;
}

/* Deals rows out to chunks. lengths: predictions of each row, at least 1; NULL when all have T. */
static int divide(Score *s, const int *lengths) {
  if (s->rows > s->room) {
    host_release(s->starts);
    host_release(s->first_rows);
    s->room = 0;
    s->starts = host_allocate(sizeof(Start) * (s->rows + 1));
    s->first_rows = host_allocate(sizeof(int) * (s->rows + 1));
    if (!s->starts || !s->first_rows) return 0;
    s->room = s->rows;
  }
  Start at = {0, 0};
  size_t chunk_start = 0;
  s->chunks = s->longest_chunk = 0;
  for (int b = 0; b < s->rows; b++) {
    const int n = lengths ? lengths[b] : s->length;
    s->starts[b] = at;
    if (b == 0 || at.token - chunk_start + n > CHUNK) {
      s->first_rows[s->chunks++] = b;
      chunk_start = at.token;
    }
    at.token += n;
    at.probability += (size_t)n * PADDED(n);
    if ((int)(at.token - chunk_start) > s->longest_chunk) s->longest_chunk = (int)(at.token - chunk_start);
  }
  s->starts[s->rows] = at;
  s->first_rows[s->chunks] = s->rows;
  s->groups = s->chunks < GROUPS ? s->chunks : GROUPS;
  return 1;
}

/* Makes room for B rows of T predictions; what was kept is lost. Returns 0 when there is no memory. */
static int fit_score(Score *s, int rows, int length, const int *lengths) {
  s->rows = rows;
  s->length = length;
  if (!divide(s, lengths)) return 0;
  const size_t size = plan_score(s, 0);
  /* Room is kept for the next call; a much smaller one lets go of it. */
  if (size > s->size || size < s->size / 8) {
    host_release(s->memory);
    s->size = 0;
    s->memory = host_allocate(size * sizeof(float));
    if (!s->memory) return 0;
    s->size = size;
  }
  plan_score(s, s->memory);
  return 1;
}

static int length_of(const Score *s, int row) { return (int)(s->starts[row + 1].token - s->starts[row].token); }

/* ---- forward ---- */

static void embed(const Score *s, int first, int rows, float *stream) {
  const Model *m = s->model;
  for (int b = first; b < first + rows; b++)
    for (int t = 0; t < length_of(s, b); t++, stream += m->stream) {
      const float *token = m->tokens + (size_t)s->tokens[b * (s->length + 1) + t] * m->stream;
      const float *position = m->positions + (size_t)t * m->stream;
      for (int i = 0; i < m->stream; i += VL) STORE(stream + i, LOAD(token + i) + LOAD(position + i));
    }
}

static int is_asked(const Score *s, int row, int t) { return !s->asked || s->asked[row * s->length + t] != 0; }

/*
 * Only what is asked for needs the last layer beyond its keys and values: its rows come to stand side by side there.
 * lines: `count` row numbers of x, ascending.
 */
static void gather(const int *lines, int count, int width, float *x) {
  for (int j = 0; j < count; j++) copy(x + (size_t)lines[j] * width, x + (size_t)j * width, width);
}

/* The way back; rows that were not gathered become zero. */
static void scatter(const int *lines, int count, int all, int width, float *x) {
  int end = all;
  for (int j = count - 1; j >= 0; j--) {
    const int line = lines[j];
    clear(x + (size_t)(line + 1) * width, (size_t)(end - line - 1) * width);
    copy(x + (size_t)j * width, x + (size_t)line * width, width);
    end = line;
  }
  clear(x, (size_t)end * width);
}

static int list_asked(Score *s, int chunk) {
  const int first = s->first_rows[chunk], end = s->first_rows[chunk + 1];
  int *lines = s->lines + s->starts[first].token, count = 0, line = 0;
  for (int b = first; b < end; b++)
    for (int t = 0; t < length_of(s, b); t++, line++)
      if (is_asked(s, b, t)) lines[count++] = line;
  return s->asked_counts[chunk] = count;
}

/* Softmax of one position's logits (divided by the temperature in place). */
static void predict(const Score *s, size_t token, int target, float *log_prob, float *entropy, float *value) {
  const Config *config = &s->model->config;
  const int words = config->vocabulary, whole = words / VL * VL;
  float *z = s->logits + token * s->model->logits;
  if (value) *value = z[words];
  const float scale = 1.0f / s->temperature;
  /* A NaN is passed over here; the sums below take it up. */
  vec largest = SPLAT(-3.4e38f);
  for (int i = 0; i < whole; i += VL) {
    const vec x = LOAD(z + i) * scale;
    STORE(z + i, x);
    largest = larger(x, largest);
  }
  float top = largest_lane(largest);
  for (int i = whole; i < words; i++) {
    z[i] *= scale;
    top = z[i] > top ? z[i] : top;
  }
  vec sums = {0}, moments = {0};
  for (int i = 0; i < whole; i += VL) {
    const vec x = LOAD(z + i) - top, e = vector_exp(x);
    sums += e;
    moments = multiply_add(e, x, moments);
  }
  double sum = sum_lanes(sums), moment = sum_lanes(moments);
  if (whole < words) {
    float rest[VL], exponentials[VL];
    for (int i = 0; i < VL; i++) rest[i] = whole + i < words ? z[whole + i] - top : -100;
    STORE(exponentials, vector_exp(LOAD(rest)));
    for (int i = 0; whole + i < words; i++) {
      sum += exponentials[i];
      moment += exponentials[i] * rest[i];
    }
  }
  const double log_sum = host_log(sum);
  s->log_sums[token] = (float)(top + log_sum);
  s->entropies[token] = (float)(log_sum - moment / sum);
  *log_prob = (float)(z[target] - top - log_sum);
  *entropy = s->entropies[token];
}

static void forward_chunk(void *context, int chunk, int which) {
  Score *s = context;
  const Model *m = s->model;
  const Config *config = &m->config;
  Worker *w = s->worker + which;
  const int first = s->first_rows[chunk], rows = s->first_rows[chunk + 1] - first;
  const Start *starts = s->starts + first;
  const size_t from = starts->token;
  const int all = (int)(starts[rows].token - from), asked = list_asked(s, chunk), size = m->head_size;
  int n = all;
  embed(s, first, rows, w->stream);
  for (int l = 0; l < config->layers; l++) {
    const Layer *layer = m->layers + l;
    const Kept *kept = s->kept + l;
    float *normal = kept->attention_normal + from * m->stream, *qkv = kept->qkv + from * m->qkv;
    float *mixed = kept->mixed + from * m->stream, *hidden = kept->hidden + from * m->wide;
    normalise(n, config->width, m->stream, w->stream, normal, kept->attention_inverse + from);
    multiply(n, m->qkv, config->width, (Operand){normal, m->stream, 1}, (Panels){layer->qkv.forward, 0}, qkv, m->qkv,
             FROM_BIAS, layer->qkv.bias);
    for (int b = 0; b < rows; b++)
      for (int h = 0; h < config->heads; h++) {
        const int length = length_of(s, first + b);
        const size_t at = starts[b].token - from, square = (size_t)length * PADDED(length);
        const float *q = qkv + at * m->qkv + h * size;
        attend(length, size, q, q + config->width, q + 2 * config->width, m->qkv,
               kept->probabilities + starts[b].probability * config->heads + h * square,
               mixed + at * m->stream + h * size, m->stream, &w->head);
      }
    if (l == config->layers - 1 && asked < all) {
      gather(s->lines + from, asked, m->stream, mixed);
      gather(s->lines + from, asked, m->stream, w->stream);
      n = asked;
    }
    multiply(n, m->stream, config->width, (Operand){mixed, m->stream, 1}, (Panels){layer->output.forward, 0},
             w->stream, m->stream, FROM_C | FROM_BIAS, layer->output.bias);
    normal = kept->mlp_normal + from * m->stream;
    normalise(n, config->width, m->stream, w->stream, normal, kept->mlp_inverse + from);
    multiply(n, m->wide, config->width, (Operand){normal, m->stream, 1}, (Panels){layer->up.forward, 0}, hidden,
             m->wide, FROM_BIAS, layer->up.bias);
    gelu((size_t)n * m->wide, hidden, w->hidden);
    multiply(n, m->stream, 4 * config->width, (Operand){w->hidden, m->wide, 1}, (Panels){layer->down.forward, 0},
             w->stream, m->stream, FROM_C | FROM_BIAS, layer->down.bias);
  }
  float *normal = s->normal + from * m->stream;
  normalise(n, config->width, m->stream, w->stream, normal, s->inverse + from);
  multiply(n, m->logits, config->width, (Operand){normal, m->stream, 1}, (Panels){m->head.forward, 0},
           s->logits + from * m->logits, m->logits, FROM_BIAS, m->head.bias);
  const size_t plane = (size_t)s->rows * s->length;
  size_t line = from;
  for (int b = first; b < first + rows; b++) {
    float *out = s->out + (size_t)b * s->length;
    for (int plane_index = 0; plane_index < 2 + config->value_head; plane_index++)
      clear(out + plane_index * plane, s->length);
    for (int t = 0; t < length_of(s, b); t++)
      if (is_asked(s, b, t))
        predict(s, line++, s->tokens[b * (s->length + 1) + t + 1], out + t, out + plane + t,
                config->value_head ? out + 2 * plane + t : 0);
  }
}

/*
 * tokens: [B, T + 1]; lengths: predictions of each row, [B], or NULL when all have T; asked: [B, T], 0 where a prediction
 * is not asked for, or NULL when all are; out: log-probabilities, entropies and, with a value head, values, [B, T] each,
 * zero beyond a row's length and where not asked for. Returns 0 when there is no memory, else 1.
 * Tokens and `asked` are read again by the backward pass.
 */
static int score_forward(Score *s, const int *tokens, const int *lengths, const float *asked, int rows, int length,
                         double temperature, float *out) {
  if (!fit_score(s, rows, length, lengths)) return 0;
  s->tokens = tokens;
  s->asked = asked;
  s->temperature = (float)temperature;
  s->out = out;
  host_parallel(forward_chunk, s, s->chunks);
  return 1;
}

/* ---- backward ---- */

/* The logits' gradient of a chunk's asked tokens from those of log-probability, entropy and value. */
static void predict_backward(const Score *s, int first, int rows, float *d_logits) {
  const Model *m = s->model;
  const int words = m->config.vocabulary;
  const size_t plane = (size_t)s->rows * s->length;
  const float scale = 1.0f / s->temperature;
  size_t line = s->starts[first].token;
  for (int b = first; b < first + rows; b++)
    for (int t = 0; t < length_of(s, b); t++) {
      if (!is_asked(s, b, t)) continue;
      const float *z = s->logits + line * m->logits, *d_out = s->d_out + (size_t)b * s->length + t;
      const float d_log_prob = d_out[0] * scale, d_entropy = d_out[plane] * scale;
      const float log_sum = s->log_sums[line], entropy = s->entropies[line];
      for (int i = 0; i < m->logits; i += VL) {
        /* d log p[target] / dz = [target] - p and dH / dz = -p (log p + H) */
        const vec log_p = LOAD(z + i) - log_sum, p = vector_exp(log_p);
        STORE(d_logits + i, p * (-d_log_prob - d_entropy * (log_p + entropy)));
      }
      for (int i = words; i < m->logits; i++) d_logits[i] = 0;
      d_logits[s->tokens[b * (s->length + 1) + t + 1]] += d_log_prob;
      if (m->config.value_head) d_logits[words] = d_out[2 * plane];
      d_logits += m->logits;
      line++;
    }
}

/* gradient of W (+)= x^T d and of b (+)= sum d, added up or written as `from` says; d_x = d W^T. */
static void weight_backward(const Linear *linear, int n, const float *x, int x_row, const float *d, int d_row,
                            float *gradient, float *panels, int from) {
  const int padded = PADDED(linear->outputs);
  pack_and_sum(n, padded, d, d_row, panels, gradient + linear->bias_gradient, from);
  multiply(linear->inputs, padded, n, (Operand){x, 1, x_row}, (Panels){panels, 0},
           gradient + linear->weight_gradient, padded, from, 0);
}

static void linear_backward(const Linear *linear, int n, const float *x, int x_row, const float *d, int d_row,
                            float *d_x, int d_x_row, float *gradient, float *panels, int from) {
  weight_backward(linear, n, x, x_row, d, d_row, gradient, panels, from);
  multiply(n, PADDED(linear->inputs), linear->outputs, (Operand){d, d_row, 1}, (Panels){linear->backward, 0}, d_x,
           d_x_row, FROM_ZERO, 0);
}

static void backward_chunk(Score *s, int chunk, Worker *w, float *gradient, int from_c) {
  const Model *m = s->model;
  const Config *config = &m->config;
  const int first = s->first_rows[chunk], rows = s->first_rows[chunk + 1] - first;
  const Start *starts = s->starts + first;
  const size_t from = starts->token;
  const int all = (int)(starts[rows].token - from), size = m->head_size;
  const int *lines = s->lines + from;
  int n = s->asked_counts[chunk];
  predict_backward(s, first, rows, w->slope);
  linear_backward(&m->head, n, s->normal + from * m->stream, m->stream, w->slope, m->logits, w->normal, m->stream,
                  gradient, w->panels, from_c);
  clear(w->d_stream, (size_t)n * m->stream);
  normalise_backward(n, config->width, m->stream, w->normal, s->normal + from * m->stream, s->inverse + from,
                     w->d_stream);
  for (int l = config->layers - 1; l >= 0; l--) {
    const Layer *layer = m->layers + l;
    const Kept *kept = s->kept + l;
    const float *normal = kept->mlp_normal + from * m->stream;
    gelu_backward((size_t)n * m->wide, kept->hidden + from * m->wide, w->hidden, w->slope);
    float *d_hidden = w->hidden;
    weight_backward(&layer->down, n, w->hidden, m->wide, w->d_stream, m->stream, gradient, w->panels, from_c);
    multiply(n, m->wide, config->width, (Operand){w->d_stream, m->stream, 1}, (Panels){layer->down.backward, 0},
             d_hidden, m->wide, FROM_ZERO, 0);
    for (size_t i = 0; i < (size_t)n * m->wide; i += VL)
      STORE(d_hidden + i, LOAD(d_hidden + i) * LOAD(w->slope + i));
    linear_backward(&layer->up, n, normal, m->stream, d_hidden, m->wide, w->normal, m->stream, gradient, w->panels, from_c);
    normalise_backward(n, config->width, m->stream, w->normal, normal, kept->mlp_inverse + from, w->d_stream);

    const float *mixed = kept->mixed + from * m->stream, *qkv = kept->qkv + from * m->qkv;
    linear_backward(&layer->output, n, mixed, m->stream, w->d_stream, m->stream, w->normal, m->stream, gradient,
                    w->panels, from_c);
    if (n < all) {
      scatter(lines, n, all, m->stream, w->normal);
      scatter(lines, n, all, m->stream, w->d_stream);
      n = all;
    }
    for (int b = 0; b < rows; b++)
      for (int h = 0; h < config->heads; h++) {
        const int length = length_of(s, first + b);
        const size_t at = starts[b].token - from, square = (size_t)length * PADDED(length);
        const float *q = qkv + at * m->qkv + h * size;
        float *d_q = w->qkv + at * m->qkv + h * size;
        attend_backward(length, size, q, q + config->width, q + 2 * config->width, m->qkv,
                        kept->probabilities + starts[b].probability * config->heads + h * square,
                        w->normal + at * m->stream + h * size, m->stream, d_q,
                        d_q + config->width, d_q + 2 * config->width, &w->head);
      }
    for (int r = 0; r < n; r++)
      for (int i = 3 * config->width; i < m->qkv; i++) w->qkv[(size_t)r * m->qkv + i] = 0;
    normal = kept->attention_normal + from * m->stream;
    linear_backward(&layer->qkv, n, normal, m->stream, w->qkv, m->qkv, w->normal, m->stream, gradient, w->panels, from_c);
    normalise_backward(n, config->width, m->stream, w->normal, normal, kept->attention_inverse + from, w->d_stream);
  }
  const float *d = w->d_stream;
  for (int b = first; b < first + rows; b++)
    for (int t = 0; t < length_of(s, b); t++, d += m->stream) {
      float *token = gradient + m->tokens_gradient + (size_t)s->tokens[b * (s->length + 1) + t] * m->stream;
      float *position = gradient + m->positions_gradient + (size_t)t * m->stream;
      for (int i = 0; i < m->stream; i += VL) {
        STORE(token + i, LOAD(token + i) + LOAD(d + i));
        STORE(position + i, LOAD(position + i) + LOAD(d + i));
      }
    }
}

static void backward_group(void *context, int group, int which) {
  Score *s = context;
  float *gradient = s->gradients + s->model->gradient_size * group;
  const Model *m = s->model;
  clear(gradient + m->tokens_gradient, (size_t)m->config.vocabulary * m->stream);
  clear(gradient + m->positions_gradient, (size_t)m->config.context * m->stream);
  for (int chunk = group; chunk < s->chunks; chunk += s->groups)
    backward_chunk(s, chunk, s->worker + which, gradient, chunk == group ? FROM_ZERO : FROM_C);
}

/*
 * d_out: as `out` of the forward pass that came before; gradients: by parameter, overwritten. The parameters must
 * be those that the model was packed from, and `tokens` those of the forward pass.
 */
static void score_backward(Score *s, const int *tokens, const float *d_out, const float *const *parameters,
                           float *const *gradients) {
  s->tokens = tokens;
  s->d_out = d_out;
  host_parallel(backward_group, s, s->groups);
  const size_t size = s->model->gradient_size;
  for (int group = 1; group < s->groups; group++) {
    const float *part = s->gradients + size * group;
    for (size_t i = 0; i < size; i += VL) STORE(s->gradients + i, LOAD(s->gradients + i) + LOAD(part + i));
  }
  unpack_gradient(s->model, parameters, s->gradients, gradients);
}
