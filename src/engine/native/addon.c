/*
 * The kernels as a Node-API addon. Tensors stay where they are: in the memory of tfjs's WASM backend. They are passed
 * as byte offsets into it (`o` below), everything else as numbers; a handle is a pointer as a number. The functions and
 * their arguments are those of the WebAssembly build (wasm.c), so that one binding (binding.ts) serves both.
 *
 * Arguments are not checked here: only binding.ts calls, with sizes it has checked.
 */
#define NAPI_VERSION 8
#include "kernels.h"
#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void threads_start(int count);

#if defined(__x86_64__) || defined(_M_X64)
extern const Kernels kernels_avx512, kernels_avx2, kernels_sse4;
static const Kernels *find(const char *name) {
  __builtin_cpu_init();
  const struct {
    const Kernels *kernels;
    int supported;
  } sets[] = {
      {&kernels_avx512, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("fma")},
      {&kernels_avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
      {&kernels_sse4, __builtin_cpu_supports("sse4.2")},
  };
  for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
    if (sets[i].supported && (!*name || strcmp(name, sets[i].kernels->name) == 0)) return sets[i].kernels;
  return 0;
}
#else
extern const Kernels kernels_neon;
static const Kernels *find(const char *name) {
  return !*name || strcmp(name, kernels_neon.name) == 0 ? &kernels_neon : 0;
}
#endif

/* Of one JavaScript environment (a worker thread has its own). */
typedef struct {
  const Kernels *kernels;
  char *heap; /* begin of tfjs's memory */
  const float **parameters;
  size_t capacity;
} State;

enum { MOST_ARGUMENTS = 16 };

typedef struct {
  napi_env env;
  State *state;
  double at[MOST_ARGUMENTS];
} Call;

static Call arguments(napi_env env, napi_callback_info info) {
  Call call = {.env = env};
  napi_value values[MOST_ARGUMENTS];
  size_t count = MOST_ARGUMENTS;
  napi_get_cb_info(env, info, &count, values, 0, 0);
  for (size_t i = 0; i < count && i < MOST_ARGUMENTS; i++)
    if (napi_get_value_double(env, values[i], &call.at[i]) != napi_ok) call.at[i] = 0;
  napi_get_instance_data(env, (void **)&call.state);
  return call;
}

static napi_value number(napi_env env, double x) {
  napi_value value;
  napi_create_double(env, x, &value);
  return value;
}

#define HANDLE(i) ((void *)(uintptr_t)call.at[i])
#define OFFSET(i) ((void *)(call.state->heap + (size_t)call.at[i]))
#define INT(i) ((int)call.at[i])
#define FLOAT(i) ((float)call.at[i])
#define FUNCTION(name) static napi_value name(napi_env env, napi_callback_info info)
#define ARGUMENTS const Call call = arguments(env, info); const Kernels *k = call.state->kernels; (void)k

/* Offsets of `count` tensors, as 32-bit integers in tfjs's memory, as pointers; NULL when there is no memory. */
static const float **pointers(State *state, const uint32_t *offsets, size_t count, size_t from) {
  if (from + count > state->capacity) {
    const float **larger = realloc(state->parameters, sizeof(float *) * (from + count));
    if (!larger) return 0;
    state->parameters = larger;
    state->capacity = from + count;
  }
  for (size_t i = 0; i < count; i++) state->parameters[from + i] = (const float *)(state->heap + offsets[i]);
  return state->parameters;
}

FUNCTION(set_heap) {
  napi_value value;
  size_t count = 1, bytes;
  State *state;
  napi_get_cb_info(env, info, &count, &value, 0, 0);
  napi_get_instance_data(env, (void **)&state);
  if (napi_get_arraybuffer_info(env, value, (void **)&state->heap, &bytes) != napi_ok)
    napi_throw_type_error(env, 0, "setHeap needs an ArrayBuffer");
  return 0;
}

/* name ("" for the best) -> its name, or null where this processor has it not. */
FUNCTION(use_kernels) {
  napi_value value;
  size_t count = 1, length = 0;
  char name[32] = "";
  State *state;
  napi_get_cb_info(env, info, &count, &value, 0, 0);
  napi_get_instance_data(env, (void **)&state);
  napi_get_value_string_utf8(env, value, name, sizeof(name), &length);
  const Kernels *kernels = find(name);
  if (kernels) {
    state->kernels = kernels;
    napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &value);
  } else {
    napi_get_null(env, &value);
  }
  return value;
}

FUNCTION(start_threads) {
  ARGUMENTS;
  threads_start(INT(0));
  return number(env, host_workers());
}

