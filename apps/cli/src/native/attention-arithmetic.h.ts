/**
 * C++ header with attention of the rows of one head over keys and values: scores, softmax and the weighted sum of the values, a
 * few rows at a time, so that scores never leave the processor's caches.
 */
export const attentionArithmeticSource: string = `
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "row-arithmetic.h"
#include "tile-product.h"

namespace {

/** Slots whose keys make a panel, and rows at a time: two tiles. */
const int64_t kSlots = 32, kScoreRows = 24;

/** What a thread needs for one head: its keys as panels, and scores of \`kScoreRows\` rows. Kept between calls. */
struct AttentionRoom {
  int64_t seen, size, padded, stride;
  /** Whose panels there are. */
  const float* packed;
  std::vector<float> keys, scores;

  static AttentionRoom& Get(int64_t seen, int64_t size) {
    static thread_local AttentionRoom room;
    room.seen = seen;
    room.size = size;
    room.padded = (seen + kSlots - 1) / kSlots * kSlots;
    // Not a power of two, whose rows would share lines of the first cache.
    room.stride = room.padded + 16;
    room.packed = nullptr;
    room.keys.resize(room.padded * size);
    room.scores.resize(kScoreRows * room.stride);
    return room;
  }
};

/** Keys of 32 slots side by side, one element of all after another; zero behind the last slot. */
CLONED void PackKeys(const float* keys, int64_t seen, int64_t size, float* panels) {
  for (int64_t slot = 0; slot < (seen + kSlots - 1) / kSlots * kSlots; slot++) {
    float* to = panels + slot / kSlots * kSlots * size + slot % kSlots;
    for (int64_t i = 0; i < size; i++) to[i * kSlots] = slot < seen ? keys[slot * size + i] : 0.0f;
  }
}

/**
 * One head: queries [n, D], keys and values [seen, D], D a multiple of 32; a mask [n, seen] or none. Rows of \`out\` lie \`pitch\`
 * values apart.
 */
void AttendHead(const float* queries, const float* keys, const float* values, const float* mask, AttentionRoom* room,
                int64_t rows, float* out, int64_t pitch) {
  const int64_t size = room->size, seen = room->seen, stride = room->stride;
  // Heads of one group have the same keys.
  if (room->packed != keys) PackKeys(keys, seen, size, room->keys.data());
  room->packed = keys;
  float* scores = room->scores.data();
  for (int64_t first = 0; first < rows; first += kScoreRows) {
    const int64_t count = std::min(kScoreRows, rows - first);
    for (int64_t slot = 0; slot < room->padded; slot += kSlots) {
      MultiplyPanel<kSlots>({queries + first * size, size, count, room->keys.data() + slot * size, kSlots, size, scores + slot, stride,
                     false, false});
    }
    for (int64_t row = 0; row < count; row++) {
      SoftmaxRow(scores + row * stride, mask == nullptr ? nullptr : mask + (first + row) * seen, scores + row * stride, seen);
    }
    for (int64_t at = 0; at < size; at += kSlots) {
      MultiplyPanel<kSlots>({scores, stride, count, values + at, size, seen, out + first * pitch + at, pitch, false, false});
    }
  }
}

}  // namespace
`;
