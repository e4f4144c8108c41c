import { DataError, parseOptions } from '@nextx/core';
import { metadataText, readImageMetadata } from '@nextx/image';
import type { GeneratedImage } from '@nextx/image';
import * as z from 'zod/mini';
import { executorRecordSchema, type ExecutorRecord } from '../executor-record.ts';

/** How a file's pictures were made: enough to make the file again, byte for byte. */
export interface PictureRecord {
  readonly format: 1;
  readonly program: 'nextx';
  readonly version: string;
  /** What computed. */
  readonly engine: { readonly name: string; readonly version: string };
  /** What drew the tokens, where it was not operations of the engine. */
  readonly executor?: ExecutorRecord;
  readonly recipe: string;
  /** SHA-256 of the model's weights. */
  readonly model: string;
  readonly guidanceScale: number;
  readonly guidanceSchedule: 'constant' | 'linear' | 'masked' | { from: number; to: number };
  readonly sampling: Readonly<Record<string, number>>;
  /** Set where tokens were mixtures of codes. */
  readonly isSmooth?: true;
  /** Candidates of each picture, where there were several; the picture's seed is that of the one kept. */
  readonly bestOf?: number;
  /** Calls of the model: pictures that were computed together, which decides the last digits. */
  readonly calls: readonly PictureCall[];
  /** Pictures of the file, in its order; `call` and `item` say which of the computed ones. */
  readonly pictures: readonly {
    readonly label: string;
    readonly seed: string;
    readonly call: number;
    readonly item: number;
  }[];
  /** How they stand in the file; absent for a single picture as it is. */
  readonly grid?: { readonly columns: number; readonly gap: number; readonly scale: number };
  /** What was edited: PNG files in base64. */
  readonly edit?: { readonly image: string; readonly mask: string };
}

/** Pictures that are computed together. */
export interface PictureCall {
  /** Of the first; each has one more. Decimal. */
  readonly seed: string;
  /** One a picture. */
  readonly labels: readonly string[];
}

const digits = z.string().check(z.regex(/^\d{1,20}$/));
const count = z.int().check(z.minimum(0));

const schema = z.strictObject({
  format: z.literal(1),
  program: z.literal('nextx'),
  version: z.string(),
  engine: z.strictObject({ name: z.string(), version: z.string() }),
  executor: z.exactOptional(executorRecordSchema),
  recipe: z.string(),
  model: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  guidanceScale: z.number(),
  guidanceSchedule: z.union([
    z.enum(['constant', 'linear', 'masked']),
    z.strictObject({ from: count, to: count }),
  ]),
  sampling: z.record(z.string(), z.number()),
  isSmooth: z.exactOptional(z.literal(true)),
  bestOf: z.exactOptional(z.int().check(z.minimum(2), z.maximum(4096))),
  calls: z.array(
    z.strictObject({ seed: digits, labels: z.array(z.string()).check(z.minLength(1)) }),
  ),
  pictures: z
    .array(z.strictObject({ label: z.string(), seed: digits, call: count, item: count }))
    .check(z.minLength(1)),
  grid: z.exactOptional(z.strictObject({ columns: count, gap: count, scale: count })),
  edit: z.exactOptional(z.strictObject({ image: z.string(), mask: z.string() })),
}) satisfies z.ZodMiniType<PictureRecord>;

/** A generated picture and which of the computed ones it is. */
export interface PlacedPicture {
  readonly image: GeneratedImage;
  readonly call: number;
  readonly item: number;
}

/** The record of some pictures of one model and one setting. */
export function pictureRecord(
  pictures: readonly PlacedPicture[],
  shared: Pick<PictureRecord, 'engine' | 'executor' | 'calls' | 'grid' | 'edit' | 'bestOf'>,
): PictureRecord {
  const { version, recipe, model, guidanceScale, guidanceSchedule, sampling, isSmooth } =
    pictures[0].image.provenance;
  const used = [...new Set(pictures.map(({ call }) => call))];
  return {
    format: 1,
    program: 'nextx',
    version,
    engine: { name: shared.engine.name, version: shared.engine.version },
    ...(shared.executor && { executor: shared.executor }),
    recipe,
    model,
    guidanceScale,
    guidanceSchedule,
    sampling: { ...sampling },
    ...(isSmooth && { isSmooth }),
    ...(shared.bestOf !== undefined && shared.bestOf > 1 && { bestOf: shared.bestOf }),
    calls: used.map((call) => shared.calls[call]),
    pictures: pictures.map(({ image, call, item }) => ({
      label: image.provenance.label,
      seed: image.provenance.seed,
      call: used.indexOf(call),
      item,
    })),
    ...(shared.grid && { grid: shared.grid }),
    ...(shared.edit && { edit: shared.edit }),
  };
}

/** Texts for `encodePng`. */
export function recordText(record: PictureRecord): Record<string, string> {
  return metadataText({ ...record });
}

/**
 * Reads how a PNG file was made.
 *
 * @param file  Its name, for messages.
 * @throws {DataError} FORMAT if it is no PNG or carries no record; OptionError CONFIG if the record is not as it was written.
 */
export function readPictureRecord(file: string, bytes: Uint8Array): PictureRecord {
  const metadata = readImageMetadata(bytes);
  if (metadata === undefined) {
    throw new DataError(
      `${file}: must say how it was made, it says nothing. Only files that nextx wrote without --no-metadata can be made again.`,
    );
  }
  const record = parseOptions(`${file}: its record`, schema, metadata, 'CONFIG');
  const isKnown = record.pictures.every(
    ({ call, item }) => item < (record.calls[call]?.labels.length ?? 0),
  );
  if (!isKnown) {
    throw new DataError(
      `${file}: its record names pictures that it does not describe. Get the file again.`,
    );
  }
  return record;
}
