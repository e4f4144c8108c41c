import { attentionFields, cachePlaces } from './attention-fields.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { mostVectorRows } from './generation-regions.ts';
import { persistentBlocksWgsl } from './persistent-blocks.wgsl.ts';
import { persistentRuns, persistentShape } from './persistent-runs.ts';
import type { PersistentRun } from './persistent-shape.ts';

/** A dispatch whose workgroups compute whole blocks together. */
export interface PersistentDispatch extends Dispatch {
  readonly run: PersistentRun;
}

/** Dispatches of as many blocks as possible, for steps of some positions; the others need one for each product. */
export function compilePersistent(source: ProgramSource, positions: number): PersistentDispatch[] {
  const { network, placed, regions, sizes, codes, persistence } = source;
  const { cacheFormat } = sizes;
  const rows = sizes.sequences * positions;
  const shape = persistentShape(network, { rows, cacheFormat });
  if (persistence === undefined || shape === undefined || rows > mostVectorRows) return [];
  return persistentRuns(placed, regions.caches).flatMap((run) => {
    const strided = { ...run, cacheStride: run.cacheStride * cachePlaces(cacheFormat) };
    const key = `persistent ${JSON.stringify([shape, strided, persistence])}`;
    const code = codes.get(key) ?? persistentBlocksWgsl(shape, strided, persistence);
    if (code === undefined) return [];
    codes.set(key, code);
    return [
      {
        name: run.head === undefined ? 'blocks' : 'blocks and head',
        code,
        weights: run.matrices.qkv.buffer,
        cache: regions.caches[run.first].buffer,
        fields: {
          ...attentionFields(source, run.first),
          x: regions.x,
          out: regions.logits,
          exchange: regions.state.exchange,
          epsilon: network.parts.norm.form?.epsilon ?? 0,
        },
        grid: [persistence.workgroups, 1, 1] as const,
        run,
      },
    ];
  });
}
