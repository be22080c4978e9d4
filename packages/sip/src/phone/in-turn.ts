/** A program's verb comes from outside of any turn: it runs as an input of the next one, and what it throws is a rejection. */
export function inTurn<T>(post: (task: () => void) => void, verb: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    post(() => {
      try {
        resolve(verb());
      } catch (error) {
        reject(error);
      }
    });
  });
}
