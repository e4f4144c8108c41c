import { CheckpointError } from '../errors.ts';
import type { PickleMachine } from './pickle-machine.ts';

/** What one opcode does. */
export type PickleOpcode = (machine: PickleMachine) => void;

/** Opcodes of protocols 2 to 5 that checkpoints use, without STOP, which the reader's loop knows. */
export const pickleOpcodes: ReadonlyMap<number, PickleOpcode> = new Map<number, PickleOpcode>([
  // PROTO, FRAME
  [0x80, checkProtocol],
  [0x95, (machine) => machine.assertLeft(machine.readUint64())],
  // MARK, POP, POP_MARK, DUP
  [0x28, (machine) => machine.mark()],
  [0x30, (machine) => void machine.pop()],
  [0x31, (machine) => void machine.popToMark()],
  [0x32, (machine) => machine.push(machine.top())],
  // NONE, NEWTRUE, NEWFALSE
  [0x4e, (machine) => machine.push(null)],
  [0x88, (machine) => machine.push(true)],
  [0x89, (machine) => machine.push(false)],
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  [0x4a, (machine) => machine.push(machine.readInt32())],
  [0x4b, (machine) => machine.push(machine.readByte())],
  [0x4d, (machine) => machine.push(machine.readUint16())],
  [0x8a, (machine) => pushLong(machine, machine.readByte())],
  [0x8b, (machine) => pushLong(machine, machine.readUint32())],
  [0x47, (machine) => machine.push(machine.readFloat64())],
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, BINSTRING, SHORT_BINSTRING
  [0x58, (machine) => machine.push(machine.readText(machine.readUint32()))],
  [0x8c, (machine) => machine.push(machine.readText(machine.readByte()))],
  [0x8d, (machine) => machine.push(machine.readText(machine.readUint64()))],
  [0x54, (machine) => machine.push(machine.readText(machine.readUint32()))],
  [0x55, (machine) => machine.push(machine.readText(machine.readByte()))],
  // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
  [0x42, (machine) => machine.push(machine.readBytes(machine.readUint32()))],
  [0x43, (machine) => machine.push(machine.readBytes(machine.readByte()))],
  [0x8e, (machine) => machine.push(machine.readBytes(machine.readUint64()))],
  [0x96, (machine) => machine.push(machine.readBytes(machine.readUint64()))],
  // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
  [0x29, (machine) => machine.push(Object.freeze([]))],
  [0x85, (machine) => pushTuple(machine, 1)],
  [0x86, (machine) => pushTuple(machine, 2)],
  [0x87, (machine) => pushTuple(machine, 3)],
  [0x74, (machine) => machine.push(Object.freeze(machine.popToMark()))],
  // EMPTY_LIST, APPEND, APPENDS
  [0x5d, (machine) => machine.push([])],
  [0x61, (machine) => append(machine, [machine.pop()])],
  [0x65, (machine) => append(machine, machine.popToMark())],
  // EMPTY_DICT, SETITEM, SETITEMS
  [0x7d, (machine) => machine.push(new Map())],
  [0x73, setItem],
  [0x75, (machine) => setItems(machine, machine.popToMark())],
  // EMPTY_SET, ADDITEMS, FROZENSET
  [0x8f, (machine) => machine.push(new Set())],
  [0x90, addItems],
  [0x91, (machine) => machine.push(new Set(machine.popToMark()))],
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  [0x71, (machine) => machine.memoize(machine.readByte())],
  [0x72, (machine) => machine.memoize(machine.readUint32())],
  [0x94, (machine) => machine.memoize(undefined)],
  [0x68, (machine) => machine.recall(machine.readByte())],
  [0x6a, (machine) => machine.recall(machine.readUint32())],
  // GLOBAL, STACK_GLOBAL, BINPERSID
  [0x63, (machine) => machine.pushGlobal(machine.readLine(), machine.readLine())],
  [0x93, stackGlobal],
  [0x51, (machine) => machine.pushPersistent(machine.pop())],
  // REDUCE, NEWOBJ, BUILD
  [0x52, call],
  [0x81, call],
  [0x62, build],
]);

/** Opcodes that exist and are not read: the text forms of protocol 0, classes, extensions, and out-of-band buffers. */
export const unreadOpcodes: ReadonlySet<number> = new Set(
  Array.from('ILFSVgpldPio\x82\x83\x84\x92\x97\x98', (character) => character.charCodeAt(0)),
);

/** Integers of checkpoints are sizes and seeds; longer ones only cost time. */
const maxLongBytes = 1024;

function checkProtocol(machine: PickleMachine): void {
  const protocol = machine.readByte();
  if (protocol < 2 || protocol > 5) {
    throw machine.broken(`the protocol must be 2 to 5, got ${protocol}`);
  }
}

function pushLong(machine: PickleMachine, length: number): void {
  if (length > maxLongBytes) {
    throw new CheckpointError(machine.broken(`an integer of ${length} bytes`).message, 'LIMIT');
  }
  let value = 0n;
  const bytes = machine.readBytes(length);
  for (let i = length - 1; i >= 0; i -= 1) {
    value = (value << 8n) | BigInt(bytes[i]);
  }
  value = BigInt.asIntN(Math.max(1, length * 8), value);
  const isSafe = Number.isSafeInteger(Number(value));
  machine.push(isSafe ? Number(value) : value);
}

function pushTuple(machine: PickleMachine, length: number): void {
  const items = Array.from({ length }, () => machine.pop());
  machine.push(Object.freeze(items.reverse()));
}

function append(machine: PickleMachine, items: readonly unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list) || Object.isFrozen(list)) {
    throw machine.broken('items must be appended to a list');
  }
  for (const item of items) {
    list.push(item);
  }
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  setItems(machine, [machine.pop(), value]);
}

function setItems(machine: PickleMachine, items: readonly unknown[]): void {
  const map = machine.top();
  if (!(map instanceof Map) || items.length % 2 !== 0) {
    throw machine.broken('pairs of key and value must be set in a dictionary');
  }
  for (let i = 0; i < items.length; i += 2) {
    map.set(items[i], items[i + 1]);
  }
}

function addItems(machine: PickleMachine): void {
  const items = machine.popToMark();
  const set = machine.top();
  if (!(set instanceof Set)) {
    throw machine.broken('items must be added to a set');
  }
  for (const item of items) {
    set.add(item);
  }
}

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  machine.pushGlobal(machine.pop(), name);
}

function call(machine: PickleMachine): void {
  const parameters = machine.pop();
  machine.call(machine.pop(), parameters);
}

/** Attributes of a dictionary (the `_metadata` of a state dict) are dropped; nothing else may be given attributes. */
function build(machine: PickleMachine): void {
  machine.pop();
  if (!(machine.top() instanceof Map)) {
    throw machine.unsafe('an object with attributes');
  }
}
