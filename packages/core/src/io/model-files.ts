import { CheckpointError, ResourceError } from '../errors.ts';
import { type ByteSource, blobSource } from './byte-source.ts';
import { type UrlSourceOptions, urlSource } from './url-source.ts';

/** The files of a model folder, wherever it is. */
export interface ModelFiles {
  /** Of the folder, for messages. */
  readonly name: string;
  /**
   * Opens a file of the folder.
   *
   * @throws {ResourceError} NOT_FOUND if the folder has no such file.
   * @throws {CheckpointError} UNSAFE for a name that leads out of the folder.
   */
  get(name: string): Promise<ByteSource>;
  /** SHA-256 of a file in hex, where the platform has a faster way than reading it through `get`. */
  sha256?(name: string): Promise<string>;
}

/** A model folder behind an HTTP(S) address, read by range requests. */
export function folderUrl(url: string | URL, options: UrlSourceOptions = {}): ModelFiles {
  const [, base, rest] = /^([^?#]*?)\/*([?#].*)?$/.exec(String(url)) ?? ['', String(url), ''];
  return {
    name: String(url),
    get: async (name) => {
      assertPlainName(String(url), name);
      return urlSource(`${base}/${encodeURIComponent(name)}${rest ?? ''}`, options);
    },
  };
}

/** A model folder of files that a page was given, by their names. */
export function fileList(files: Iterable<Blob & { readonly name: string }>): ModelFiles {
  const byName = new Map([...files].map((file) => [file.name, file]));
  return {
    name: 'the chosen files',
    get: async (name) => {
      const file = byName.get(name);
      if (file === undefined) {
        throw new ResourceError(
          `model: the chosen files must include ${name}, got ${[...byName.keys()].slice(0, 10).join(', ')}. ` +
            `Choose all files of the model's folder.`,
          'NOT_FOUND',
        );
      }
      return blobSource(file);
    },
  };
}

/**
 * Refuses a file name that is a path: a model folder has no folders in it, and nothing in it may lead out of it.
 *
 * @throws {CheckpointError} UNSAFE
 */
export function assertPlainName(where: string, name: string): void {
  if (!/^[^/\\:\0]+$/.test(name) || name === '.' || name === '..') {
    throw new CheckpointError(
      `${where}: files of a model must be plain names in its folder, got ${JSON.stringify(name)}. Do not use this model.`,
      'UNSAFE',
    );
  }
}
