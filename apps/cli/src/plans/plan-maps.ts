import { stepOfEach } from '@nextx/core';
import type { Plan } from '@nextx/core';

/** A grid of cells, each with the step that fills it. */
export interface PlanMap {
  /** Absent where there is one map. */
  readonly label?: string;
  readonly rows: number;
  readonly columns: number;
  /** Step of each cell, -1 where there is no position. `[rows, columns]` */
  readonly steps: Int32Array;
}

/** The positions of a plan as maps to look at. */
export interface PlanMaps {
  readonly maps: readonly PlanMap[];
  /** Positions along each side of a cell. */
  readonly factor: number;
  /** Maps behind the last that is shown. */
  readonly hidden: number;
}

/** Most cells and maps that are drawn. */
const mostCells = 4096;
const mostMaps = 48;
/** Cells in a row of a sequence at least; a long one is about a square. */
const sequenceColumns = 8;

/** Where a position lies: the map by its number, and the cell. */
interface Place {
  readonly map: number;
  readonly row: number;
  readonly column: number;
}

/**
 * Lays positions out by their coordinates: one map for one or two axes, a map a slice for three, and a map a step where
 * steps fill the same cells. In large plans a cell stands for several positions and has the step of the earliest.
 */
export function planMaps(plan: Plan): PlanMaps {
  const { places, noun } = placesOf(plan);
  const byMap = new Map<number, number[]>();
  for (const [index, { map }] of places.entries()) {
    const members = byMap.get(map) ?? [];
    members.push(index);
    byMap.set(map, members);
  }
  const shown = [...byMap].slice(0, mostMaps);
  const extents = shown.map(([, members]) => extentOf(members.map((index) => places[index])));
  const factor = factorOf(extents);
  const steps = stepOfEach(plan);
  const maps = shown.map(([map, members], index): PlanMap => {
    const rows = Math.ceil(extents[index].rows / factor);
    const columns = Math.ceil(extents[index].columns / factor);
    const cells = new Int32Array(rows * columns).fill(-1);
    for (const member of members) {
      const { row, column } = places[member];
      const cell = Math.floor(row / factor) * columns + Math.floor(column / factor);
      if (cells[cell] === -1 || steps[member] < cells[cell]) cells[cell] = steps[member];
    }
    const label = byMap.size > 1 ? { label: `${noun} ${map}` } : {};
    return { ...label, rows, columns, steps: cells };
  });
  return { maps, factor, hidden: byMap.size - shown.length };
}

function placesOf(plan: Plan): {
  readonly places: readonly Place[];
  readonly noun: 'slice' | 'step';
} {
  const { coordinates, positions, rank } = plan;
  const isGrid = rank <= 3 && coordinates.every((value) => Number.isInteger(value) && value >= 0);
  if (!isGrid || rank === 1) {
    const width = Math.max(sequenceColumns, Math.ceil(Math.sqrt(positions.length)));
    const places = Array.from(positions, (position, index) => {
      const at = isGrid ? coordinates[index] : position;
      return { map: 0, row: Math.floor(at / width), column: at % width };
    });
    return { places, noun: 'slice' };
  }
  const places = Array.from(positions, (_, index): Place => {
    const [map, row, column] = [
      0,
      0,
      ...coordinates.subarray(index * rank, (index + 1) * rank),
    ].slice(-3);
    return { map, row, column };
  });
  const distinct = new Set(places.map(({ map, row, column }) => `${map} ${row} ${column}`));
  if (distinct.size === places.length) return { places, noun: 'slice' };
  const steps = stepOfEach(plan);
  return { places: places.map((place, index) => ({ ...place, map: steps[index] })), noun: 'step' };
}

interface Extent {
  readonly rows: number;
  readonly columns: number;
}

function extentOf(places: readonly Place[]): Extent {
  return places.reduce(
    ({ rows, columns }, { row, column }) => ({
      rows: Math.max(rows, row + 1),
      columns: Math.max(columns, column + 1),
    }),
    { rows: 0, columns: 0 },
  );
}

/** The smallest factor by which all maps together have few enough cells. */
function factorOf(extents: readonly Extent[]): number {
  const cells = (factor: number) =>
    extents.reduce(
      (sum, { rows, columns }) => sum + Math.ceil(rows / factor) * Math.ceil(columns / factor),
      0,
    );
  let factor = 1;
  while (cells(factor) > mostCells) factor++;
  return factor;
}
