/**
 * C++ header with the operations of attention: rows become heads and heads rows, a cache is written in place, and queries attend
 * to it.
 */
export const attentionOperationsSource: string = `
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "attention-arithmetic.h"
#include "operation-call.h"
#include "row-arithmetic.h"
#include "thread-pool.h"

namespace {

/** Writes rows [B, G, n, D] into a cache [B, G, capacity, D] from slot \`start\` on: in place, whoever else holds it. */
void ComputeWriteRows(void* raw, TF_OpKernelContext* context) {
  const int64_t start = static_cast<Attributes*>(raw)->start;
  Call call(context);
  TF_Tensor* cache = call.Input(0);
  TF_Tensor* rows = call.Input(1);
  if (!call.Fine()) return;
  bool fits = TF_NumDims(cache) == 4 && TF_NumDims(rows) == 4;
  for (int axis : {0, 1, 3}) fits = fits && TF_Dim(cache, axis) == TF_Dim(rows, axis);
  call.Require(fits && start >= 0 && start + TF_Dim(rows, 2) <= TF_Dim(cache, 2),
               "NextxWriteRows: rows must fit into the cache behind start");
  if (!call.Fine()) return;
  const int64_t count = TF_Dim(rows, 2) * TF_Dim(rows, 3), stride = TF_Dim(cache, 2) * TF_Dim(cache, 3);
  float* target = const_cast<float*>(Values(cache)) + start * TF_Dim(cache, 3);
  EachRow(TF_Dim(rows, 0) * TF_Dim(rows, 1), count, [&](int64_t head) {
    std::memcpy(target + head * stride, Values(rows) + head * count, count * sizeof(float));
  });
  call.Output(0, std::vector<int64_t>{0});
}

/** How many heads of queries, keys and values lie side by side in a row. */
struct HeadCounts {
  explicit HeadCounts(const Attributes& attributes)
      : size(attributes.size), of{attributes.queries, attributes.keys, attributes.keys} {}
  int64_t size, of[3];

  /** Whether x is [B, n, (queries + 2 keys) size]. */
  bool Fit(TF_Tensor* x) const { return TF_NumDims(x) == 3 && size > 0 && LastAxis(x) == (of[0] + 2 * of[1]) * size; }
};

/** Rows of x as three outputs of heads, [B, H, n, D]: place(part, head, from, to) brings each head to where it belongs. */
template <typename Place>
void SplitRows(Call* call, TF_Tensor* x, const HeadCounts& counts, Place place) {
  const int64_t batch = TF_Dim(x, 0), rows = TF_Dim(x, 1), width = TF_Dim(x, 2), size = counts.size;
  float* parts[3];
  for (int part = 0; part < 3; part++) parts[part] = call->Output(part, {batch, counts.of[part], rows, size});
  if (!call->Fine()) return;
  EachRow(batch * rows, width, [&](int64_t row) {
    const float* from = Values(x) + row * width;
    const int64_t item = row / rows, line = row % rows;
    for (int part = 0; part < 3; part++) {
      for (int64_t head = 0; head < counts.of[part]; head++, from += size) {
        place(part, head, from, parts[part] + ((item * counts.of[part] + head) * rows + line) * size);
      }
    }
  });
}

/** Heads of rows, [B, n, H D] of one matrix product, one behind another: [B, H, n, D] each. */
void ComputeSplitHeads(void* raw, TF_OpKernelContext* context) {
  const HeadCounts counts(*static_cast<Attributes*>(raw));
  Call call(context);
  TF_Tensor* x = call.Input(0);
  if (!call.Fine()) return;
  call.Require(counts.Fit(x), "NextxSplitHeads: x must be [B, n, (queries + 2 keys) size]");
  if (!call.Fine()) return;
  SplitRows(&call, x, counts, [&](int, int64_t, const float* from, float* to) {
    std::memcpy(to, from, counts.size * sizeof(float));
  });
}

/**
 * The same ready for attention, without derivatives: a bias is added to each part where there is one; queries are multiplied by
 * \`scale\`, or with logarithms [H] of factors, queries and keys are brought to unit length and queries multiplied by the factors,
 * at most 100.
 */
void ComputeHeads(void* raw, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(raw);
  const HeadCounts counts(attributes);
  const int64_t size = counts.size;
  const bool is_cosine = attributes.kind == 1;
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* biases[3];
  for (int part = 0; part < 3; part++) biases[part] = call.Input(1 + part);
  TF_Tensor* logarithms = call.Input(4);
  if (!call.Fine()) return;
  bool fits = counts.Fit(x);
  for (int part = 0; part < 3; part++) fits = fits && (Size(biases[part]) == 0 || Size(biases[part]) == counts.of[part] * size);
  call.Require(fits && (Size(logarithms) == 0 || (is_cosine && Size(logarithms) == counts.of[0])),
               "NextxHeads: x must be [B, n, (queries + 2 keys) size], biases as long as their part or empty, a factor a head");
  if (!call.Fine()) return;
  std::vector<float> factors(counts.of[0], attributes.scale);
  for (int64_t head = 0; head < Size(logarithms); head++) factors[head] = std::min(std::exp(Values(logarithms)[head]), 100.0f);
  SplitRows(&call, x, counts, [&](int part, int64_t head, const float* from, float* to) {
    if (Size(biases[part]) == 0) {
      std::memcpy(to, from, size * sizeof(float));
    } else {
      AddRow(from, Values(biases[part]) + head * size, to, size);
    }
    float inverse;
    if (is_cosine && part < 2) NormalizeRow(to, to, size, kUnit, attributes.epsilon, &inverse);
    if (part == 0) ScaleRow(to, factors[head], to, size);
  });
}

/** The opposite: heads of up to three tensors [B, H, n, D] side by side in rows, [B, n, ...]. */
void ComputeJoinHeads(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* parts[3];
  for (int part = 0; part < 3; part++) parts[part] = call.Input(part);
  if (!call.Fine()) return;
  int64_t heads = 0;
  bool fits = TF_NumDims(parts[0]) == 4;
  for (int part = 0; part < 3 && fits; part++) {
    if (part > 0 && Size(parts[part]) == 0) continue;
    fits = TF_NumDims(parts[part]) == 4;
    for (int axis : {0, 2, 3}) fits = fits && TF_Dim(parts[part], axis) == TF_Dim(parts[0], axis);
    if (fits) heads += TF_Dim(parts[part], 1);
  }
  call.Require(fits, "NextxJoinHeads: parts must be [B, H, n, D] that differ in H only, or empty");
  if (!call.Fine()) return;
  const int64_t batch = TF_Dim(parts[0], 0), rows = TF_Dim(parts[0], 2), size = TF_Dim(parts[0], 3);
  float* out = call.Output(0, {batch, rows, heads * size});
  if (!call.Fine()) return;
  EachRow(batch * rows, heads * size, [&](int64_t row) {
    float* to = out + row * heads * size;
    const int64_t item = row / rows, line = row % rows;
    for (TF_Tensor* part : parts) {
      const int64_t count = Size(part) == 0 ? 0 : TF_Dim(part, 1);
      for (int64_t head = 0; head < count; head++, to += size) {
        std::memcpy(to, Values(part) + ((item * count + head) * rows + line) * size, size * sizeof(float));
      }
    }
  });
}

/**
 * Queries [B, H, n, D] over the first \`seen\` slots of keys and values [B, G, capacity, D], with a mask [n, seen] or none; heads side
 * by side, [B, n, H D].
 */
void ComputeAttend(void* raw, TF_OpKernelContext* context) {
  const int64_t seen = static_cast<Attributes*>(raw)->seen;
  Call call(context);
  TF_Tensor* q = call.Input(0);
  TF_Tensor* keys = call.Input(1);
  TF_Tensor* values = call.Input(2);
  TF_Tensor* mask = call.Input(3);
  if (!call.Fine()) return;
  bool fits = TF_NumDims(q) == 4 && TF_NumDims(keys) == 4 && TF_NumDims(values) == 4;
  for (int axis = 0; axis < 4 && fits; axis++) fits = TF_Dim(keys, axis) == TF_Dim(values, axis);
  fits = fits && TF_Dim(q, 0) == TF_Dim(keys, 0) && TF_Dim(q, 3) == TF_Dim(keys, 3) && TF_Dim(q, 3) % kSlots == 0;
  fits = fits && TF_Dim(keys, 1) > 0 && TF_Dim(q, 1) % TF_Dim(keys, 1) == 0 && seen > 0 && seen <= TF_Dim(keys, 2);
  call.Require(fits && (Size(mask) == 0 || Size(mask) == TF_Dim(q, 2) * seen),
               "NextxAttend: q must be [B, H, n, D], keys and values [B, G, capacity, D], D a multiple of 32, seen 1 to capacity, "
               "the mask [n, seen] or empty");
  if (!call.Fine()) return;
  const int64_t heads = TF_Dim(q, 1), rows = TF_Dim(q, 2), size = TF_Dim(q, 3), groups = TF_Dim(keys, 1);
  const int64_t cache = TF_Dim(keys, 2) * size;
  float* out = call.Output(0, std::vector<int64_t>{TF_Dim(q, 0), rows, heads * size});
  if (!call.Fine()) return;
  ParallelRows(TF_Dim(q, 0) * heads, rows * seen * size / 4, [&](int64_t begin, int64_t end) {
    AttentionRoom& room = AttentionRoom::Get(seen, size);
    for (int64_t head = begin; head < end; head++) {
      const int64_t item = head / heads, group = item * groups + head % heads / (heads / groups);
      AttendHead(Values(q) + head * rows * size, Values(keys) + group * cache, Values(values) + group * cache,
                 Size(mask) == 0 ? nullptr : Values(mask), &room, rows,
                 out + item * rows * heads * size + head % heads * size, heads * size);
    }
  });
}

}  // namespace
`;
