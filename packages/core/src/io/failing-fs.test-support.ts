import { type WriterFs, type WriterHandle, nodeFs } from './writer-fs.ts';

/** A file system for tests of faults. */
export interface FailingFs {
  readonly fs: WriterFs;
  /** Calls so far, those of handles included. */
  readonly calls: () => number;
}

/**
 * The machine's file system, whose calls number `first` to `last` (counted from 1) fail with ENOSPC; a failing write first
 * writes half. Removing never fails, so that a test can see that leftovers are removed.
 */
export function failingFs(first: number, last: number): FailingFs {
  let calls = 0;
  const isDue = (): boolean => {
    calls += 1;
    return calls >= first && calls <= last;
  };
  const attempt = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDue()) {
      throw diskFull();
    }
    return call();
  };
  const fs: WriterFs = {
    open: (path, flags, mode) =>
      attempt(async () => failingHandle(await nodeFs.open(path, flags, mode), isDue)),
    rename: (from, to) => attempt(() => nodeFs.rename(from, to)),
    remove: (path) => nodeFs.remove(path),
    makeFolder: (path) => attempt(() => nodeFs.makeFolder(path)),
    list: (path) => attempt(() => nodeFs.list(path)),
    realpath: (path) => attempt(() => nodeFs.realpath(path)),
    stat: (path) => attempt(() => nodeFs.stat(path)),
  };
  return { fs, calls: () => calls };
}

function failingHandle(handle: WriterHandle, isDue: () => boolean): WriterHandle {
  return new Proxy(handle, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') {
        return member;
      }
      return async (...parameters: unknown[]): Promise<unknown> => {
        const isFailing = isDue();
        if (isFailing && name === 'write') {
          const [bytes, begin, length] = parameters;
          await Reflect.apply(member, target, [bytes, begin, Math.floor(Number(length) / 2)]);
        }
        if (isFailing && name !== 'close') {
          throw diskFull();
        }
        const result: unknown = await Reflect.apply(member, target, parameters);
        if (isFailing) {
          throw diskFull();
        }
        return result;
      };
    },
  });
}

function diskFull(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}
