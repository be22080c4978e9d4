/**
 * Every way a command can fail, as data. A code is stable; the text may change. `fault` says whose doing it was (`caller`: the control
 * process asked for something wrong; `us`: the engine), `retry` whether the same command may succeed later:
 * `no`; `later` (when something is released); `same-key` (unknown whether it was done: repeat it with the same key, it is done once).
 */
interface MediaErrorRow {
  readonly fault: 'caller' | 'us' | 'unknown';
  readonly retry: 'no' | 'later' | 'same-key';
  readonly text: string;
}

export const mediaErrors = {
  'bad-frame': {
    fault: 'caller',
    retry: 'no',
    text: 'The frame is not JSON, or too long; too long a frame ends the connection.',
  },
  'bad-command': {
    fault: 'caller',
    retry: 'no',
    text: 'A field of the command is missing or has the wrong type; the detail names it.',
  },
  'unknown-verb': { fault: 'caller', retry: 'no', text: 'This protocol has no such verb.' },
  unsupported: { fault: 'caller', retry: 'no', text: 'The engine lacks this capability.' },
  'not-greeted': { fault: 'caller', retry: 'no', text: 'The first command of a connection must be hello.' },
  'version-unsupported': { fault: 'caller', retry: 'no', text: 'The two sides have no protocol version in common.' },
  'stale-epoch': { fault: 'caller', retry: 'no', text: 'A control process with a higher epoch has taken over.' },
  'role-forbidden': {
    fault: 'caller',
    retry: 'no',
    text: 'A supervisor may only greet, ping, ask for state and drain.',
  },
  'unknown-session': { fault: 'caller', retry: 'no', text: 'No session has this id (any more).' },
  'unknown-stream': { fault: 'caller', retry: 'no', text: 'No stream has this id (any more).' },
  'unknown-transport': {
    fault: 'caller',
    retry: 'no',
    text: 'No transport of this name is reserved (any more).',
  },
  'session-exists': { fault: 'caller', retry: 'no', text: 'A session with this id is open already.' },
  'stream-exists': { fault: 'caller', retry: 'no', text: 'A stream with this id is open already.' },
  'not-co-located': {
    fault: 'us',
    retry: 'no',
    text: 'The two streams are on different packet threads: open the second session near the first.',
  },
  'unknown-prompt': { fault: 'caller', retry: 'no', text: 'No prompt has this name.' },
  'no-codec': { fault: 'caller', retry: 'no', text: 'The stream has no codec that the engine can make sound in.' },
  'no-dtmf': { fault: 'caller', retry: 'no', text: 'The stream has no telephone-event payload type.' },
  'ports-exhausted': { fault: 'us', retry: 'later', text: 'No pair of RTP ports is free.' },
  'address-unavailable': { fault: 'caller', retry: 'no', text: 'The engine may not or cannot bind this address.' },
  'capacity-exhausted': { fault: 'us', retry: 'later', text: 'The region for stream state is full.' },
  draining: { fault: 'us', retry: 'no', text: 'The engine is draining and opens no new session.' },
  internal: { fault: 'us', retry: 'no', text: 'A defect in the engine; its log has the stack.' },
  timeout: { fault: 'unknown', retry: 'same-key', text: 'The engine did not reply in time.' },
  disconnected: { fault: 'unknown', retry: 'same-key', text: 'The control connection was lost before the reply.' },
} as const satisfies Record<string, MediaErrorRow>;

export type MediaErrorCode = keyof typeof mediaErrors;

/** A failure as a value. */
export interface MediaError {
  readonly code: MediaErrorCode;
  /** What exactly was wrong: a field's path, an address, an errno. For people and logs, never to be matched on. */
  readonly detail: string;
}

export function mediaError(code: MediaErrorCode, detail = ''): MediaError {
  return { code, detail };
}
