/** How the child that tries packet I/O (ffi/probe-child.ts) ends. */
export const probeExit = { WORKS: 0, REFUSED: 3, FAILED: 4 } as const;
