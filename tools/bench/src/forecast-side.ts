import { activateEngine } from '@nextx/cli/engines';
import { slice } from '@tensorflow/tfjs-core';
import { forecastModel, forecastWindows } from './forecast-model.ts';
import { parseForecastJob } from './forecast-network.ts';
import { measureForecaster } from './measure-forecaster.ts';

/** The process that measures nextx on the native engine, and prints its answer as JSON. */
const job = parseForecastJob(process.argv[2]);
const { network, threads } = job;
const engine = await activateEngine('native', { threads });
const { params, bind } = await forecastModel(network);
const windows = forecastWindows(network);
// What is known before a forecast: marks reach to its end.
const past = { ...windows, values: slice(windows.values, [0, 0, 0], [-1, network.lookBack, -1]) };
const measured = await measureForecaster({ params, bind, windows, past }, job);
process.stdout.write(JSON.stringify({ version: engine.version, ...measured }));
