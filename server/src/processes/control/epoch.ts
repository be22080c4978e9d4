/** The control epoch (docs/adr/0003): one higher at each start, so that a process that was thought dead can do no harm when it wakes. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export function nextEpoch(file: string): number {
  const epoch = readEpoch(file) + 1;
  writeFileSync(`${file}.new`, `${epoch}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return epoch;
}

function readEpoch(file: string): number {
  try {
    const epoch = Number(readFileSync(file, 'utf8').trim());
    // A damaged file: the time in seconds is higher than any count of starts.
    return Number.isSafeInteger(epoch) && epoch >= 0 ? epoch : Math.floor(Date.now() / 1000);
  } catch {
    return 0;
  }
}
