import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { NextxError } from '@nextx/core';
import { enableRelaxedSimd } from '@nextx/core/node';
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';
import {
  activateEngine,
  availableEngines,
  type ActiveEngine,
  type EngineStatus,
} from '../engines/engine.ts';
import { nativeRows } from '../engines/native-engine.ts';
import { runCommand, type RunCommand } from './command.ts';
import { nativeRoot } from './paths.ts';
import { findTools, type ToolStatus } from './requirements.ts';

/** What this machine offers nextx, as plain data. */
export interface DoctorReport {
  /** Release of nextx. */
  readonly nextx: string;
  /** Release of Node, `20.20.2`. */
  readonly node: string;
  /** Release of tfjs. */
  readonly tfjs: string;
  /** `linux-x64`. */
  readonly system: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Folder of native builds. */
  readonly nativeFolder: string;
  readonly engines: readonly EngineStatus[];
  /** What decodes by fused kernels. */
  readonly executors: readonly ExecutorStatus[];
  /** The engine that `--engine auto` starts here; absent where none starts. */
  readonly active?: ActiveEngine;
  /** What `nextx native install` needs. */
  readonly tools: readonly ToolStatus[];
  /** What to do next, most useful first; empty where nothing is to be done. */
  readonly advice: readonly string[];
}

/** Whether a fused executor runs here. */
export interface ExecutorStatus {
  readonly name: 'cpu' | 'webgpu';
  readonly available: boolean;
  /** How it runs, or why it does not. */
  readonly reason: string;
}

/** What the doctor looks at; tests pass fakes. */
export interface DoctorWorld {
  readonly run: RunCommand;
  readonly engines: () => Promise<readonly EngineStatus[]>;
  readonly activate: () => Promise<ActiveEngine>;
}

/** Oldest Node that nextx runs on: major and minor release. */
const oldestNode: readonly [number, number] = [20, 19];

/**
 * Looks at the machine, starts the engine that `auto` chooses, and says what would make nextx faster here. It changes
 * nothing and needs no network.
 */
export async function doctor(
  world: DoctorWorld = { run: runCommand, engines: availableEngines, activate: activateEngine },
): Promise<DoctorReport> {
  const [engines, tools] = await Promise.all([world.engines(), findTools(world)]);
  const { active, problem } = await startAutomatic(world);
  return {
    nextx: await ownVersion(),
    node: process.versions.node,
    tfjs: tfjsVersion,
    system: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    nativeFolder: nativeRoot(),
    engines,
    executors: [cpuStatus(), ...webgpuStatus(engines)],
    ...(active === undefined ? {} : { active }),
    tools,
    advice: [...problem, ...adviseNode(process.versions.node), ...adviseNative(engines, tools)],
  };
}

/** The report for a person: one fact a line, plain text. */
export function renderDoctor(report: DoctorReport): string {
  const memory = (report.memoryBytes / 2 ** 30).toFixed(1);
  const { active } = report;
  const lines = [
    `nextx ${report.nextx}, tfjs ${report.tfjs}, Node ${report.node} on ${report.system}, ${report.cores} cores, ${memory} GiB`,
    '',
    active === undefined
      ? 'active engine: none'
      : `active engine: ${active.name} ${active.version} (${active.reason})`,
    ...report.engines.map(
      ({ name, available, reason, remedy }) =>
        `  ${available ? 'yes' : 'no '}  ${name.padEnd(7)} ${reason}${remedy === undefined ? '' : `; ${remedy}`}`,
    ),
    '',
    'executors of the decoding loop (generate and evaluate, --executor):',
    ...report.executors.map(
      ({ name, available, reason }) =>
        `  ${available ? 'yes' : 'no '}  ${name.padEnd(7)} ${reason}`,
    ),
    '',
    `for "nextx native install" (builds into ${report.nativeFolder}):`,
    ...report.tools.map(({ name, command, version, remedy }) =>
      command === undefined
        ? `  no   ${name}; ${remedy}`
        : `  yes  ${name}: ${command}${version === undefined ? '' : ` (${version})`}`,
    ),
    '',
    ...(report.advice.length === 0 ? ['nothing to do'] : ['what to do:']),
    ...report.advice.map((line) => `  - ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function cpuStatus(): ExecutorStatus {
  const simd = enableRelaxedSimd() ? 'relaxed SIMD' : 'plain SIMD';
  const threads = availableParallelism();
  return {
    name: 'cpu',
    available: true,
    reason: `part of this command (WebAssembly, ${simd}, ${threads} ${threads === 1 ? 'thread' : 'threads'}); taken for every model that it can run, unless a GPU is the engine, or the native engine is and a step has ${nativeRows} rows or more`,
  };
}

/** The webgpu executor needs what the engine of that name needs. */
function webgpuStatus(engines: readonly EngineStatus[]): ExecutorStatus[] {
  return engines
    .filter(({ name }) => name === 'webgpu')
    .map(({ available, reason, remedy }) => ({
      name: 'webgpu',
      available,
      reason: available
        ? `${reason}; taken with --engine webgpu for every model that it can run, or when named`
        : `${reason}${remedy === undefined ? '' : `; ${remedy}`}`,
    }));
}

async function startAutomatic({
  activate,
}: DoctorWorld): Promise<{ active?: ActiveEngine; problem: string[] }> {
  try {
    return { active: await activate(), problem: [] };
  } catch (error) {
    if (!(error instanceof NextxError)) throw error;
    return { problem: [`no engine starts: ${error.message}`] };
  }
}

function adviseNode(version: string): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  return old ? [`use Node ${oldestNode.join('.')} or later, this is ${version}`] : [];
}

function adviseNative(engines: readonly EngineStatus[], tools: readonly ToolStatus[]): string[] {
  const native = engines.find(({ name }) => name === 'native');
  if (native === undefined) return [];
  if (native.available) {
    return native.remedy === undefined
      ? []
      : [
          `run "${native.remedy}": the native engine was built by another release and is slower than it could be`,
        ];
  }
  const missing = tools.filter(({ command }) => command === undefined);
  return [
    ...missing.map(({ name, remedy }) => `to build the native engine, get ${name}: ${remedy}`),
    `run "${native.remedy ?? 'nextx native install'}": training is several times faster with it`,
  ];
}

async function ownVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const { version } = manifest as { version: string }; // this package's own file
  return version;
}
