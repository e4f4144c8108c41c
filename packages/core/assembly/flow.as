// An Euler step of latents along the velocity that a flow head gives.

/** What is moved; one record of a program. */
@unmanaged
export class FlowStep {
  operation: i32;
  /** `[R, channels]`, moved in place. */
  x: usize;
  /** `[R, channels]` */
  velocity: usize;
  /** A multiple of 4. */
  channels: i32;
  /** Address of the scale s. Unless it is 1, the second half of the rows is the first without its condition. */
  guidanceScale: usize;
  /** Length of the step, in time. */
  step: f32;
}

/** One thread's share: `x += step (u + s (c - u))`, the same for both halves. */
export function flowStep(f: FlowStep, rows: i32, thread: i32, threads: i32): void {
  const scale = load<f32>(f.guidanceScale);
  const isGuided = scale != 1;
  const fours = ((isGuided ? rows >> 1 : rows) * f.channels) >> 2;
  const half = <usize>fours << 4;
  const scales = f32x4.splat(scale);
  const step = f32x4.splat(f.step);
  const end = <usize>((fours * (thread + 1)) / threads) << 4;
  for (let at = <usize>((fours * thread) / threads) << 4; at < end; at += 16) {
    let velocity = v128.load(f.velocity + at);
    if (isGuided) {
      const unconditional = v128.load(f.velocity + half + at);
      const difference = f32x4.sub(velocity, unconditional);
      velocity = f32x4.add(unconditional, f32x4.mul(difference, scales));
    }
    const moved = f32x4.add(v128.load(f.x + at), f32x4.mul(velocity, step));
    v128.store(f.x + at, moved);
    if (isGuided) v128.store(f.x + half + at, moved);
  }
}
