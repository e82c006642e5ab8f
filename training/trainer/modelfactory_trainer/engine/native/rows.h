// Work on rows of numbers: norms, gates, rotation, cross-entropy; a part of kernels.c.

// Work on rows (count, width): x and y are read, out is written; rotate and entropy change what is in it. Each *_row is
// the distance of its rows in floats. width is a multiple of LANES but for entropy.
typedef struct {
  const float *x, *y, *weight;
  float *out, *again, *losses;
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

// out = gradients of gate and up for the gradient y of silu(gate) · up, which goes to again, its rows without gaps
static void gated_backward_task(const job *j, long task, float *unused) {
  EACH_ROW(r) {
    const float *gate = p->x + r * p->x_row, *up = gate + p->width, *grad = p->y + r * p->y_row;
    float *d_gate = p->out + r * p->out_row, *d_up = d_gate + p->width, *again = p->again + r * p->width;
    for (long d = 0; d < p->width; d += LANES) {
      vec g = load(gate + d), s = logistic(g), gs = g * s, u = load(up + d), dy = load(grad + d);
      store(again + d, gs * u);
      store(d_up + d, dy * gs);
      store(d_gate + d, dy * u * (s + gs * (1.0f - s)));
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
