/**
 * Messages to another thread, all of one round of the event loop in one: the system call that wakes the other side costs more than what it
 * is told. The order is kept.
 */
export function batchedPost<T>(post: (batch: readonly T[]) => void): (message: T) => void {
  let batch: T[] = [];
  const flush = (): void => {
    const full = batch;
    batch = [];
    post(full);
  };
  return (message) => {
    if (batch.push(message) === 1) queueMicrotask(flush);
  };
}
