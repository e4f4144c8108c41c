import * as tf from '@tensorflow/tfjs';
import { categoricalHead } from '../heads/categorical-head.ts';
import { flowHead } from '../heads/flow-head.ts';
import { gaussianHead } from '../heads/gaussian-head.ts';
import type { Head } from '../heads/head.ts';
import { quantileHead } from '../heads/quantile-head.ts';
import { initializer } from '../initializer.ts';
import { mapParams } from '../params.ts';
import type { ParamTree } from '../params.ts';
import { describeHead } from './describe-head.ts';
import type { HeadInstance } from './describe-head.ts';

const plainJs = { name: 'plain JS', start: () => tf.setBackend('cpu') };

describeHead({
  name: 'categorical head',
  engines: [plainJs],
  create: () => {
    const start = initializer([5, 5]);
    const head = categoricalHead({ width: 4, vocabularySize: 5, standardDeviation: 0.5 });
    const params = head.init(start);
    const hidden = start.normal([2, 3, 4], 1) as tf.Tensor3D;
    const targets = tf.tensor2d([0, 1, 2, 3, 4, 0], [2, 3], 'int32');
    const dispose = () => tf.dispose([params, hidden, targets]);
    // A head takes its own weights, which is what it is given here.
    return { head: head as never, params, hidden, targets, dispose };
  },
});

describeHead({
  name: 'flow head',
  engines: [plainJs],
  create: () =>
    latentHeadInstance(flowHead({ width: 4, channels: 3, hidden: 8, blocks: 2, steps: 3 })),
});
describeHead({
  name: 'Gaussian head',
  engines: [plainJs],
  create: () => latentHeadInstance(gaussianHead({ width: 4, channels: 3 })),
});
describeHead({
  name: 'quantile head',
  engines: [plainJs],
  create: () =>
    latentHeadInstance(quantileHead({ width: 4, channels: 3, levels: [0.2, 0.5, 0.7] })),
});

/** A head over latents of three channels with weights large enough that each shows. */
function latentHeadInstance<P extends ParamTree>(head: Head<P>): HeadInstance {
  const start = initializer([5, 6]);
  const params = mapParams(head.init(start), ({ shape }) => start.normal(shape, 0.4));
  const hidden = start.normal([2, 3, 4], 1) as tf.Tensor3D;
  const targets = start.normal([2, 3, 3], 1);
  const dispose = () => tf.dispose([params, hidden, targets]);
  // A head takes its own weights, which is what it is given here.
  return { head: head as never, params, hidden, targets, dispose };
}
