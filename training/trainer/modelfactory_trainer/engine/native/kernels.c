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

typedef float vec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }
INLINE vec all(float x) { return x - (vec){}; } // x + 0 would be an addition, for the sake of -0
INLINE vec either(ivec which, vec a, vec b) { return (vec)((which & (ivec)a) | (~which & (ivec)b)); }
#if defined(__AVX512F__)
INLINE vec larger(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
#elif defined(__AVX2__)
INLINE vec larger(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
#else
INLINE vec larger(vec a, vec b) { return either(a > b, a, b); }
#endif

// One number of all lanes, which are folded in halves.
#define FOLD(x, OP)                                                                                                    \
  for (int half = LANES / 2; half > 0; half /= 2) {                                                                    \
    ivec from;                                                                                                         \
    for (int i = 0; i < LANES; i++) from[i] = (i + half) % LANES;                                                      \
    x = OP(x, __builtin_shuffle(x, from));                                                                             \
  }                                                                                                                    \
  return x[0];
INLINE vec plus(vec a, vec b) { return a + b; }
INLINE float sum_of(vec x) { FOLD(x, plus) }
INLINE float max_of(vec x) { FOLD(x, larger) }

// e to the power of x within 2 units of the last place; 0 below -87.3. x = n ln 2 + r, polynomial of Cephes' expf in r.
INLINE vec exp_of(vec x) {
  const vec shift = all(12582912.0f); // 1.5 * 2^23: adding it rounds to a whole number, kept in the low bits
  ivec low = x < all(-87.3f);
  x = either(x > all(88.0f), all(88.0f), either(low, all(-87.3f), x));
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

// ---- attention -------------------------------------------------------------------------------------------------------

// Causal attention of documents (Dao et al. 2022 for the blocks and the running maximum). q, out, d_out, d_q have
// `heads` heads of `dim` numbers, k, v, d_k, d_v `kv_heads`; each row of them is so many floats behind the one before.
// sums (heads, time): logarithm of each query's sum. spans: (first, end) of each document. A task is one part of a
// document's head; documents longer than two blocks have two parts of about equal work.
typedef struct {
  const float *q, *k, *v, *out, *d_out;
  float *result, *sums, *d_q, *d_k, *d_v, *per_head;
  const int64_t *tasks; // (first, end, part, parts) each
  long q_row, k_row, v_row, out_row, d_out_row, d_q_row, d_kv_row, time;
  int heads, kv_heads, dim;
  float scale;
} attention;

// rows of `dim` numbers, scaled, one behind the other.
static void gather(float *to, const float *from, long row, int rows, int dim, float scale) {
  for (int i = 0; i < rows; i++)
    for (int d = 0; d < dim; d += LANES) store(to + (long)i * dim + d, load(from + i * row + d) * scale);
}

// The same as columns: to (dim, BLOCK), zeros behind the last.
static void gather_columns(float *to, const float *from, long row, int rows, int dim) {
  for (int d = 0; d < dim; d++) {
    for (int i = 0; i < rows; i++) to[(long)d * BLOCK + i] = from[i * row + d];
    for (int i = rows; i < BLOCK; i++) to[(long)d * BLOCK + i] = 0;
  }
}

INLINE int at_most_block(long n) { return n < BLOCK ? (int)n : BLOCK; }
INLINE long blocks_of(long n) { return (n + BLOCK - 1) / BLOCK; }

// How many blocks the first of two parts has. Queries: block i costs i + 1; keys: block j of n costs n - j.
INLINE long half_way(long blocks, int falling) {
  long total = blocks * (blocks + 1) / 2, sum = 0, n = 0;
  while (n < blocks && 2 * sum < total) sum += falling ? blocks - n : n + 1, n++;
  return n;
}

static void forward_task(const job *j, long task, float *s) {
  const attention *p = j->with;
  const int64_t *t = p->tasks + task / p->heads * 4;
  const int head = (int)(task % p->heads), dim = p->dim;
  const long first = t[0], length = t[1] - t[0], blocks = blocks_of(length);
  const long middle = t[3] == 1 ? blocks : half_way(blocks, 0);
  const long from = t[2] == 0 ? 0 : middle, to = t[2] == 0 ? middle : blocks;
  const int kv = head / (p->heads / p->kv_heads);
  const float *q = p->q + first * p->q_row + (long)head * dim;
  const float *k = p->k + first * p->k_row + (long)kv * dim, *v = p->v + first * p->v_row + (long)kv * dim;
  float *columns = s, *values = columns + blocks_of(length) * BLOCK * dim;
  float *queries = values + blocks_of(length) * BLOCK * dim, *sum = queries + BLOCK * dim;
  float *scores = sum + BLOCK * dim, top[BLOCK], total[BLOCK];
  for (long b = 0; b < to; b++) {
    int rows = at_most_block(length - b * BLOCK);
    gather_columns(columns + b * BLOCK * dim, k + b * BLOCK * p->k_row, p->k_row, rows, dim);
    gather(values + b * BLOCK * dim, v + b * BLOCK * p->v_row, p->v_row, rows, dim, 1);
  }
  for (long b = from; b < to; b++) {
    const int rows = at_most_block(length - b * BLOCK);
    gather(queries, q + b * BLOCK * p->q_row, p->q_row, rows, dim, p->scale);
    memset(sum, 0, sizeof(float) * (size_t)rows * (size_t)dim);
    for (int i = 0; i < rows; i++) top[i] = -INFINITY, total[i] = 0;
    for (long c = 0; c <= b; c++) {
      const int own = c == b, width = own ? (rows + LANES - 1) / LANES * LANES : BLOCK;
      product(rows, width, dim, queries, dim, 1, columns + c * BLOCK * dim, BLOCK, scores, BLOCK, 0,
              own ? COLUMNS_TO_ROW : WHOLE);
      for (int i = 0; i < rows; i++) {
        float *row = scores + (long)i * BLOCK;
        int seen = width;
        if (own) { // keys behind the query: none of its business
          int strip = i / MR * MR + MR;
          seen = ((strip < rows ? strip : rows) + LANES - 1) / LANES * LANES;
          for (int x = i + 1; x < seen; x++) row[x] = -INFINITY;
        }
        vec most[2] = {all(top[i]), all(top[i])}, added = {}; // two, so that they need not wait for one another
        for (int x = 0; x < seen; x += LANES) most[x / LANES % 2] = larger(load(row + x), most[x / LANES % 2]);
        const float now = max_of(larger(most[0], most[1]));
        for (int x = 0; x < seen; x += LANES) {
          vec e = exp_of(load(row + x) - now);
          store(row + x, e);
          added += e;
        }
        if (now != top[i]) {
          const vec less = exp_of(all(top[i] - now)); // 0 for the first block
          for (int d = 0; d < dim; d += LANES) store(sum + (long)i * dim + d, load(sum + (long)i * dim + d) * less);
          total[i] *= less[0];
          top[i] = now;
        }
        total[i] += sum_of(added);
      }
      product(rows, dim, own ? rows : BLOCK, scores, BLOCK, 1, values + c * BLOCK * dim, dim, sum, dim, 1,
              own ? DEPTH_TO_ROW : WHOLE);
    }
    for (int i = 0; i < rows; i++) {
      const long at = first + b * BLOCK + i;
      for (int d = 0; d < dim; d += LANES)
        store(p->result + at * p->out_row + (long)head * dim + d, load(sum + (long)i * dim + d) / total[i]);
      p->sums[(long)head * p->time + at] = top[i] + logf(total[i]);
    }
  }
}

static void backward_task(const job *j, long task, float *s) {
  const attention *p = j->with;
  const int64_t *t = p->tasks + task / p->heads * 4;
  const int head = (int)(task % p->heads), dim = p->dim;
  const long first = t[0], length = t[1] - t[0], blocks = blocks_of(length);
  const long middle = t[3] == 1 ? blocks : half_way(blocks, 1);
  const long from = t[2] == 0 ? 0 : middle, to = t[2] == 0 ? middle : blocks;
  const int kv = head / (p->heads / p->kv_heads);
  const long begin = from * BLOCK; // no query before the part's first key
  const float *k = p->k + first * p->k_row + (long)kv * dim, *v = p->v + first * p->v_row + (long)kv * dim;
  float *queries = s, *d_outs = queries + blocks * BLOCK * dim, *d_queries = d_outs + blocks * BLOCK * dim;
  float *along = d_queries + blocks * BLOCK * dim, *k_columns = along + blocks * BLOCK;
  float *v_columns = k_columns + BLOCK * dim, *keys = v_columns + BLOCK * dim;
  float *d_keys = keys + BLOCK * dim, *d_values = d_keys + BLOCK * dim;
  float *weights = d_values + BLOCK * dim, *d_scores = weights + BLOCK * BLOCK;
  const long at_first = first + begin;
  gather(queries + begin * dim, p->q + at_first * p->q_row + (long)head * dim, p->q_row, (int)(length - begin), dim,
         p->scale);
  gather(d_outs + begin * dim, p->d_out + at_first * p->d_out_row + (long)head * dim, p->d_out_row,
         (int)(length - begin), dim, 1);
  memset(d_queries + begin * dim, 0, sizeof(float) * (size_t)(length - begin) * (size_t)dim);
  for (long i = begin; i < length; i++) {
    const float *out = p->out + (first + i) * p->out_row + (long)head * dim;
    vec x = {};
    for (int d = 0; d < dim; d += LANES) x += load(out + d) * load(d_outs + i * dim + d);
    along[i] = sum_of(x);
  }
  for (long c = from; c < to; c++) {
    const int own = at_most_block(length - c * BLOCK);
    gather_columns(k_columns, k + c * BLOCK * p->k_row, p->k_row, own, dim);
    gather_columns(v_columns, v + c * BLOCK * p->v_row, p->v_row, own, dim);
    gather(keys, k + c * BLOCK * p->k_row, p->k_row, own, dim, 1);
    memset(d_keys, 0, sizeof(float) * BLOCK * (size_t)dim);
    memset(d_values, 0, sizeof(float) * BLOCK * (size_t)dim);
    for (long b = c; b < blocks; b++) {
      const int rows = at_most_block(length - b * BLOCK), same = b == c;
      const int width = same ? (own + LANES - 1) / LANES * LANES : BLOCK;
      const float *q = queries + b * BLOCK * dim, *d_out = d_outs + b * BLOCK * dim;
      product(rows, width, dim, q, dim, 1, k_columns, BLOCK, weights, BLOCK, 0, same ? COLUMNS_TO_ROW : WHOLE);
      product(rows, width, dim, d_out, dim, 1, v_columns, BLOCK, d_scores, BLOCK, 0, same ? COLUMNS_TO_ROW : WHOLE);
      for (int i = 0; i < rows; i++) {
        float *w = weights + (long)i * BLOCK, *ds = d_scores + (long)i * BLOCK;
        int seen = width;
        if (same) {
          int strip = i / MR * MR + MR;
          seen = ((strip < rows ? strip : rows) + LANES - 1) / LANES * LANES;
          for (int x = i + 1; x < seen; x++) w[x] = -INFINITY;
        }
        const long at = b * BLOCK + i;
        const float logarithm = p->sums[(long)head * p->time + first + at], mean = along[at];
        for (int x = 0; x < seen; x += LANES) {
          vec e = exp_of(load(w + x) - logarithm);
          store(w + x, e);
          store(ds + x, e * (load(ds + x) - mean));
        }
      }
      product(own, dim, rows, weights, 1, BLOCK, d_out, dim, d_values, dim, 1, same ? DEPTH_FROM_ROW : WHOLE);
      product(own, dim, rows, d_scores, 1, BLOCK, q, dim, d_keys, dim, 1, same ? DEPTH_FROM_ROW : WHOLE);
      product(rows, dim, own, d_scores, BLOCK, 1, keys, dim, d_queries + b * BLOCK * dim, dim, 1,
              same ? DEPTH_TO_ROW : WHOLE);
    }
    const long at = (first + c * BLOCK) * p->heads + head;
    float *dk = p->per_head + at * dim, *dv = dk + p->time * p->heads * dim;
    for (int i = 0; i < own; i++)
      for (int d = 0; d < dim; d += LANES) {
        store(dk + (long)i * p->heads * dim + d, load(d_keys + (long)i * dim + d));
        store(dv + (long)i * p->heads * dim + d, load(d_values + (long)i * dim + d));
      }
  }
  // The second part's share of the queries' gradient waits behind keys and values for the sum.
  float *dq = p->d_q + first * p->d_q_row + (long)head * dim;
  long dq_row = p->d_q_row;
  if (t[2] == 1) {
    dq = p->per_head + 2 * p->time * p->heads * dim + (first * p->heads + head) * (long)dim;
    dq_row = (long)p->heads * dim;
  }
  for (long i = begin; i < length; i++)
    for (int d = 0; d < dim; d += LANES) store(dq + i * dq_row + d, load(d_queries + i * dim + d) * p->scale);
}

// What parts and heads have apart becomes one: d_q of both parts, d_k and d_v of all heads that share them.
static void sum_task(const job *j, long task, float *unused) {
  (void)unused;
  const attention *p = j->with;
  const int64_t *t = p->tasks + task * 4;
  const int group = p->heads / p->kv_heads, width = p->heads * p->dim;
  if (t[2] != 0) return; // its first part does it
  const long begin = t[3] == 1 ? t[1] : t[0] + half_way(blocks_of(t[1] - t[0]), 1) * BLOCK;
  for (long at = t[0]; at < t[1]; at++) {
    const float *dk = p->per_head + at * width, *dv = dk + p->time * width, *dq = dv + p->time * width;
    for (int kv = 0; kv < p->kv_heads; kv++)
      for (int d = 0; d < p->dim; d += LANES) {
        vec a = {}, b = {};
        for (int g = 0; g < group; g++) {
          a += load(dk + (kv * group + g) * p->dim + d);
          b += load(dv + (kv * group + g) * p->dim + d);
        }
        store(p->d_k + at * p->d_kv_row + kv * p->dim + d, a);
        store(p->d_v + at * p->d_kv_row + kv * p->dim + d, b);
      }
    if (at >= begin)
      for (int d = 0; d < width; d += LANES) {
        float *own = p->d_q + at * p->d_q_row + d;
        store(own, load(own) + load(dq + d));
      }
  }
}

// Floats of scratch that one thread needs where no document is longer than so many tokens.
long attention_scratch(long longest, int dim) {
  long forward = (2 * blocks_of(longest) + 2) * BLOCK * dim + (long)BLOCK * BLOCK;
  long backward = blocks_of(longest) * BLOCK * (3L * dim + 1) + 5L * BLOCK * dim + 2L * BLOCK * BLOCK;
  return forward > backward ? forward : backward;
}

void attention_forward(const attention *p, long tasks, int threads, float *scratch, long each) {
  together(forward_task, p, tasks * p->heads, threads, scratch, each);
}

void attention_backward(const attention *p, long tasks, int threads, float *scratch, long each) {
  together(backward_task, p, tasks * p->heads, threads, scratch, each);
  together(sum_task, p, tasks, threads, NULL, 0);
}

// ---- rows ------------------------------------------------------------------------------------------------------------

// Work on rows (count, width): x and y are read, out is written; each *_row is the distance of its rows in floats.
// width is a multiple of LANES but for entropy.
typedef struct {
  const float *x, *y, *weight;
  float *out, *losses;
  const int64_t *index;
  long x_row, y_row, out_row, count, width;
  int heads, dim;
  float number;
} rows;

INLINE float one_over_rms(const float *x, long width, float eps) {
  vec a = {};
  for (long d = 0; d < width; d += LANES) a += load(x + d) * load(x + d);
  return 1 / sqrtf(sum_of(a) / (float)width + eps);
}

#define EACH_ROW(r)                                                                                                    \
  (void)unused;                                                                                                        \
  const rows *p = j->with;                                                                                             \
  const long end_ = (task + 1) * ROWS < p->count ? (task + 1) * ROWS : p->count;                                       \
  for (long r = task * ROWS; r < end_; r++)

// out = x / rms(x) · weight (Zhang and Sennrich 2019). number: epsilon
static void norm_forward_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    const float *x = p->x + r * p->x_row;
    float *out = p->out + r * p->out_row;
    const float scale = one_over_rms(x, p->width, p->number);
    for (long d = 0; d < p->width; d += LANES) store(out + d, load(x + d) * scale * load(p->weight + d));
  }
}

// out = gradient of x for the gradient y of the norm's result
static void norm_backward_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    const float *x = p->x + r * p->x_row, *g = p->y + r * p->y_row;
    float *out = p->out + r * p->out_row;
    const float scale = one_over_rms(x, p->width, p->number);
    vec a = {};
    for (long d = 0; d < p->width; d += LANES) a += load(g + d) * load(p->weight + d) * load(x + d);
    const float along = -sum_of(a) * scale * scale * scale / (float)p->width;
    for (long d = 0; d < p->width; d += LANES)
      store(out + d, load(g + d) * load(p->weight + d) * scale + load(x + d) * along);
  }
}

