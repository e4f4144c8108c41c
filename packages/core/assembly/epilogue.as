// What follows a product: bias, activation, gate, residual.
import { Matrix } from './matrix';
import { activate, IDENTITY } from './simd';

/** The epilogue of a product that was computed elsewhere, of one thread's share of the rows; x is `[R, E]`. */
export function epilogueRows(
  m: Matrix,
  rows: i32,
  positions: i32,
  thread: i32,
  threads: i32,
): void {
  const blocks = m.outputs >> 2;
  const last = (rows * (thread + 1)) / threads;
  for (let row = (rows * thread) / threads; row < last; row++) {
    let x = m.x + <usize>row * (<usize>m.outputs << 2);
    for (let block = 0; block < blocks; block++) {
      epilogue(m, v128.load(x), block, row, positions);
      x += 16;
    }
  }
}

/** Bias, activation, gate and residual of four outputs of a row, and the store. */
export function epilogue(m: Matrix, value: v128, block: i32, row: i32, positions: i32): void {
  const at = <usize>block << 4;
  let v = value;
  if (m.bias != 0) v = f32x4.add(v, v128.load(m.bias + at));
  const outRow = m.out + (<usize>(row * m.outStride) << 2);
  if (m.isGatedUnit) {
    const opened = f32x4.mul(activate(v, m.activation), v128.shuffle<f32>(v, v, 1, 0, 3, 2));
    v128.store64_lane(outRow + (at >> 1), v128.shuffle<f32>(opened, opened, 0, 2, 0, 2), 0);
    return;
  }
  if (m.activation != IDENTITY) v = activate(v, m.activation);
  if (m.gate != 0) {
    v = f32x4.mul(v, v128.load(m.gate + (<usize>((row / positions) * m.gateStride) << 2) + at));
  }
  if (m.isResidual) v = f32x4.add(v128.load(outRow + at), v);
  v128.store(outRow + at, v);
}
