import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';
import { findForecastModel } from '../forecasting/open-forecast-model.ts';
import { startEngine } from '../start-engine.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText, textOption } from '../terminal/option-values.ts';
import { formatSeconds, progressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { measureModelFolders, perSetFolders } from './measure-model-folders.ts';
import { renderForecasterEvaluation } from './render-forecaster-evaluation.ts';
import { writeIntoCard } from './write-card.ts';

/** `nextx evaluate-forecaster`, after its words are checked. */
export async function evaluateForecasterFromArguments(
  args: Arguments,
  world: World,
): Promise<void> {
  const started = performance.now();
  const folder = await findForecastModel(requiredText(args, 'model'));
  const data = requiredText(args, 'data');
  const out = textOption(args, 'out');
  const perSet = perSetFolders({
    hourly: textOption(args, 'hourly'),
    weekly: textOption(args, 'weekly'),
  });
  const engine = await startEngine(args, world);
  const progress = progressLine(world);
  try {
    const evaluation = await measureModelFolders(data, {
      folder,
      perSet,
      signal: world.signal,
      onPart: (part) => progress.print(`measuring ${part}`),
    });
    progress.end();
    const date = new Date().toISOString().slice(0, 10);
    const tables = renderForecasterEvaluation(evaluation);
    if (isOn(args, 'write-card')) {
      await writeIntoCard(folder, `## Measured\n\n${date}, ${engine.name} engine.\n\n${tables}`);
    }
    const whole = { date, engine: `${engine.name} ${engine.version}`, ...evaluation };
    if (out !== undefined) {
      await mkdir(dirname(resolve(out)), { recursive: true });
      const text = `${JSON.stringify(whole, undefined, 2)}\n`;
      await writeFileAtomic(out, new TextEncoder().encode(text));
    }
    world.err(`measured in ${formatSeconds((performance.now() - started) / 1000)}\n`);
    if (isOn(args, 'json')) world.out(`${JSON.stringify({ event: 'done', ...whole })}\n`);
    else world.out(`${tables}\n`);
  } finally {
    progress.end();
  }
}
