/* What the kernels ask of whoever runs them: memory, threads, a logarithm. */
#pragma once
#include <stddef.h>

#if defined(__wasm__)
/* Imported from JavaScript; the memory is that of tfjs's own module. */
__attribute__((import_module("host"), import_name("allocate"))) void *host_allocate(size_t bytes);
__attribute__((import_module("host"), import_name("release"))) void host_release(void *memory);
__attribute__((import_module("host"), import_name("log"))) double host_log(double x);
#else
void *host_allocate(size_t bytes); /* aligned to 64 bytes; NULL when there is none left */
void host_release(void *memory);
double host_log(double x);
#endif

/* Calls work(context, part, worker) for every part, in any order; worker < host_workers() tells scratch apart. */
typedef void (*Work)(void *context, int part, int worker);
void host_parallel(Work work, void *context, int parts);
int host_workers(void);
