import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import { loadForecastModel } from '@nextx/timeseries';
import type { ForecastModel } from '@nextx/timeseries';
import { findForecastModel } from '../forecasting/open-forecast-model.ts';
import { startEngine } from '../start-engine.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText, textOption } from '../terminal/option-values.ts';
import { formatSeconds, progressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { measureForecaster } from './measure-forecaster.ts';
import type { M4Name } from './measure-forecaster.ts';
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
  const folders: Readonly<Record<M4Name, string | undefined>> = {
    Hourly: textOption(args, 'hourly'),
    Weekly: textOption(args, 'weekly'),
  };
  const engine = await startEngine(args, world);
  const progress = progressLine(world);
  const models: ForecastModel[] = [];
  const open = async (path: string) => {
    const model = await loadForecastModel(folderFiles(path));
    models.push(model);
    return model;
  };
  try {
    const perSet: Partial<Record<M4Name, ForecastModel>> = {};
    for (const [set, path] of Object.entries(folders)) {
      if (path !== undefined) perSet[set as M4Name] = await open(path);
    }
    const name = basename(resolve(folder));
    const evaluation = await measureForecaster(data, {
      name,
      model: await open(folder),
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
    for (const model of models) model.dispose();
  }
}
