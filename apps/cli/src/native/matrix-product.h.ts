/** C++ header with the product of a few rows and a matrix on all threads, which does not depend on their number. */
export const matrixProductSource: string = `
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "thread-pool.h"
#include "tile-product.h"

namespace {

/** Columns of a panel of a matrix: with 48, a tile loads the fewest values for its sums. */
const int64_t kPanel = 48;

/** Terms and panels of a matrix that are copied at once: 147 KB, a part of a processor's second cache. */
const int64_t kDepth = 192, kPanelsAtOnce = 4;

/** So few rows read w once from memory as it lies; more read a copy of its panels. */
const int64_t kFewRows = 8;

/** Memory of one thread, aligned as vectors are. */
struct ProductRoom {
  alignas(64) float panels[kPanelsAtOnce * kDepth * kPanel];
  std::vector<float> last;

  static ProductRoom& Get() {
    static thread_local std::unique_ptr<ProductRoom> room(new ProductRoom);
    return *room;
  }
};

/** Panels one behind another: \`width\` columns of w, zero behind the last. */
INLINE void PackPanels(const float* w, int64_t stride, int64_t depth, int64_t width, float* panels) {
  const int64_t ahead = 4;
  for (int64_t k = 0; k < depth; k++) {
    // Rows are too far from each other for the processor to see what comes.
    for (int64_t at = 0; at < width && k + ahead < depth; at += 16) __builtin_prefetch(w + (k + ahead) * stride + at);
    const int64_t rest = width % kPanel, whole = width - rest;
    for (int64_t at = 0; at < whole; at += kPanel) {
      std::memcpy(panels + at * depth + k * kPanel, w + k * stride + at, kPanel * sizeof(float));
    }
    if (rest == 0) continue;
    float* last = panels + whole * depth + k * kPanel;
    std::memcpy(last, w + k * stride + whole, rest * sizeof(float));
    std::fill(last + rest, last + kPanel, 0.0f);
  }
}

/** x [rows, depth] times w [depth, columns]. */
struct MatrixProduct {
  const float* x;
  const float* w;
  float* out;
  int64_t rows, depth, columns;
  /** Called with finished values: those of one row from a column on. */
  std::function<void(float* values, int64_t column, int64_t count)> finish;
};

/** Copies rows of x: \`kDepth\` terms of all, then the next. As they lie in x, those of a tile may share lines of the first cache. */
void PackRows(const MatrixProduct& product, int64_t begin, int64_t end, float* packed) {
  for (int64_t k = 0; k < product.depth; k += kDepth) {
    const int64_t depth = std::min(kDepth, product.depth - k);
    for (int64_t row = begin; row < end; row++) {
      std::memcpy(packed + k * product.rows + row * depth, product.x + row * product.depth + k, depth * sizeof(float));
    }
  }
}

/** Columns from \`begin\`, where a panel begins, to \`end\`. */
void MultiplyColumns(const MatrixProduct& product, const float* x, int64_t begin, int64_t end) {
  ProductRoom& room = ProductRoom::Get();
  const int64_t rows = product.rows, columns = product.columns;
  room.last.resize(rows * kPanel);
  for (int64_t k = 0; k < product.depth; k += kDepth) {
    const int64_t depth = std::min(kDepth, product.depth - k);
    for (int64_t at = begin; at < end; at += kPanelsAtOnce * kPanel) {
      const float* w = product.w + k * columns + at;
      float* out = product.out + at;
      const int64_t width = std::min(kPanelsAtOnce * kPanel, end - at), rest = width % kPanel;
      const bool reads_w = rows <= kFewRows && rest == 0;
      if (!reads_w) PackPanels(w, columns, depth, width, room.panels);
      for (int64_t panel = 0; panel < width; panel += kPanel) {
        const bool is_whole = panel + kPanel <= width;
        MultiplyPanel<kPanel>({x + k * rows, depth, rows, reads_w ? w + panel : room.panels + panel * depth,
                               reads_w ? columns : kPanel, depth, is_whole ? out + panel : room.last.data(),
                               is_whole ? columns : kPanel, k > 0, reads_w});
      }
      if (k + depth < product.depth) continue;
      for (int64_t row = 0; row < rows; row++) {
        float* values = out + row * columns;
        if (rest > 0) std::memcpy(values + width - rest, room.last.data() + row * kPanel, rest * sizeof(float));
        product.finish(values, at, width);
      }
    }
  }
}

/** The product on all threads: each takes panels as it is ready. */
void Multiply(const MatrixProduct& product) {
  static thread_local std::vector<float> packed;  // kept: new memory costs as much as the copy
  packed.resize(product.rows * product.depth);
  float* x = packed.data();
  ParallelRows(product.rows, product.depth, [&](int64_t begin, int64_t end) { PackRows(product, begin, end, x); });
  const int64_t panels = (product.columns + kPanel - 1) / kPanel;
  // To read a panel takes as long as to multiply it by a few rows.
  ParallelRows(panels, (kFewRows + product.rows) * product.depth, [&](int64_t begin, int64_t end) {
    MultiplyColumns(product, x, begin * kPanel, std::min(product.columns, end * kPanel));
  });
}

}  // namespace
`;
