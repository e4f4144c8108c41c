import { DataError, type NextxError } from '../errors.ts';

/** What JSON text holds. Objects have no prototype, so that a key such as `__proto__` is a key like any other. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

/** Settings of `parseStrictJson`. */
export interface StrictJsonOptions {
  /** Arrays and objects inside each other. @defaultValue 64 */
  readonly maxDepth?: number;
  /** Refuse every number that is not written as a plain integer (no `2e0`, no `1.0`). @defaultValue false */
  readonly integersOnly?: boolean;
  /** Makes the error from its message. @defaultValue a `DataError` FORMAT */
  readonly error?: (message: string) => NextxError;
}

/**
 * Reads JSON text, and refuses what `JSON.parse` lets pass: duplicate keys, deep nesting, integers beyond 2^53, numbers that
 * overflow, lone surrogates.
 *
 * @param where  What is read, as the message should begin.
 * @throws {DataError} FORMAT (or what `options.error` makes) with the character position.
 */
export function parseStrictJson(
  where: string,
  text: string,
  options: StrictJsonOptions = {},
): JsonValue {
  const reader: Reader = {
    where,
    text,
    at: 0,
    maxDepth: options.maxDepth ?? 64,
    integersOnly: options.integersOnly ?? false,
    error: options.error ?? ((message) => new DataError(message)),
  };
  skipSpace(reader);
  const value = readValue(reader, 0);
  skipSpace(reader);
  if (reader.at < text.length) {
    throw failure(reader, 'nothing may follow the value');
  }
  return value;
}

interface Reader {
  readonly where: string;
  readonly text: string;
  at: number;
  readonly maxDepth: number;
  readonly integersOnly: boolean;
  readonly error: (message: string) => NextxError;
}

function readValue(reader: Reader, depth: number): JsonValue {
  switch (reader.text[reader.at]) {
    case '{':
      return readObject(reader, depth + 1);
    case '[':
      return readArray(reader, depth + 1);
    case '"':
      return readString(reader);
    case 't':
      return readWord(reader, 'true', true);
    case 'f':
      return readWord(reader, 'false', false);
    case 'n':
      return readWord(reader, 'null', null);
    default:
      return readNumber(reader);
  }
}

function readObject(reader: Reader, depth: number): JsonValue {
  assertDepth(reader, depth);
  const object: { [key: string]: JsonValue } = Object.create(null);
  readItems(reader, '}', () => {
    if (reader.text[reader.at] !== '"') {
      throw failure(reader, 'a key in double quotes must stand here');
    }
    const keyAt = reader.at;
    const key = readString(reader);
    if (key in object) {
      reader.at = keyAt;
      throw failure(reader, `key ${JSON.stringify(key)} must stand once, came twice (duplicate)`);
    }
    skipSpace(reader);
    expectCharacter(reader, ':');
    skipSpace(reader);
    object[key] = readValue(reader, depth);
  });
  return object;
}

function readArray(reader: Reader, depth: number): JsonValue {
  assertDepth(reader, depth);
  const items: JsonValue[] = [];
  readItems(reader, ']', () => {
    items.push(readValue(reader, depth));
  });
  return items;
}

function readItems(reader: Reader, close: string, readItem: () => void): void {
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] === close) {
    reader.at += 1;
    return;
  }
  for (;;) {
    readItem();
    skipSpace(reader);
    if (reader.text[reader.at] === close) {
      reader.at += 1;
      return;
    }
    expectCharacter(reader, ',');
    skipSpace(reader);
  }
}

function readString(reader: Reader): string {
  const { text } = reader;
  const begin = reader.at;
  let end = begin + 1;
  let isPlain = true;
  for (; end < text.length && text[end] !== '"'; end += 1) {
    if (text.charCodeAt(end) < 0x20) {
      reader.at = end;
      throw failure(reader, 'control characters must be escaped in a string');
    }
    if (text[end] === '\\') {
      isPlain = false;
      end += 1;
    }
  }
  if (end >= text.length) {
    throw failure(reader, 'this string must end with a double quote');
  }
  reader.at = end + 1;
  return isPlain ? text.slice(begin + 1, end) : unescape(reader, begin);
}

function unescape(reader: Reader, begin: number): string {
  const literal = reader.text.slice(begin, reader.at);
  let value: string;
  try {
    value = String(JSON.parse(literal));
  } catch {
    reader.at = begin;
    throw failure(reader, 'this string has an unknown escape');
  }
  if (/\p{Cs}/u.test(value)) {
    reader.at = begin;
    throw failure(reader, 'this string has half of a surrogate pair');
  }
  return value;
}

function readWord<T extends JsonValue>(reader: Reader, word: string, value: T): T {
  if (!reader.text.startsWith(word, reader.at)) {
    throw failure(reader, 'a JSON value must stand here');
  }
  reader.at += word.length;
  return value;
}

const numberPattern: RegExp = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

function readNumber(reader: Reader): number {
  numberPattern.lastIndex = reader.at;
  const match = numberPattern.exec(reader.text);
  if (match === null) {
    throw failure(reader, 'a JSON value must stand here');
  }
  const isInteger = match[1] === undefined && match[2] === undefined;
  const value = Number(match[0]);
  if (!isInteger && reader.integersOnly) {
    throw failure(reader, `numbers must be plain integers, got ${match[0].slice(0, 40)}`);
  }
  if (isInteger ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    throw failure(reader, `number ${match[0].slice(0, 40)} is too large to be exact`);
  }
  reader.at += match[0].length;
  return value;
}

function skipSpace(reader: Reader): void {
  const { text } = reader;
  for (;;) {
    const character = text.charCodeAt(reader.at);
    if (character !== 0x20 && character !== 0x0a && character !== 0x0d && character !== 0x09) {
      return;
    }
    reader.at += 1;
  }
}

function expectCharacter(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) {
    throw failure(reader, `"${character}" must stand here`);
  }
  reader.at += 1;
}

function assertDepth(reader: Reader, depth: number): void {
  if (depth > reader.maxDepth) {
    throw failure(reader, `nesting must be at most ${reader.maxDepth} deep`);
  }
}

function failure(reader: Reader, rule: string): NextxError {
  const { where, text, at } = reader;
  const found = at >= text.length ? 'the end of the text' : JSON.stringify(text.slice(at, at + 12));
  return reader.error(
    `${where}: not the JSON it must be: ${rule}, found ${found} at character ${at}. Write the file again.`,
  );
}
