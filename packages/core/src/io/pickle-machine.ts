import { CheckpointError } from '../errors.ts';
import { decodeUtf8 } from './decode-utf8.ts';

/**
 * A name that a pickle may refer to. `call` makes a plain value from plain values; a name without it is only passed on.
 */
export interface PickleGlobal {
  readonly kind: 'global';
  /** Module and name, joined by a dot. */
  readonly name: string;
  readonly call?: (parameters: readonly unknown[]) => unknown;
}

/** The closed world a pickle lives in. */
export interface PickleWorld {
  /** The global of that name, or `undefined` to refuse the pickle. */
  global(name: string): PickleGlobal | undefined;
  /** The value of a persistent id. */
  persistent(id: unknown): unknown;
}

const maxStack = 1_000_000;

/** Bytes, stack, marks and memo of a pickle that is being read; every access is checked. */
export class PickleMachine {
  readonly #where: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #world: PickleWorld;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(where: string, bytes: Uint8Array, world: PickleWorld) {
    this.#where = where;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#world = world;
  }

  /** An error of form FORMAT at the place that has been reached. */
  broken(what: string): CheckpointError {
    return new CheckpointError(
      `${this.#where}: broken pickle at byte ${this.#at}: ${what}. The file is damaged: download it again.`,
    );
  }

  /** The next `length` bytes, a view. */
  readBytes(length: number): Uint8Array {
    this.assertLeft(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Refuses a length that is more than what is left. */
  assertLeft(length: number): void {
    const left = this.#bytes.byteLength - this.#at;
    if (length > left) {
      throw this.broken(`${length} bytes must follow, ${left} are left`);
    }
  }

  readByte(): number {
    return this.readBytes(1)[0];
  }

  readUint16(): number {
    this.readBytes(2);
    return this.#view.getUint16(this.#at - 2, true);
  }

  readUint32(): number {
    this.readBytes(4);
    return this.#view.getUint32(this.#at - 4, true);
  }

  readInt32(): number {
    this.readBytes(4);
    return this.#view.getInt32(this.#at - 4, true);
  }

  /** A length of 8 bytes; one beyond 2^53 is refused by the next `readBytes` like any that is too long. */
  readUint64(): number {
    this.readBytes(8);
    return Number(this.#view.getBigUint64(this.#at - 8, true));
  }

  /** Big-endian, as pickles have it. */
  readFloat64(): number {
    this.readBytes(8);
    return this.#view.getFloat64(this.#at - 8);
  }

  readText(length: number): string {
    const bytes = this.readBytes(length);
    return decodeUtf8(this.#where, bytes, (message) => new CheckpointError(message));
  }

  /** Text up to the end of the line. */
  readLine(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) {
      throw this.broken('a line must end');
    }
    const text = this.readText(end - this.#at);
    this.#at += 1;
    return text;
  }

  push(value: unknown): void {
    if (this.#stack.length >= maxStack) {
      throw new CheckpointError(
        `${this.#where}: a pickle may stack ${maxStack} values, this one stacks more. Save a plain state dict.`,
        'LIMIT',
      );
    }
    this.#stack.push(value);
  }

  pop(): unknown {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= floor) {
      throw this.broken('a value must be on the stack, it is empty');
    }
    return this.#stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    if (this.#marks.length >= maxStack) {
      throw this.broken('too many marks');
    }
    this.#marks.push(this.#stack.length);
  }

  /** Takes the values above the last mark, and the mark. */
  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) {
      throw this.broken('a mark must be on the stack, there is none');
    }
    return this.#stack.splice(mark);
  }

  memoize(index: number | undefined): void {
    if (this.#memo.size >= maxStack) {
      throw this.broken('too many memo entries');
    }
    this.#memo.set(index ?? this.#memo.size, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) {
      throw this.broken(`memo entry ${index} must have been stored, it was not`);
    }
    this.push(this.#memo.get(index));
  }

  pushGlobal(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.broken('module and name of a global must be text');
    }
    const full = `${module}.${name}`;
    const global = this.#world.global(full);
    if (global === undefined) {
      throw this.unsafe(full.slice(0, 200));
    }
    this.push(global);
  }

  pushPersistent(id: unknown): void {
    this.push(this.#world.persistent(id));
  }

  call(target: unknown, parameters: unknown): void {
    if (!isGlobal(target) || target.call === undefined) {
      throw this.unsafe(isGlobal(target) ? target.name : 'a value that is no function');
    }
    if (!Array.isArray(parameters)) {
      throw this.broken(`${target.name} must be given a tuple`);
    }
    this.push(target.call(parameters));
  }

  unsafe(name: string): CheckpointError {
    return new CheckpointError(
      `${this.#where}: must hold plain data, but it asks to run or build ${name}, which nextx never does. ` +
        `If you trust the file, load it in Python and save only its weights: ` +
        `torch.save(model.state_dict(), 'weights.pth').`,
      'UNSAFE',
    );
  }
}

function isGlobal(value: unknown): value is PickleGlobal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global';
}
