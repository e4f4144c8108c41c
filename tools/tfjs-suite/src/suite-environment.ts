import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core/dist/index.js';
import jasmine, { type JasmineEnvironment } from 'jasmine-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';

/**
 * Makes the process ready for the specs, before their files are evaluated: Jasmine's global functions, the native engine
 * on the very tfjs-core that the specs test, and the environment under whose name the ignore list knows them.
 *
 * Arguments of the process: the module that exports `registerNative`, and the file for the results.
 */
const [, , registerModule = '', resultFile = ''] = process.argv;

/** The release of TensorFlow, and the folder of its build. */
export interface NativeBuild {
  readonly tensorflow: string;
  readonly folder: string;
}

/** The part of the command's loader that is used here. */
interface Registration {
  readonly registerNative: (tf: object) => Promise<NativeBuild>;
}

const environment = jasmine.boot(jasmine).getEnv();
environment.configure({ random: false });

const { registerNative } = (await import(pathToFileURL(registerModule).href)) as Registration;
const { tensorflow, folder } = await registerNative(tf);
await tf.setBackend('tensorflow');
setTestEnvs([{ name: 'test-tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);

/** Jasmine, what the specs run on, and where the results go. */
export const suiteEnvironment: {
  readonly environment: JasmineEnvironment;
  readonly native: NativeBuild;
  readonly resultFile: string;
} = { environment, native: { tensorflow, folder }, resultFile };
