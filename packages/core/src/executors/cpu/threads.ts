import { ResourceError } from '../../errors.ts';
import type { WasmMemory, WasmModule } from './web-assembly.ts';

/** A thread that serves programs; as much of Node's and the browser's workers as is needed. */
export interface MachineThread {
  /** Ends it. */
  terminate(): void;
}

/** What a thread is started with. */
interface ThreadStart {
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly control: number;
  readonly thread: number;
  readonly threads: number;
}

/** The whole program of a thread; it reads one message and does not return until the machine closes. */
const source = `
const serve = ({ module, memory, control, thread, threads }, ready) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  ready();
  exports.serve(control, thread, threads);
};
`;
const nodeSource = `${source}
const { parentPort, workerData } = require('node:worker_threads');
serve(workerData, () => parentPort.postMessage('ready'));
`;
const pageSource = `${source}
onmessage = ({ data }) => serve(data, () => postMessage('ready'));
`;

/** As much of `node:worker_threads` as is needed; core's main entry does not load Node's modules by itself. */
interface NodeWorker {
  once(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

type NodeWorkerClass = new (
  source: string,
  options: { eval: true; workerData: ThreadStart },
) => NodeWorker;

/** Starts one thread and waits until it serves. */
export async function startThread(start: ThreadStart): Promise<MachineThread> {
  const nodeWorker = nodeWorkerClass();
  return nodeWorker === undefined ? startInPage(start) : startInNode(nodeWorker, start);
}

/** Whether threads can share the machine's memory here. */
export function canShareMemory(): boolean {
  if (nodeWorkerClass() !== undefined) return true;
  const { crossOriginIsolated, Worker: PageWorker } = globalThis as {
    crossOriginIsolated?: boolean;
    Worker?: unknown;
  };
  return crossOriginIsolated === true && PageWorker !== undefined;
}

function nodeWorkerClass(): NodeWorkerClass | undefined {
  const { process: running } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => { Worker: NodeWorkerClass } | undefined };
  };
  return running?.getBuiltinModule?.('node:worker_threads')?.Worker;
}

function startInNode(Worker: NodeWorkerClass, start: ThreadStart): Promise<MachineThread> {
  const worker = new Worker(nodeSource, { eval: true, workerData: start });
  return new Promise((resolve, reject) => {
    worker.once('message', () => {
      // A thread that waits must not keep the process alive.
      worker.unref();
      resolve({ terminate: () => void worker.terminate() });
    });
    worker.once('error', (cause) => reject(lost(cause)));
    worker.once('exit', (code) => reject(lost(`exit code ${String(code)}`)));
  });
}

/** As much of a page's worker as is needed. */
interface PageWorker {
  onmessage: (() => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  postMessage(message: ThreadStart): void;
  terminate(): void;
}

function startInPage(start: ThreadStart): Promise<MachineThread> {
  const { Worker: PageWorkerClass } = globalThis as unknown as {
    Worker: new (url: string) => PageWorker;
  };
  const url = URL.createObjectURL(new Blob([pageSource], { type: 'text/javascript' }));
  const worker = new PageWorkerClass(url);
  return new Promise<MachineThread>((resolve, reject) => {
    worker.onmessage = () => resolve({ terminate: () => worker.terminate() });
    worker.onerror = ({ message }) => reject(lost(message));
    worker.postMessage(start);
  }).finally(() => URL.revokeObjectURL(url));
}

function lost(cause: unknown): ResourceError {
  return new ResourceError(
    `cpu executor: a thread must start, it failed with "${cause instanceof Error ? cause.message : String(cause)}". Use one thread.`,
    'WORKER_LOST',
    cause,
  );
}
