/** A call as `ringdown trace` tells it, for cases. */
import type { CaseContext } from './case-context.ts';
import { Ringdown } from './peers/ringdown.ts';
import { fail, waitFor } from './peers/wait.ts';

export interface Shown {
  readonly callId: string | null;
  readonly legs: readonly { readonly sipCallId: string; readonly legId: string | null }[];
  readonly explanation: { readonly code: string; readonly faultOf: string; readonly text: string };
  readonly ladder: string;
  readonly messages: readonly { readonly direction: 'in' | 'out'; readonly sipCallId: string; readonly text: string }[];
}

export function serverOf(context: CaseContext): Ringdown {
  return context.server instanceof Ringdown ? context.server : fail('only Ringdown has a trace');
}

export const traceOf = async (server: Ringdown, ...args: string[]) => (await server.cli('trace', ...args)) as Shown;

/** Looks until a question that may fail is answered as wished. */
export async function ask<T>(what: string, question: () => Promise<T | undefined>): Promise<T> {
  let found: T | undefined;
  let isAsking = false;
  const askAgain = () => {
    isAsking = true;
    question()
      .then((answer) => {
        found = answer;
      })
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  };
  return waitFor({ what, withinMs: 30_000 }, () => {
    if (found === undefined && !isAsking) askAgain();
    return found;
  });
}

/** Of the last call of that extension, when it is over. */
export async function overCall(server: Ringdown, extension: string): Promise<Shown> {
  return ask('the call to be over', async () => {
    const shown = await traceOf(server, extension);
    return shown.explanation.code === 'normal-clearing' ? shown : undefined;
  });
}
