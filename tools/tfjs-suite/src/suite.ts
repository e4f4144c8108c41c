import { writeFileSync } from 'node:fs';
import { suiteEnvironment } from './suite-environment.ts';
import '@tensorflow/tfjs-core/dist/tests.js';
import type { SpecResult, SuiteRun } from './spec-result.ts';

/** What Jasmine reports of a spec. */
interface JasmineSpec {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

const { environment, native, resultFile } = suiteEnvironment;
const specs: SpecResult[] = [];
const started = performance.now();

environment.addReporter({
  specDone({ fullName: name, status, failedExpectations }: JasmineSpec): void {
    const failure = failedExpectations[0]?.message.split('\n')[0]?.slice(0, 200);
    specs.push({
      name,
      status: status === 'passed' || status === 'failed' ? status : 'pending',
      ...(failure === undefined ? {} : { failure }),
    });
  },
});
await environment.execute();
const run: SuiteRun = { ...native, specs, durationMs: performance.now() - started };
writeFileSync(resultFile, JSON.stringify(run));
