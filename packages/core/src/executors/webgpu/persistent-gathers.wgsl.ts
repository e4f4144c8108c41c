import { range } from './range.ts';
import { joinedFour, receivedFour, receiveWgsl } from './receive.wgsl.ts';
import type { ExchangePlaces } from './exchange-places.ts';
import type { PersistentProduct } from './persistent-product.wgsl.ts';
import { persistentLanes as lanes } from './persistent-shape.ts';
import type { PersistentShape } from './persistent-shape.ts';
import { tuning } from './tuning.ts';

/** A four of a row that a lane gathers. */
interface GatheredFour {
  readonly name: string;
  readonly row: number;
  /** Expression of its number, and of whether the row has it, which is left out where all lanes have one. */
  readonly four: string;
  readonly isInside?: string;
}

/** How fours are gathered. */
interface GatherOptions {
  /** Statements that declare some fours by their names. */
  readonly receive: (fours: readonly GatheredFour[]) => string;
  /** Statements behind each four. */
  readonly keep?: (four: GatheredFour) => string;
  /** Fours that a lane looks for at once. */
  readonly together?: number;
}

/** Statements that bring the rows of a product from the exchange to workgroup memory. */
export class PersistentGathers {
  readonly #shape: PersistentShape;
  readonly #places: ExchangePlaces;
  readonly #splits: number;

  constructor(shape: PersistentShape, places: ExchangePlaces, splits: number) {
    this.#shape = shape;
    this.#places = places;
    this.#splits = splits;
  }

  /** The residual stream, whose moments are summed up on the way. */
  stream(product: PersistentProduct, from: 'streamIn' | 'streamOut'): string {
    return this.#gather(product, {
      receive: (fours) => this.#receive(fours, this.#places[from], this.#shape.width),
      keep: momentOf,
    });
  }

  /** The stream in front of a block: of the dispatch before for the first, else what the block before has sent. */
  firstStream(product: PersistentProduct): string {
    const { width } = this.#shape;
    const read = this.#gather(product, {
      receive: (fours) =>
        fours
          .map(({ name, row, four }) => {
            const values = range(4).map(
              (value) => `arena[4u * (kernel.x + ${(row * width) / 4}u + ${four}) + ${value}u]`,
            );
            return `        let ${name} = vec4(${values.join(', ')});`;
          })
          .join('\n'),
      keep: momentOf,
    });
    return `      if (layer == 0u) {
${read}
      } else {
        tag = (tag - 1u) & 0xffffu;
${this.stream(product, 'streamOut')}
        tag = (tag + 1u) & 0xffffu;
      }`;
  }

  hidden(product: PersistentProduct): string {
    return this.#gather(product, {
      receive: (fours) => this.#receive(fours, this.#places.hidden, this.#shape.hidden),
    });
  }

  /** What attention gives, from its parts. */
  mixed(product: PersistentProduct): string {
    const parts = range(this.#splits);
    return `      let splits = min(turn.splits, ${this.#splits}u);
${this.#gather(product, {
  receive: (fours) => `${receiveWgsl(fours.flatMap((four) => this.#partsOf(four)))}
${fours.map(({ name }) => mixtureOf(name, parts)).join('\n')}`,
  together: Math.max(1, Math.floor(tuning.persistentFours / this.#splits)),
})}`;
  }

  /** What a four of a row of attention is made of. */
  #partsOf({ name, row, four }: GatheredFour) {
    const { heads, headSize } = this.#shape;
    const size = heads * headSize;
    return range(this.#splits).flatMap((split) => {
      // Parts that the step has not are read as the first, and count for nothing.
      const part = `(${row * this.#splits}u + select(0u, ${split}u, ${split}u < splits))`;
      const statistics = `${this.#places.statistics}u + 2u * (${part} * ${heads}u + 4u * (${four}) / ${headSize}u)`;
      return [
        ...receivedFour(`${name}s${split}`, {
          row: `${this.#places.mixed}u + ${part} * ${size}u`,
          four,
          size,
        }),
        { name: `${name}peak${split}`, at: statistics },
        { name: `${name}sum${split}`, at: `${statistics} + 1u` },
      ];
    });
  }

  /** Statements that receive fours of rows. */
  #receive(fours: readonly GatheredFour[], from: number, size: number): string {
    const values = fours.flatMap(({ name, row, four }) =>
      receivedFour(name, { row: `${from + row * size}u`, four, size }),
    );
    return `${receiveWgsl(values)}
${fours.map(({ name }) => `        let ${name} = ${joinedFour(name)};`).join('\n')}`;
  }

  /** Statements for all fours of all rows, several at a time. */
  #gather(
    product: PersistentProduct,
    { receive, keep = () => '', together = tuning.persistentFours }: GatherOptions,
  ): string {
    const put = (four: GatheredFour): string =>
      `        rows[${product.rowPlace(four.row, four.four)}] = ${four.name}; ${keep(four)}`;
    const fours = this.#foursOf(product);
    const whole = fours.filter(({ isInside }) => isInside === undefined);
    const batches = range(Math.ceil(whole.length / together)).map((batch) =>
      whole.slice(batch * together, (batch + 1) * together),
    );
    // Lanes that have no four do not look: they would all look at the same words.
    const ragged = fours.filter(({ isInside }) => isInside !== undefined).map((four) => [four]);
    return [...batches, ...ragged]
      .map(
        (batch) => `      ${batch[0].isInside === undefined ? '' : `if (${batch[0].isInside}) `}{
${receive(batch)}
${batch.map(put).join('\n')}
      }`,
      )
      .join('\n');
  }

  #foursOf({ shared }: PersistentProduct): GatheredFour[] {
    const rowFours = shared.matrix.inner / 4;
    return range(this.#shape.rows).flatMap((row) =>
      range(Math.ceil(rowFours / lanes)).map((turn): GatheredFour => {
        const four = `(lane + ${turn * lanes}u)`;
        const isWhole = (turn + 1) * lanes <= rowFours;
        return {
          name: `r${row}x${turn}`,
          row,
          four,
          ...(!isWhole && { isInside: `${four} < ${rowFours}u` }),
        };
      }),
    );
  }
}

const momentOf = ({ name, row }: GatheredFour): string =>
  `moment${row} += vec2(dot(${name}, vec4(1.0)), dot(${name}, ${name}));`;

/** Softmax over all slots from the maximum and sum of each part. */
function mixtureOf(name: string, parts: readonly number[]): string {
  const most = parts.map((split) => `${name}peak${split}`).reduce((a, b) => `max(${a}, ${b})`);
  const shares = parts.map(
    (split) =>
      `        let ${name}share${split} = select(0.0, exp(${name}peak${split} - ${name}most), ${split}u < splits);`,
  );
  const sum = (of: (split: number) => string): string =>
    parts.map((split) => `${name}share${split} * ${of(split)}`).join(' + ');
  return `        let ${name}most = ${most};
${shares.join('\n')}
        let ${name} = (${sum((split) => joinedFour(`${name}s${split}`))}) / (${sum((split) => `${name}sum${split}`)});`;
}
