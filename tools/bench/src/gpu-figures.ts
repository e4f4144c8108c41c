import { median } from './statistics.ts';

/** What a GPU can do at best, which the decoder is held against. */
export interface GpuFigures {
  /** By its driver's name. */
  readonly adapter: string;
  /** Of a dispatch that waits for the one before it and does next to nothing. */
  readonly emptyDispatchSeconds: number;
  /** Bytes read and bytes written together. */
  readonly copyBytesPerSecond: number;
}

const dispatches = 1000;
/** A software adapter takes longer for what a GPU does in milliseconds. */
const slowSeconds = 1;

/** Seconds of one of 1,000 dispatches in one pass, each of which adds 1 to the same number. */
export async function emptyDispatchSeconds(device: GPUDevice): Promise<number> {
  const counter = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: {
      module: device.createShaderModule({
        code: `@group(0) @binding(0) var<storage, read_write> counter: array<u32>;
          @compute @workgroup_size(1) fn main() { counter[0] += 1u; }`,
      }),
    },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: counter } }],
  });
  const seconds = await secondsOf(device, (encoder) => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let index = 0; index < dispatches; index++) pass.dispatchWorkgroups(1);
    pass.end();
  });
  counter.destroy();
  return seconds / dispatches;
}

/** Bytes that a kernel moves in a second which copies a quarter of a gigabyte: those read and those written. */
export async function copyBytesPerSecond(device: GPUDevice): Promise<number> {
  const size = Math.min(2 ** 28, device.limits.maxStorageBufferBindingSize);
  const copies = 8;
  const buffers = [0, 1].map(() => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: {
      module: device.createShaderModule({
        code: `@group(0) @binding(0) var<storage, read_write> source: array<vec4<u32>>;
          @group(0) @binding(1) var<storage, read_write> copy: array<vec4<u32>>;
          @compute @workgroup_size(256) fn main(
            @builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          ) {
            let at = id.y * groups.x * 256u + id.x;
            copy[at] = source[at];
          }`,
      }),
    },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const workgroups = size / 16 / 256;
  const columns = Math.min(workgroups, 2 ** 15);
  const seconds = await secondsOf(device, (encoder) => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let index = 0; index < copies; index++) {
      pass.dispatchWorkgroups(columns, workgroups / columns);
    }
    pass.end();
  });
  for (const buffer of buffers) buffer.destroy();
  return (2 * copies * size) / seconds;
}

/** Median of five submissions after a first, from the call to the end of the work; the first where that was slow. */
async function secondsOf(
  device: GPUDevice,
  encode: (encoder: GPUCommandEncoder) => void,
): Promise<number> {
  const once = async (): Promise<number> => {
    const encoder = device.createCommandEncoder();
    encode(encoder);
    const commands = encoder.finish();
    const since = performance.now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - since) / 1000;
  };
  const first = await once();
  if (first > slowSeconds) return first;
  const seconds: number[] = [];
  for (let round = 0; round < 5; round++) seconds.push(await once());
  return median(seconds);
}
