import { createHash } from 'node:crypto';
import { activationOperationsSource } from './activation-operations.h.ts';
import { attentionArithmeticSource } from './attention-arithmetic.h.ts';
import { attentionOperationsSource } from './attention-operations.h.ts';
import { fusedOperationsSource } from './fused-operations.cc.ts';
import { linearOperationSource } from './linear-operation.h.ts';
import { matrixProductSource } from './matrix-product.h.ts';
import { modulationOperationsSource } from './modulation-operations.h.ts';
import { normalizationOperationsSource } from './normalization-operations.h.ts';
import { operationCallSource } from './operation-call.h.ts';
import { rowArithmeticSource } from './row-arithmetic.h.ts';
import { threadPoolSource } from './thread-pool.h.ts';
import { tileProductSource } from './tile-product.h.ts';

/** The files of the library of fused operations. */
export const operationSources: Record<string, string> = {
  'fused-operations.cc': fusedOperationsSource,
  'activation-operations.h': activationOperationsSource,
  'attention-operations.h': attentionOperationsSource,
  'attention-arithmetic.h': attentionArithmeticSource,
  'linear-operation.h': linearOperationSource,
  'matrix-product.h': matrixProductSource,
  'modulation-operations.h': modulationOperationsSource,
  'normalization-operations.h': normalizationOperationsSource,
  'operation-call.h': operationCallSource,
  'row-arithmetic.h': rowArithmeticSource,
  'thread-pool.h': threadPoolSource,
  'tile-product.h': tileProductSource,
};

/** SHA-256 of them, by which a build of other sources is known. */
export const operationsChecksum: string = createHash('sha256')
  .update(JSON.stringify(operationSources))
  .digest('hex');
