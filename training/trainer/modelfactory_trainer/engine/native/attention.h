// Causal attention and its gradients; a part of kernels.c.

// Causal attention of documents (Dao et al. 2022 for the blocks and the running maximum). q, out, d_out, d_q have
// `heads` heads of `dim` numbers, k, v, d_k, d_v `kv_heads`; each row of them is so many floats behind the one before.
// sums (heads, time): logarithm of each query's sum. A task is one part of a document's head; documents longer than two
// blocks have two parts of about equal work.
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
