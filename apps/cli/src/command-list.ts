import type { Command } from './terminal/command.ts';

/** A command that is imported when it is called, or a group of them. */
export type CommandEntry =
  | { readonly description: string; readonly load: () => Promise<Command> }
  | { readonly description: string; readonly commands: Readonly<Record<string, CommandEntry>> };

/** Every command of nextx, by its name. Descriptions stand here, so that the list loads none of them. */
export const commandList: Readonly<Record<string, CommandEntry>> = {
  start: {
    description: 'Make a gallery: pictures by every shipped model, and a forecast.',
    load: async () => (await import('./commands/start.ts')).startCommand,
  },
  generate: {
    description: 'Generate with a model.',
    commands: {
      image: {
        description: 'Pictures: of classes, or parts of a picture made anew.',
        load: async () => (await import('./commands/generate-image.ts')).generateImageCommand,
      },
    },
  },
  replay: {
    description: 'Make the pictures of a file again from what it says of itself.',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  train: {
    description: 'Train a model on a folder of pictures or of series.',
    load: async () => (await import('./commands/train.ts')).trainCommand,
  },
  evaluate: {
    description: 'Measure a model against its data set.',
    load: async () => (await import('./commands/evaluate.ts')).evaluateCommand,
  },
  'evaluate-forecaster': {
    description: 'Measure a forecaster on series that it never saw, and on M4.',
    load: async () => (await import('./commands/evaluate-forecaster.ts')).evaluateForecasterCommand,
  },
  forecast: {
    description: 'Forecast the columns of a table.',
    load: async () => (await import('./commands/forecast.ts')).forecastCommand,
  },
  backtest: {
    description: 'Measure how well the columns of a table could have been forecast.',
    load: async () => (await import('./commands/backtest.ts')).backtestCommand,
  },
  reproduce: {
    description: 'Make published tables again.',
    commands: {
      timeseries: {
        description: 'Forecasters on the long-horizon benchmark, beside the published errors.',
        load: async () =>
          (await import('./commands/reproduce-timeseries.ts')).reproduceTimeseriesCommand,
      },
    },
  },
  import: {
    description: 'Make a model folder of an official checkpoint.',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  models: {
    description: 'List shipped models and model folders.',
    load: async () => (await import('./commands/models.ts')).modelsCommand,
  },
  plan: {
    description: 'Print the order in which a model generates.',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  inspect: {
    description: 'List the tensors of a file without loading it.',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  doctor: {
    description: 'Say what this machine offers and what to do next.',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  native: {
    description: 'Install or remove the native engine, which trains many times faster.',
    commands: {
      install: {
        description: 'Build the native engine into a folder of its own.',
        load: async () => (await import('./commands/native-install.ts')).nativeInstallCommand,
      },
      remove: {
        description: 'Remove every native build.',
        load: async () => (await import('./commands/native-remove.ts')).nativeRemoveCommand,
      },
    },
  },
};