FUNCTION(open_model) {
  ARGUMENTS;
  return number(env, (double)(uintptr_t)k->open_model(INT(0), INT(1), INT(2), INT(3), INT(4), INT(5)));
}

FUNCTION(close_model) {
  ARGUMENTS;
  k->close_model(HANDLE(0));
  return 0;
}

FUNCTION(pack_model) {
  ARGUMENTS;
  Model *model = HANDLE(0);
  const float **parameters = pointers(call.state, OFFSET(1), k->parameter_count(model), 0);
  if (parameters) k->pack_model(model, parameters);
  return number(env, parameters != 0);
}

FUNCTION(open_score) {
  ARGUMENTS;
  return number(env, (double)(uintptr_t)k->open_score(HANDLE(0)));
}

FUNCTION(close_score) {
  ARGUMENTS;
  k->close_score(HANDLE(0));
  return 0;
}

FUNCTION(score_forward) {
  ARGUMENTS;
  return number(env, k->score_forward(HANDLE(0), OFFSET(1), call.at[2] ? OFFSET(2) : 0, call.at[3] ? OFFSET(3) : 0,
                                      INT(4), INT(5), call.at[6], OFFSET(7)));
}

/* score, model, tokens, d_out, parameters, gradients */
FUNCTION(score_backward) {
  ARGUMENTS;
  const size_t count = k->parameter_count(HANDLE(1));
  const float **all = pointers(call.state, OFFSET(4), count, 0);
  if (all) all = pointers(call.state, OFFSET(5), count, count);
  if (all) k->score_backward(HANDLE(0), OFFSET(2), OFFSET(3), all, (float *const *)(all + count));
  return number(env, all != 0);
}

FUNCTION(open_sampler) {
  ARGUMENTS;
  return number(env, (double)(uintptr_t)k->open_sampler(HANDLE(0), INT(1), INT(2)));
}

FUNCTION(close_sampler) {
  ARGUMENTS;
  k->close_sampler(HANDLE(0));
  return 0;
}

FUNCTION(sampler_reset) {
  ARGUMENTS;
  k->sampler_reset(HANDLE(0));
  return 0;
}

FUNCTION(sampler_advance) {
  ARGUMENTS;
  k->sampler_advance(HANDLE(0), OFFSET(1), INT(2), OFFSET(3));
  return 0;
}

FUNCTION(sampler_draw) {
  ARGUMENTS;
  k->sampler_draw(HANDLE(0), OFFSET(1), OFFSET(2), call.at[3], OFFSET(4));
  return 0;
}

FUNCTION(sampler_keep) {
  ARGUMENTS;
  k->sampler_keep(HANDLE(0), OFFSET(1), INT(2));
  return 0;
}

FUNCTION(sum_of_squares) {
  ARGUMENTS;
  return number(env, k->sum_of_squares(OFFSET(0), INT(1)));
}

FUNCTION(adam_step) {
  ARGUMENTS;
  k->adam_step(INT(0), OFFSET(1), OFFSET(2), OFFSET(3), OFFSET(4), OFFSET(5), OFFSET(6), OFFSET(7), FLOAT(8), FLOAT(9),
               FLOAT(10), FLOAT(11), FLOAT(12), FLOAT(13));
  return 0;
}

FUNCTION(peak) {
  ARGUMENTS;
  return number(env, k->peak(INT(0), INT(1), INT(2), INT(3)));
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  free(((State *)data)->parameters);
  free(data);
}

NAPI_MODULE_INIT() {
  State *state = calloc(1, sizeof(State));
  if (!state) return 0;
  state->kernels = find("");
  if (!state->kernels) {
    free(state);
    napi_throw_error(env, 0, "the processor has neither SSE4.2, AVX2 nor AVX-512");
    return 0;
  }
  napi_set_instance_data(env, state, finalize, 0);
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
      {"setHeap", set_heap},           {"useKernels", use_kernels},       {"startThreads", start_threads},
      {"openModel", open_model},       {"closeModel", close_model},       {"packModel", pack_model},
      {"openScore", open_score},       {"closeScore", close_score},       {"scoreForward", score_forward},
      {"scoreBackward", score_backward}, {"openSampler", open_sampler},   {"closeSampler", close_sampler},
      {"samplerReset", sampler_reset}, {"samplerAdvance", sampler_advance}, {"samplerDraw", sampler_draw},   {"samplerKeep", sampler_keep}, {"sumOfSquares", sum_of_squares},
      {"adamStep", adam_step},         {"peak", peak},
  };
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, 0, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
