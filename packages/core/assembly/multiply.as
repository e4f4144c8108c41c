// Products of rows with a matrix: out[r, e] = Σ_k x[r, k] · w[e, k], a block of four outputs and two rows at
// a time.
import { bf16Pair, bf16Single, bf16Wide, f32Pair, f32Single, f32Wide } from './float-products';
import { int4Pair, int4Single, int4Wide, int8Pair, int8Single, int8Wide } from './integer-products';
import { BF16, F32, INT4, INT8, Matrix } from './matrix';

/** Bytes of x that are met by all outputs before the next: they stay in the processor's second cache. */
const CHUNK_BYTES: i32 = 1 << 19;
/** Shares of the outputs for each thread: one that is held up takes fewer. */
const SHARES: i32 = 4;

/**
 * The shares of all outputs and rows that no other thread takes.
 *
 * @param rows  R, all sequences together.
 * @param positions  Rows of one sequence.
 * @param taken  Address of the number of shares taken.
 */
export function multiply(
  m: Matrix,
  rows: i32,
  positions: i32,
  taken: usize,
  threads: i32,
): void {
  const blocks = m.outputs >> 2;
  const chunk = max(2, CHUNK_BYTES / (m.inner << 2)) & ~1;
  const chunks = (rows + chunk - 1) / chunk;
  const perChunk = threads == 1 ? 1 : SHARES * threads;
  while (true) {
    const share = atomic.add<i32>(taken, 1);
    if (share >= chunks * perChunk) return;
    const begin = (share / perChunk) * chunk;
    const part = share % perChunk;
    multiplyShare(
      m,
      begin,
      min(rows, begin + chunk),
      positions,
      (blocks * part) / perChunk,
      (blocks * (part + 1)) / perChunk,
    );
  }
}

function multiplyShare(
  m: Matrix,
  begin: i32,
  rows: i32,
  positions: i32,
  first: i32,
  last: i32,
): void {
  let block = first;
  if (rows - begin == 1) {
    // Two halves of the share at once.
    const half = (last - first) >> 1;
    for (; block < first + half; block++) {
      if (m.format == F32) f32Wide(m, block, block + half, begin, positions);
      else if (m.format == BF16) bf16Wide(m, block, block + half, begin, positions);
      else if (m.format == INT8) int8Wide(m, block, block + half, begin, positions);
      else int4Wide(m, block, block + half, begin, positions);
    }
    block += half;
  }
  for (; block < last; block++) {
    let row = begin;
    for (; row + 2 <= rows; row += 2) {
      if (m.format == F32) f32Pair(m, block, row, positions);
      else if (m.format == BF16) bf16Pair(m, block, row, positions);
      else if (m.format == INT8) int8Pair(m, block, row, positions);
      else int4Pair(m, block, row, positions);
    }
    if (row == rows) continue;
    if (m.format == F32) f32Single(m, block, row, positions);
    else if (m.format == BF16) bf16Single(m, block, row, positions);
    else if (m.format == INT8) int8Single(m, block, row, positions);
    else int4Single(m, block, row, positions);
  }
}
