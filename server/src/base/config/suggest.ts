/** "Did you mean": the nearest of the known words, or none when nothing is near. */

export function suggest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestSteps = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const steps = editSteps(word.toLowerCase(), candidate.toLowerCase());
    if (steps < bestSteps) {
      best = candidate;
      bestSteps = steps;
    }
  }
  return best;
}

/** Levenshtein's distance: letters added, taken away or exchanged. */
function editSteps(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, exchanged));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
