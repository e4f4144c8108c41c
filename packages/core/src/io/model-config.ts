import * as z from 'zod/mini';
import { CheckpointError } from '../errors.ts';
import { parseOptions } from '../parse-options.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { parseStrictJson } from './strict-json.ts';

/** `config.json` of a model folder. */
export interface ModelConfig {
  /** Name of the recipe that made the model. */
  readonly recipe: string;
  /** Of this format. */
  readonly version: 1;
  /** The recipe's options; the recipe checks them. */
  readonly options: unknown;
  /** The tokenizer whose weights are in the same file, if the recipe has one. */
  readonly tokenizer?: { readonly recipe: string; readonly options: unknown };
  /** Names of the classes, by class index. */
  readonly labels?: readonly string[];
  /** How the model was trained, for its readers. */
  readonly training?: unknown;
  /** SHA-256 of the weights in hex; checked on loading. */
  readonly checksum?: string;
}

const options = z.looseObject({});
const schema = z.strictObject({
  recipe: z.string().check(z.minLength(1)),
  version: z.literal(1),
  options,
  tokenizer: z.exactOptional(z.strictObject({ recipe: z.string().check(z.minLength(1)), options })),
  labels: z.exactOptional(z.array(z.string())),
  training: z.exactOptional(z.unknown()),
  checksum: z.exactOptional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
});

const maxConfigBytes = 16 * 2 ** 20;

/**
 * Reads and checks a `config.json`. It is data: no key of it can name code, and unknown keys are errors.
 *
 * @throws {CheckpointError} FORMAT if it is not JSON, LIMIT above 16 MiB.
 * @throws {OptionError} CONFIG naming each wrong or unknown key.
 */
export async function readModelConfig(source: ByteSource): Promise<ModelConfig> {
  const error = (message: string) => new CheckpointError(message);
  if (source.size > maxConfigBytes) {
    throw new CheckpointError(
      `${source.name}: a config may have ${maxConfigBytes} bytes, it has ${source.size}. Is it the right file?`,
      'LIMIT',
    );
  }
  const text = decodeUtf8(source.name, await source.read(0, source.size), error);
  const json = parseStrictJson(source.name, text, { error });
  return parseOptions(source.name, schema, json, 'CONFIG');
}

/** The text of a `config.json`, after the checks of `readModelConfig`. */
export function writeModelConfig(where: string, config: ModelConfig): string {
  return `${JSON.stringify(parseOptions(where, schema, config, 'CONFIG'), null, 2)}\n`;
}
