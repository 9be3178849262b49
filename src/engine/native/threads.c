/* A pool of POSIX threads for one piece of work at a time; without POSIX threads everything runs in the caller. */
#include "host.h"
#include <math.h>
#include <stdlib.h>

double host_log(double x) { return log(x); }

#if defined(_WIN32)
#include <malloc.h>
void *host_allocate(size_t bytes) { return _aligned_malloc(bytes ? bytes : 64, 64); }
void host_release(void *memory) { _aligned_free(memory); }
void host_parallel(Work work, void *context, int parts) {
  for (int part = 0; part < parts; part++) work(context, part, 0);
}
int host_workers(void) { return 1; }
void threads_start(int count) { (void)count; }
#else
#include <pthread.h>
#include <stdatomic.h>

void *host_allocate(size_t bytes) {
  void *memory = 0;
  return posix_memalign(&memory, 64, bytes ? bytes : 64) == 0 ? memory : 0;
}
void host_release(void *memory) { free(memory); }

enum { MOST = 64 };
static struct {
  pthread_mutex_t lock;
  pthread_cond_t begin, end;
  int threads; /* beside the caller */
  unsigned long round;
  int running; /* threads that have not finished this round */
  Work work;
  void *context;
  int parts;
  atomic_int next;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .begin = PTHREAD_COND_INITIALIZER, .end = PTHREAD_COND_INITIALIZER};

/* One piece of work at a time: kernels of several JavaScript threads take turns. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void take_parts(int worker) {
  for (;;) {
    const int part = atomic_fetch_add(&pool.next, 1);
    if (part >= pool.parts) return;
    pool.work(pool.context, part, worker);
  }
}

static void *thread_main(void *argument) {
  const int worker = (int)(size_t)argument;
  unsigned long seen = 0;
  pthread_mutex_lock(&pool.lock);
  for (;;) {
    while (pool.round == seen) pthread_cond_wait(&pool.begin, &pool.lock);
    seen = pool.round;
    pthread_mutex_unlock(&pool.lock);
    take_parts(worker);
    pthread_mutex_lock(&pool.lock);
    if (--pool.running == 0) pthread_cond_signal(&pool.end);
  }
  return 0;
}

/*
 * Makes it `count` threads in all, the caller's included; fewer where the system gives none. Only the first call
 * counts: scratch was made for so many workers since.
 */
void threads_start(int count) {
  static int started;
  pthread_mutex_lock(&turn);
  for (int i = 1; !started && i < count && i < MOST; i++) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int failed = pthread_create(&thread, &attributes, thread_main, (void *)(size_t)i);
    pthread_attr_destroy(&attributes);
    if (failed) break;
    pool.threads++;
  }
  started = 1;
  pthread_mutex_unlock(&turn);
}

int host_workers(void) { return pool.threads + 1; }

void host_parallel(Work work, void *context, int parts) {
  pthread_mutex_lock(&turn);
  if (pool.threads == 0 || parts < 2) {
    for (int part = 0; part < parts; part++) work(context, part, 0);
  } else {
    pthread_mutex_lock(&pool.lock);
    pool.work = work;
    pool.context = context;
    pool.parts = parts;
    atomic_store(&pool.next, 0);
    pool.running = pool.threads;
    pool.round++;
    pthread_cond_broadcast(&pool.begin);
    pthread_mutex_unlock(&pool.lock);
    take_parts(0);
    pthread_mutex_lock(&pool.lock);
    while (pool.running > 0) pthread_cond_wait(&pool.end, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
  }
  pthread_mutex_unlock(&turn);
}
#endif
