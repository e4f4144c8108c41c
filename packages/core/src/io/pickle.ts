import { CheckpointError, UnsupportedError } from '../errors.ts';
import { PickleMachine, type PickleWorld } from './pickle-machine.ts';
import { type PickleOpcode, pickleOpcodes, unreadOpcodes } from './pickle-opcodes.ts';

/**
 * Reads a pickle (protocols 2 to 5) without running anything: names are looked up in `world` only.
 *
 * Dictionaries become `Map`s, lists arrays, tuples frozen arrays, sets `Set`s, bytes `Uint8Array`s, integers beyond 2^53 big
 * integers, `None` null.
 *
 * @param where  What is read, as a message should begin.
 * @throws {CheckpointError} UNSAFE for a name outside of the world, FORMAT for broken bytes, LIMIT for a stack above a million.
 * @throws {UnsupportedError} for protocol 0 and 1 and for opcodes that checkpoints do not use.
 */
export function parsePickle(where: string, bytes: Uint8Array, world: PickleWorld): unknown {
  const machine = new PickleMachine(where, bytes, world);
  for (;;) {
    const code = machine.readByte();
    if (code === stop) {
      return machine.pop();
    }
    operation(where, code)(machine);
  }
}

const stop = 0x2e;

function operation(where: string, code: number): PickleOpcode {
  const opcode = pickleOpcodes.get(code);
  if (opcode !== undefined) {
    return opcode;
  }
  const label = `opcode 0x${code.toString(16)}`;
  if (unreadOpcodes.has(code)) {
    throw new UnsupportedError(
      `${where}: pickle ${label} is not read. Load the file in PyTorch and save it again with torch.save.`,
    );
  }
  throw new CheckpointError(
    `${where}: must be a pickle, ${label} is none of its opcodes. The file is damaged: download it again.`,
  );
}