// 1 / (1 + e^-x)
INLINE vec logistic(vec x) { return 1.0f / (1.0f + exp_of(-x)); }

// out = silu(gate) · up, with gate and up beside one another in x
static void gated_forward_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    const float *gate = p->x + r * p->x_row, *up = gate + p->width;
    float *out = p->out + r * p->out_row;
    for (long d = 0; d < p->width; d += LANES) {
      vec g = load(gate + d);
      store(out + d, g * logistic(g) * load(up + d));
    }
  }
}

// out = gradients of gate and up for the gradient y of silu(gate) · up
static void gated_backward_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    const float *gate = p->x + r * p->x_row, *up = gate + p->width, *grad = p->y + r * p->y_row;
    float *d_gate = p->out + r * p->out_row, *d_up = d_gate + p->width;
    for (long d = 0; d < p->width; d += LANES) {
      vec g = load(gate + d), s = logistic(g), gs = g * s, dy = load(grad + d);
      store(d_up + d, dy * gs);
      store(d_gate + d, dy * load(up + d) * (s + gs * (1.0f - s)));
    }
  }
}

// Heads of out turned in place by the angles of their row: x and y (count, dim / 2) are cosine and sine.
static void rotate_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    const int half = p->dim / 2;
    const float *cos = p->x + r * half, *sin = p->y + r * half;
    for (int h = 0; h < p->heads; h++) {
      float *a = p->out + r * p->out_row + h * p->width, *b = a + half;
      for (int d = 0; d < half; d++) {
        const float first = a[d], second = b[d], s = sin[d] * p->number;
        a[d] = first * cos[d] - second * s;
        b[d] = second * cos[d] + first * s;
      }
    }
  }
}

