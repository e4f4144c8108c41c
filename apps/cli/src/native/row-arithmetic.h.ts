/**
 * C++ header with the arithmetic of the fused operations, as loops over one row that compilers vectorize; on x86 Linux in
 * three builds of which the processor takes its own.
 */
export const rowArithmeticSource: string = `
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONED
#endif
#define INLINE static inline __attribute__((always_inline))

namespace {

/** e^x with a relative error below 2e-7 (Cephes' polynomial), written so that compilers vectorize it. */
INLINE float Exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = x * 1.44269504088896341f + 12582912.0f;
  const float whole = shifted - 12582912.0f;
  const float rest = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  float series = 1.9875691500e-4f;
  series = series * rest + 1.3981999507e-3f;
  series = series * rest + 8.3334519073e-3f;
  series = series * rest + 4.1665795894e-2f;
  series = series * rest + 1.6666665459e-1f;
  series = series * rest + 5.0000001201e-1f;
  series = series * rest * rest + rest + 1.0f;
  uint32_t bits, value;
  std::memcpy(&bits, &shifted, 4);
  bits <<= 23;
  std::memcpy(&value, &series, 4);
  value += bits;
  float result;
  std::memcpy(&result, &value, 4);
  return result;
}

INLINE float Sigmoid(float x) { return 1.0f / (1.0f + Exp(-x)); }

/** The normal distribution function by formula 26.2.17 of Abramowitz and Stegun, absolute error below 1e-7. */
INLINE float NormalCdf(float x) {
  const float size = x < 0 ? -x : x;
  const float t = 1.0f / (1.0f + 0.2316419f * size);
  const float series =
      t * (0.319381530f + t * (-0.356563782f + t * (1.781477937f + t * (-1.821255978f + t * 1.330274429f))));
  const float tail = 0.3989422804014327f * Exp(-0.5f * x * x) * series;
  return x < 0 ? tail : 1.0f - tail;
}

const float kTanhScale = 1.5957691216057308f;  // 2 sqrt(2 / pi)
const float kCubicScale = 0.044715f * 1.5957691216057308f;

CLONED void AddRow(const float* x, const float* y, float* out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = x[i] + y[i];
}

CLONED void ScaleRow(const float* x, float factor, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * factor;
}

CLONED void GeluTanh(const float* x, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * Sigmoid(x[i] * (kCubicScale * x[i] * x[i] + kTanhScale));
}

CLONED void GeluTanhGrad(const float* x, const float* dy, float* dx, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float square = x[i] * x[i];
    const float open = Sigmoid(x[i] * (kCubicScale * square + kTanhScale));
    dx[i] = dy[i] * open * (1.0f + x[i] * (3.0f * kCubicScale * square + kTanhScale) * (1.0f - open));
  }
}

CLONED void GeluErf(const float* x, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * NormalCdf(x[i]);
}

CLONED void GeluErfGrad(const float* x, const float* dy, float* dx, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float density = 0.3989422804014327f * Exp(-0.5f * x[i] * x[i]);
    dx[i] = dy[i] * (NormalCdf(x[i]) + x[i] * density);
  }
}

CLONED void Silu(const float* x, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * Sigmoid(x[i]);
}

CLONED void SiluGrad(const float* x, const float* dy, float* dx, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float open = Sigmoid(x[i]);
    dx[i] = dy[i] * open * (1.0f + x[i] * (1.0f - open));
  }
}

/** An activation by its number. */
typedef void (*Activation)(const float* x, float* y, int64_t n);
INLINE Activation ActivationOf(int64_t kind) { return kind == 0 ? GeluTanh : kind == 1 ? GeluErf : Silu; }

/** Reductions in sixteen lanes, which compilers vectorize without leave to reorder sums. */
const int kLanes = 16;

INLINE float Total(const float* lanes) {
  float sum = 0;
  for (int lane = 0; lane < kLanes; lane++) sum += lanes[lane];
  return sum;
}

INLINE float Sum(const float* x, int64_t n) {
  float lanes[kLanes] = {0};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int lane = 0; lane < kLanes; lane++) lanes[lane] += x[i + lane];
  }
  for (; i < n; i++) lanes[0] += x[i];
  return Total(lanes);
}

INLINE float Dot(const float* x, const float* y, int64_t n) {
  float lanes[kLanes] = {0};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int lane = 0; lane < kLanes; lane++) lanes[lane] += x[i + lane] * y[i + lane];
  }
  for (; i < n; i++) lanes[0] += x[i] * y[i];
  return Total(lanes);
}

INLINE float Largest(const float* x, int64_t n) {
  float lanes[kLanes];
  for (int lane = 0; lane < kLanes; lane++) lanes[lane] = x[0];
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int lane = 0; lane < kLanes; lane++) lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
  }
  float largest = lanes[0];
  for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  for (int lane = 1; lane < kLanes; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
  return largest;
}

/** How a row is normalized: 0 layer, 1 root mean square, 2 unit length. */
enum Normalization { kLayer = 0, kRootMeanSquare = 1, kUnit = 2 };

CLONED void NormalizeRow(const float* x, float* y, int64_t n, int64_t kind, float epsilon, float* inverse) {
  const float mean = kind == kLayer ? Sum(x, n) / n : 0.0f;
  for (int64_t i = 0; i < n; i++) y[i] = x[i] - mean;
  const float squares = Dot(y, y, n);
  const float scale =
      1.0f / std::sqrt(kind == kUnit ? (squares > epsilon ? squares : epsilon) : squares / n + epsilon);
  for (int64_t i = 0; i < n; i++) y[i] *= scale;
  *inverse = scale;
}

CLONED void NormalizeRowGrad(const float* y, const float* dy, float* dx, int64_t n, int64_t kind, float inverse) {
  const float along = Dot(dy, y, n) / (kind == kUnit ? 1 : n);
  const float mean = kind == kLayer ? Sum(dy, n) / n : 0.0f;
  for (int64_t i = 0; i < n; i++) dx[i] = (dy[i] - mean - y[i] * along) * inverse;
}

/** In place where y is x. */
CLONED void SoftmaxRow(const float* x, const float* mask, float* y, int64_t n) {
  if (mask == nullptr) {
    std::memmove(y, x, n * sizeof(float));
  } else {
    for (int64_t i = 0; i < n; i++) y[i] = x[i] + mask[i];
  }
  const float largest = Largest(y, n);
  for (int64_t i = 0; i < n; i++) y[i] = Exp(y[i] - largest);
  const float scale = 1.0f / Sum(y, n);
  for (int64_t i = 0; i < n; i++) y[i] *= scale;
}

CLONED void SoftmaxRowGrad(const float* y, const float* dy, float* dx, int64_t n) {
  const float along = Dot(dy, y, n);
  for (int64_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - along);
}

CLONED void ModulateRow(const float* x, const float* scale, const float* shift, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * (1.0f + scale[i]) + shift[i];
}

CLONED void ModulateRowGrad(const float* dy, const float* x, const float* scale, int64_t n, float* dx,
                            float* dscale, float* dshift) {
  for (int64_t i = 0; i < n; i++) {
    dx[i] = dy[i] * (1.0f + scale[i]);
    dscale[i] += dy[i] * x[i];
    dshift[i] += dy[i];
  }
}

CLONED void GatedAddRow(const float* x, const float* values, const float* gate, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] + values[i] * gate[i];
}

CLONED void GatedAddRowGrad(const float* dy, const float* values, const float* gate, int64_t n, float* dvalues,
                            float* dgate) {
  for (int64_t i = 0; i < n; i++) {
    dvalues[i] = dy[i] * gate[i];
    dgate[i] += dy[i] * values[i];
  }
}

}  // namespace
`;
