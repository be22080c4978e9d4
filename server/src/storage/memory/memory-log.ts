/** A log of rows in memory: a restart within a test finds what its predecessor left. */
export interface MemoryLog<Row> {
  read(): readonly Row[];
  append(rows: readonly Row[]): void;
  cut(): void;
  forget(): void;
  readonly isGrown: boolean;
}

export function createMemoryLog<Row>(): MemoryLog<Row> {
  let parts: Row[][] = [[]];
  return {
    read: () => parts.flat(),
    append: (rows) => void parts.at(-1)?.push(...structuredClone(rows)),
    cut: () => void parts.push([]),
    forget() {
      parts = parts.slice(-1);
    },
    isGrown: false,
  };
}
