// The decoder's work between its matrix products, in float32 on processors: causal attention, RMSNorm, gated
// activation, rotation, cross-entropy. engine/compiled.py calls it; each function has a twin in plain torch, which
// runs where this was not built. One file, built once for each width of vectors (build.sh).
//
// Every number is a function of its document or row alone: what else is in the batch, how many threads there are and
// which of them does what changes no bit.

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { LANES = 16, MR = 6, NR = 4 }; // 24 of 32 registers hold results
#elif defined(__AVX2__)
enum { LANES = 8, MR = 6, NR = 2 }; // 12 of 16
#else
enum { LANES = 4, MR = 6, NR = 4 }; // 24 of 32 on arm64
#endif
enum {
  BLOCK = 192, // queries and keys of attention taken together: a multiple of MR and of every LANES
  DEPTH = 128, // of a matrix product between loads of its results
  ROWS = 16,   // of elementwise work in one task
};
_Static_assert(BLOCK % MR == 0 && BLOCK % (LANES * NR) == 0, "blocks of whole tiles");

// What compiled.py compares before it calls anything: its structures and these have to be the same.
int layout(void) { return 1; }
int block(void) { return BLOCK; }

typedef float vec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }
INLINE vec all(float x) { return x - (vec){}; } // x + 0 would be an addition, for the sake of -0
INLINE vec either(ivec which, vec a, vec b) { return (vec)((which & (ivec)a) | (~which & (ivec)b)); }
#if defined(__AVX512F__)
INLINE vec larger(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm512_min_ps((__m512)a, (__m512)b); }
#elif defined(__AVX2__)
INLINE vec larger(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm256_min_ps((__m256)a, (__m256)b); }
#else
INLINE vec larger(vec a, vec b) { return either(a > b, a, b); }
INLINE vec smaller(vec a, vec b) { return either(a < b, a, b); }
#endif

#if defined(__AVX512F__)
static const ivec NUMBERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif defined(__AVX2__)
static const ivec NUMBERS = {0, 1, 2, 3, 4, 5, 6, 7};
#else
static const ivec NUMBERS = {0, 1, 2, 3};
#endif

// One number of all lanes, which are folded in halves.
#define FOLD(x, OP)                                                                                                    \
  _Pragma("GCC unroll 4") for (int half = LANES / 2; half > 0; half /= 2)                                              \
      x = OP(x, __builtin_shuffle(x, (NUMBERS + half) & (LANES - 1)));                                                 \
  return x[0];
INLINE vec plus(vec a, vec b) { return a + b; }
INLINE float sum_of(vec x) { FOLD(x, plus) }
INLINE float max_of(vec x) { FOLD(x, larger) }

// e to the power of x within 2 units of the last place; 0 below -87.3. x = n ln 2 + r, polynomial of Cephes' expf in r.
INLINE vec exp_of(vec x) {
  const vec shift = all(12582912.0f); // 1.5 * 2^23: adding it rounds to a whole number, kept in the low bits
  ivec low = x < all(-87.3f);
  x = smaller(all(88.0f), larger(all(-87.3f), x)); // the second where one is not a number
  vec t = x * 1.44269504f + shift;
  vec n = t - shift;
  vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
  vec p = all(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  p = (vec)((ivec)p + (((ivec)t - (ivec)shift) << 23));
  return either(low, (vec){}, p);
}

// ---- work shared by threads ------------------------------------------------------------------------------------------

typedef struct job job;
struct job {
  void (*run)(const job *, long task, float *scratch);
  const void *with; // arguments of the kernel
  long tasks, next, slots;
  float *scratch;
  long scratch_each; // floats
};

// GOMP_parallel of the OpenMP runtime that torch has loaded: its threads do our work too.
static void (*team)(void (*)(void *), void *, unsigned, unsigned);

void use_team(void *start) { team = (void (*)(void (*)(void *), void *, unsigned, unsigned))start; }

static void work(void *shared) {
  job *j = shared;
  float *scratch = j->scratch + __atomic_fetch_add(&j->slots, 1, __ATOMIC_RELAXED) * j->scratch_each;
  for (long t; (t = __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED)) < j->tasks;) j->run(j, t, scratch);
}

