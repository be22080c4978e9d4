/** Numbers of metrics, in chunks of typed arrays that never move: a handle keeps its chunk and place, and adding allocates nothing. */

const chunkCells = 1_024;

export interface Cells {
  readonly array: Float64Array;
  readonly start: number;
}

export interface CellStore {
  /** `count` neighbouring cells, all zero. */
  take(count: number): Cells;
}

export function createCellStore(): CellStore {
  let array = new Float64Array(chunkCells);
  let used = 0;
  return {
    take(count) {
      if (used + count > array.length) {
        array = new Float64Array(Math.max(chunkCells, count));
        used = 0;
      }
      const start = used;
      used += count;
      return { array, start };
    },
  };
}