// losses[r] = -log softmax(out[r])[index[r]]; with number != 0, out becomes the gradient: softmax minus the target.
static void entropy_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    float *z = p->out + r * p->out_row;
    const float chosen = z[p->index[r]];
    vec most = all(z[0]);
    long d = 0;
    for (; d + LANES <= p->width; d += LANES) most = larger(load(z + d), most);
    float top = max_of(most);
    for (; d < p->width; d++) top = z[d] > top ? z[d] : top;
    // Partial sums, so that a sum of 100,000 terms is as good as a pairwise one.
    double total = 0;
    for (d = 0; d < p->width;) {
      const long until = d + 4096 < p->width ? d + 4096 : p->width;
      vec a = {};
      for (; d + LANES <= until; d += LANES) {
        vec e = exp_of(load(z + d) - top);
        store(z + d, e);
        a += e;
      }
      total += sum_of(a);
      for (; d < until; d++) total += z[d] = exp_of(all(z[d] - top))[0];
    }
    p->losses[r] = (float)(log(total) + top - chosen);
    if (p->number == 0) continue;
    const float scale = (float)(1 / total);
    for (d = 0; d < p->width; d++) z[d] *= scale;
    z[p->index[r]] -= 1;
  }
}

#define ROW_WORK(name)                                                                                                 \
  void name(const rows *p, int threads) {                                                                              \
    together(name##_task, p, (p->count + ROWS - 1) / ROWS, threads, NULL, 0);                                          \
  }
ROW_WORK(norm_forward)
ROW_WORK(norm_backward)
ROW_WORK(gated_forward)
ROW_WORK(gated_backward)
ROW_WORK(rotate)
ROW_WORK(entropy)