static void together(void (*run)(const job *, long, float *), const void *with, long tasks, int threads, float *scratch,
                     long scratch_each) {
  job j = {run, with, tasks, 0, 0, scratch, scratch_each};
  if (threads > 1 && tasks > 1 && team)
    team(work, &j, (unsigned)threads, 0);
  else
    work(&j);
}

// ---- matrix products -------------------------------------------------------------------------------------------------

// c (mr, nr · LANES) = a (mr, depth) · b (depth, nr · LANES), added to what c holds where add says so.
INLINE void tile(int mr, int nr, int depth, const float *a, long a_row, long a_col, const float *b, long ldb, float *c,
                 long ldc, int add) {
  vec sum[MR][NR];
#pragma GCC unroll 8
  for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
    for (int j = 0; j < nr; j++) sum[i][j] = add ? load(c + i * ldc + j * LANES) : (vec){};
  for (int k = 0; k < depth; k++) {
    vec right[NR];
#pragma GCC unroll 8
    for (int j = 0; j < nr; j++) right[j] = load(b + k * ldb + j * LANES);
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++) {
      vec left = all(a[i * a_row + k * a_col]);
#pragma GCC unroll 8
      for (int j = 0; j < nr; j++) sum[i][j] += left * right[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
    for (int j = 0; j < nr; j++) store(c + i * ldc + j * LANES, sum[i][j]);
}

// Which part of a product is needed where queries and keys are the same block: with i the first row of a strip,
// columns up to the strip's last row; depth up to it; depth from it on.
enum part { WHOLE, COLUMNS_TO_ROW, DEPTH_TO_ROW, DEPTH_FROM_ROW };

// c (m, n) = a (m, depth) · b (depth, n), or added to c. n is a multiple of LANES.
static void product(int m, int n, int depth, const float *a, long a_row, long a_col, const float *b, long ldb, float *c,
                    long ldc, int add, enum part part) {
  for (int from = 0; from < depth; from += DEPTH)
    for (int j = 0; j < n; j += NR * LANES)
      for (int i = 0; i < m; i += MR) {
        int mr = m - i < MR ? m - i : MR, nr = (n - j) / LANES < NR ? (n - j) / LANES : NR;
        int first = from, end = depth < from + DEPTH ? depth : from + DEPTH;
        if (part == COLUMNS_TO_ROW) {
          int needed = (i + mr - j + LANES - 1) / LANES;
          if (i + mr <= j) continue;
          if (needed < nr) nr = needed;
        }
        if (part == DEPTH_TO_ROW && i + mr < end) end = i + mr;
        if (part == DEPTH_FROM_ROW && i > first) first = i;
        if (end <= first) continue;
        const float *at = a + i * a_row + first * a_col, *bt = b + first * ldb + j;
        float *ct = c + i * ldc + j;
        int more = add || from > 0;
#define SIZE(r, w)                                                                                                     \
  case r * 8 + w:                                                                                                      \
    tile(r, w, end - first, at, a_row, a_col, bt, ldb, ct, ldc, more);                                                 \
    break;
#define WIDTHS(r) SIZE(r, 1) SIZE(r, 2) MORE(r)
#if defined(__AVX2__) && !defined(__AVX512F__)
#define MORE(r)
#else
#define MORE(r) SIZE(r, 3) SIZE(r, 4)
#endif
        switch (mr * 8 + nr) { WIDTHS(1) WIDTHS(2) WIDTHS(3) WIDTHS(4) WIDTHS(5) WIDTHS(6) }
      }
}

#include "attention.h"
#include "rows.h"
