#!/usr/bin/env node
import { runCli } from './run-cli.ts';
import { Interrupted } from './terminal/interrupted.ts';
import { processWorld } from './terminal/world.ts';

const controller = new AbortController();

/** The first signal asks to stop, the second stops. */
function onSignal(): void {
  if (controller.signal.aborted) process.exit(130);
  process.stderr.write('\nstopping; press Ctrl-C again to stop at once\n');
  controller.abort(new Interrupted());
}

process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
// A reader that goes away (`nextx models | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processWorld(controller.signal));
