import { planar } from './receive.wgsl.ts';
import type { ExchangePlaces } from './exchange-places.ts';
import { paddedOutputs } from './pack-matrix.ts';
import { persistentLanes as lanes } from './persistent-shape.ts';
import type { PersistentShape } from './persistent-shape.ts';
import type { SharedProduct } from './share-product.ts';

/** What finishes the outputs of a workgroup, and what of it is on its way before their rows are there. */
export interface Ending {
  readonly before: string;
  readonly after: string;
}

/** Outputs of a workgroup on their way to who reads them; `task` counts them row by row. */
interface Tasks {
  /** Of each row, and of all workgroups together. */
  readonly per: number;
  readonly outputs: number;
  /** Statements that load what stands beside an output, and that finish it. */
  readonly load: string;
  readonly body: string;
}

/** Statements that finish the products of the persistent kernel. Their variables begin with the product's name. */
export class PersistentEndings {
  readonly #shape: PersistentShape;
  readonly #places: ExchangePlaces;

  constructor(shape: PersistentShape, places: ExchangePlaces) {
    this.#shape = shape;
    this.#places = places;
  }

  /** Rotates queries and keys, and sends everything. */
  heads({ name, matrix, share }: SharedProduct): Ending {
    const { heads, groups, headSize, hasAngles } = this.#shape;
    const { outputs } = matrix;
    const isTurned = `qkvPlace < ${(heads + groups) * headSize}u`;
    // Cosine and sine of each pair lie side by side.
    const loadAngles = `
    let qkvOtherSide = qkvSide(group, layer, qkvOwn ^ 1u);
    let qkvAngleAt = 4u * kernel.angles + (turn.start + qkvTaskRow % turn.positions) * ${headSize}u + (qkvPlace % ${headSize}u) / 2u * 2u;
    let qkvAngle = select(vec2(1.0, 0.0), vec2(arena[qkvAngleAt], arena[qkvAngleAt + 1u]), ${isTurned});`;
    const turned = `
        let other = qkvOutput(qkvTaskRow, qkvOwn ^ 1u, qkvOtherSide, spread);
        value = value * qkvAngle.x + select(other, -other, qkvOwn % 2u == 0u) * qkvAngle.y;`;
    return this.#ending(name, {
      per: share,
      outputs,
      load: `    let qkvOwnSide = qkvSide(group, layer, qkvOwn);${hasAngles ? loadAngles : ''}`,
      body: `        let spread = spreadOf(0u, qkvTaskRow);
        var value = qkvOutput(qkvTaskRow, qkvOwn, qkvOwnSide, spread);${hasAngles ? turned : ''}
        send(${this.#places.heads}u + qkvTaskRow * ${outputs}u + ${planar('qkvPlace', outputs)}, value);`,
    });
  }

  /** Adds the outputs to the residual stream, and sends it. */
  residual({ name, share }: SharedProduct, to: 'streamIn' | 'streamOut'): Ending {
    const { width } = this.#shape;
    return this.#ending(name, {
      per: share,
      outputs: width,
      load: `    let ${name}OwnSide = ${name}Side(group, layer, ${name}Own);`,
      body: `        let value = stream[${name}Task] + ${name}Output(${name}TaskRow, ${name}Own, ${name}OwnSide, vec2(0.0, 1.0));
        stream[${name}Task] = value;
        send(${this.#places[to]}u + ${name}TaskRow * ${width}u + ${planar(`${name}Place`, width)}, value);`,
    });
  }

  activated({ name, share }: SharedProduct): Ending {
    const { hidden, isGated } = this.#shape;
    // Gates lie in fours in front of what they open.
    const at = isGated ? '(upOwn / 4u * 8u + upOwn % 4u)' : 'upOwn';
    const opened = isGated ? ` * upOutput(upTaskRow, ${at} + 4u, upOpenedSide, spread)` : '';
    return this.#ending(name, {
      per: isGated ? share / 2 : share,
      outputs: hidden,
      load: `    let upOwnSide = upSide(group, layer, ${at});${
        isGated ? `\n    let upOpenedSide = upSide(group, layer, ${at} + 4u);` : ''
      }`,
      body: `        let spread = spreadOf(1u, upTaskRow);
        let value = activate(vec4(upOutput(upTaskRow, ${at}, upOwnSide, spread))).x${opened};
        send(${this.#places.hidden}u + upTaskRow * ${hidden}u + ${planar('upPlace', hidden)}, value);`,
    });
  }

  logits({ name, matrix, share }: SharedProduct): Ending {
    const { outputs } = matrix;
    return this.#ending(name, {
      per: share,
      outputs,
      load: `    let headOwnSide = headSide(group, layer, headOwn);`,
      body: `        let value = headOutput(headTaskRow, headOwn, headOwnSide, spreadOf(0u, headTaskRow));
        arena[4u * kernel.out + headTaskRow * ${paddedOutputs(outputs)}u + headPlace] = value;`,
    });
  }

  /** A lane has one output where there are lanes enough, and loads what stands beside it early. */
  #ending(name: SharedProduct['name'], { per, outputs, load, body }: Tasks): Ending {
    const count = this.#shape.rows * per;
    const names = `    let ${name}TaskRow = min(${name}Task / ${per}u, ${this.#shape.rows - 1}u);
    let ${name}Own = ${name}Task % ${per}u;
    let ${name}Place = group * ${per}u + ${name}Own;`;
    if (count <= lanes) {
      return {
        before: `    let ${name}Task = lane;
${names}
${load}`,
        after: `      if (${name}Task < ${count}u && ${name}Place < ${outputs}u) {
${body}
      }`,
      };
    }
    return {
      before: '',
      after: `      for (var ${name}Task = lane; ${name}Task < ${count}u; ${name}Task += ${lanes}u) {
${names}
${load}
        if (${name}Place < ${outputs}u) {
${body}
        }
      }`,
    };
  }
}
