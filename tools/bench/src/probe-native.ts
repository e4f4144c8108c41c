import { activateEngine } from '@nextx/cli/engines';

/** The process that says whether the native engine starts here: exit code 0, or its reason on standard error. */
try {
  const { version } = await activateEngine('native');
  process.stdout.write(`TensorFlow ${version}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
