import type { ArgsDef } from 'citty';
import type { Command } from './command.ts';

/** Help of one command: what it does, its options, examples. */
export function renderHelp(name: string, command: Command): string {
  const { description, details, args, examples } = command;
  const words = Object.entries(args).filter(([, { type }]) => type === 'positional');
  const options = Object.entries(args).filter(([, { type }]) => type !== 'positional');
  const usage = words.map(([word, { required, valueHint }]) => {
    const shown = (valueHint ?? word).toUpperCase();
    return required === false ? `[${shown}]` : shown;
  });
  const lines = [
    description,
    '',
    `usage: ${[name, ...usage, '[options]'].join(' ')}`,
    ...(details === undefined ? [] : ['', details]),
    ...section(
      'arguments',
      words.map(([word, { description: text, valueHint }]) => [
        (valueHint ?? word).toUpperCase(),
        text ?? '',
      ]),
    ),
    ...section(
      'options',
      options.map(([option, definition]) => [
        optionText(option, definition),
        meaningOf(definition),
      ]),
    ),
    '',
    'examples:',
    ...examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The list of commands. */
export function renderCommandList(
  title: string,
  prefix: string,
  commands: readonly (readonly [name: string, description: string])[],
): string {
  const rows = commands.map(([name, description]) => [name, description] as const);
  const lines = [
    title,
    '',
    `usage: ${prefix} COMMAND [options]`,
    ...section('commands', rows),
    '',
    `"${prefix} COMMAND --help" says more about each.`,
  ];
  return `${lines.join('\n')}\n`;
}

type Definition = ArgsDef[string];

function optionText(name: string, definition: Definition): string {
  if (definition.type === 'boolean') {
    if (definition.default === true) return `--no-${name}`;
    const alias = 'alias' in definition ? `-${String(definition.alias)}, ` : '';
    return `${alias}--${name}`;
  }
  return `--${name} ${definition.valueHint ?? 'VALUE'}`;
}

function meaningOf({ type, description = '', default: preset }: Definition): string {
  if (type === 'boolean' || preset === undefined) return description;
  return `${description} [${String(preset)}]`;
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const widest = Math.max(...rows.map(([left]) => left.length));
  return ['', `${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(widest)}  ${right}`)];
}
