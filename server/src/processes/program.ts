/** What each of our processes is started by; the same place seen from src/processes and from dist/processes. */
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../../bin/ringdown.js', import.meta.url));
