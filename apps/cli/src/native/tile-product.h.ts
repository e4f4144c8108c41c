/**
 * C++ header with matrix products by tiles: the sums of a few rows and up to 48 columns stay in registers while one factor runs by.
 * Every sum adds its terms in their order, whatever the number of rows and threads. On x86 three sizes of tiles are compiled, of
 * which the processor takes its own.
 */
export const tileProductSource: string = `
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "row-arithmetic.h"
#include "thread-pool.h"

namespace {

/** A product of rows with one panel: 32 or 48 columns that lie row by row. */
struct PanelProduct {
  const float* x;
  int64_t x_stride, rows;
  const float* panel;
  int64_t panel_stride, depth;
  float* out;
  int64_t out_stride;
  /** Whether the sums go on from those in out. */
  bool adds;
  /** Whether the next panel lies beside this one in memory. */
  bool fetches_next;
};

template <int lanes>
struct Vector {
  /** At any address; compilers bring it into as many registers as it needs. */
  typedef float Type __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
};

/** \`count\` rows from \`row\` on, and the columns of \`vectors\` vectors from \`column\` on. */
template <int lanes, int vectors, int count, bool fetches_next>
INLINE void Tile(const PanelProduct& product, int64_t row, int64_t column) {
  typedef typename Vector<lanes>::Type V;
  const float* x = product.x + row * product.x_stride;
  const float* panel = product.panel + column;
  float* out = product.out + row * product.out_stride + column;
  V sums[count][vectors];
  for (int r = 0; r < count; r++) {
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = product.adds ? *reinterpret_cast<const V*>(out + r * product.out_stride + v * lanes) : V{};
    }
  }
  const int64_t x_stride = product.x_stride, panel_stride = product.panel_stride, depth = product.depth;
  for (int64_t k = 0; k < depth; k++) {
    V columns[vectors];
    for (int v = 0; v < vectors; v++) {
      columns[v] = *reinterpret_cast<const V*>(panel + k * panel_stride + v * lanes);
      if (fetches_next) __builtin_prefetch(panel + k * panel_stride + v * lanes + 16 * vectors);
    }
    for (int r = 0; r < count; r++) {
      for (int v = 0; v < vectors; v++) sums[r][v] += x[r * x_stride + k] * columns[v];
    }
  }
  for (int r = 0; r < count; r++) {
    for (int v = 0; v < vectors; v++) *reinterpret_cast<V*>(out + r * product.out_stride + v * lanes) = sums[r][v];
  }
}

/** The rows behind the last whole tile: fewer than \`most\` + 1. */
template <int lanes, int vectors, int most, bool fetches_next>
INLINE void LastTile(const PanelProduct& product, int64_t row, int64_t column) {
  if constexpr (most > 0) {
    if (product.rows - row == most) return Tile<lanes, vectors, most, fetches_next>(product, row, column);
    LastTile<lanes, vectors, most - 1, fetches_next>(product, row, column);
  }
}

template <int lanes, int vectors, int height, bool fetches_next>
INLINE void Tiles(const PanelProduct& product) {
  for (int64_t column = 0; column < 16 * vectors; column += lanes * vectors) {
    int64_t row = 0;
    for (; row + height <= product.rows; row += height) {
      Tile<lanes, vectors, height, fetches_next>(product, row, column);
    }
    LastTile<lanes, vectors, height - 1, fetches_next>(product, row, column);
  }
}

/** A panel of \`width\` columns by tiles of \`sums\` vectors: with those they are made of, they fill the registers. */
template <int lanes, int sums, int width>
INLINE void AnyTiles(const PanelProduct& product) {
  const int vectors = width / 16;
  if (product.fetches_next) return Tiles<lanes, vectors, sums / vectors, true>(product);
  Tiles<lanes, vectors, sums / vectors, false>(product);
}

#if defined(__x86_64__)
template <int width>
__attribute__((target("avx512f"))) void TilesOfSixteen(const PanelProduct& product) { AnyTiles<16, 24, width>(product); }
template <int width>
__attribute__((target("avx2,fma"))) void TilesOfEight(const PanelProduct& product) { AnyTiles<8, 12, width>(product); }
template <int width>
void TilesOfFour(const PanelProduct& product) { AnyTiles<4, 12, width>(product); }

template <int width>
void MultiplyPanel(const PanelProduct& product) {
  static void (*const multiply)(const PanelProduct&) =
      __builtin_cpu_supports("avx512f") ? TilesOfSixteen<width>
      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? TilesOfEight<width> : TilesOfFour<width>;
  multiply(product);
}
#else
template <int width>
void MultiplyPanel(const PanelProduct& product) { AnyTiles<4, 24, width>(product); }
#endif

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
  ParallelRows(panels, product.rows * product.depth, [&](int64_t begin, int64_t end) {
    MultiplyColumns(product, x, begin * kPanel, std::min(product.columns, end * kPanel));
  });
}

}  // namespace
`;
