import { activateEngine } from '@nextx/cli/engines';
import * as tf from '@tensorflow/tfjs-core';
import { generateOnce } from './dist/generate-once.js';
import { bindNetwork } from './dist/network-model.js';
import { readWeights } from './dist/weights-files.js';
import { readFileSync } from 'node:fs';
const job=JSON.parse(readFileSync(process.argv[2]));
await activateEngine(job.engine,{threads:2,isAccelerated:true});
const stats=new Map();
for (const k of tf.getKernelsForBackend(tf.getBackend())) {
  tf.unregisterKernel(k.kernelName,tf.getBackend());
  const f=k.kernelFunc;
  tf.registerKernel({...k,kernelFunc:(a)=>{const t=performance.now();const r=f(a);const dt=performance.now()-t;
   const key=k.kernelName+(process.argv[3]?' '+JSON.stringify(Object.values(a.inputs).map(x=>x.shape)):'');
   const s=stats.get(key)??{n:0,t:0};s.n++;s.t+=dt;stats.set(key,s);return r;}});
}
const model=bindNetwork(job.network, await readWeights(job.weights));
await generateOnce(job.network,model,{batch:1,hasPixels:false});
stats.clear();
const g=await generateOnce(job.network,model,{batch:1,hasPixels:false});
console.log('total',g.tokensSeconds);
let sum=0,n=0;for(const [k,s] of stats){sum+=s.t;n+=s.n}
console.log('kernels',sum.toFixed(0),'ms in',n,'calls');
for(const [k,s] of [...stats].sort((a,b)=>b[1].t-a[1].t).slice(0,process.argv[3]?40:22))console.log(k.padEnd(60),s.n,s.t.toFixed(1)+'ms');
process.exit(0)
