import { activateEngine } from '@nextx/cli/engines';
import { cpuExecutor } from '@nextx/core/cpu';
import { enableRelaxedSimd } from '@nextx/core/node';
import { decode } from '@nextx/core';
import { tidy } from '@tensorflow/tfjs-core';
import { bindNetwork, initNetwork } from './dist/network-model.js';
import { filledInitializer } from './dist/filled-initializer.js';
import { decoderNetworks } from './dist/bench-network.js';
await activateEngine('wasm');
console.log('relaxed', enableRelaxedSimd());
const [which, most] = [process.argv[2], Number(process.argv[3])];
const network = decoderNetworks(false).find((n) => n.name === which);
let t = performance.now();
const params = tidy(() => initNetwork(network, filledInitializer(7)));
const { model } = bindNetwork(network, params);
console.log('init', performance.now() - t);
for (const format of (process.argv[4] ?? 'f32,bf16,int8,int4').split(',')) {
  t = performance.now();
  const executor = await cpuExecutor(model, { format, threads: Number(process.argv[5] ?? 1) });
  const load = performance.now() - t;
  const guided = network.guidanceScale !== 1;
  const condition = model.condition(Int32Array.from(guided ? [0, 1000] : [0]));
  const cpu = []; let last = process.cpuUsage(); let wall=performance.now(), lw=wall;
  for await (const s of decode(model, { seeds: [0n], condition, executor, sampling: { temperature: 0 }, ...(guided && { guidanceScaleAt: () => 2 }) })) {
    const now = process.cpuUsage(last); cpu.push(performance.now()-lw); lw=performance.now();
    if (s.step + 1 >= most) break;
  }
  wall=performance.now()-wall;
  const tail = cpu.slice(2).sort((a, b) => a - b);
  console.log(format, 'load', load.toFixed(0), 'ms; cpu ms/step median', tail[tail.length >> 1]?.toFixed(2), 'min', tail[0]?.toFixed(2), 'total', cpu.reduce((a, b) => a + b, 0).toFixed(0), 'wall', wall.toFixed(0));
  executor.dispose();
}
process.exit(0);
