/**
 * C++ header with products of rows and a panel by tiles: the sums of a few rows and up to 48 columns stay in registers while one
 * factor runs by. Every sum adds its terms in their order, whatever the number of rows. On x86 three sizes of tiles are compiled,
 * of which the processor takes its own.
 */
export const tileProductSource: string = `
#pragma once

#include <cstdint>

#include "row-arithmetic.h"

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

}  // namespace
`;
