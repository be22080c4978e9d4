import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandOf, MediaOutcome } from '@ringdown/media/protocol';
import { createVirtualHarness } from '@ringdown/testkit';

const open = (sessionId: string, streams = 2): CommandOf<'openSession'> => ({
  verb: 'openSession',
  sessionId,
  callId: sessionId,
  streams: Array.from({ length: streams }, (_, at) => ({ streamId: `${sessionId}-${at}`, kind: 'audio' })),
});

/** An engine with two pairs of ports. */
function scene() {
  const { clock, media } = createVirtualHarness({ portMin: 30_000, portMax: 30_003 });
  const control = media.createClient({ epoch: 1, onEvent: () => {} });
  const ask = (command: CommandOf<'openSession' | 'closeSession'>) => {
    const outcomes: MediaOutcome<'openSession' | 'closeSession'>[] = [];
    control.send(command, (outcome) => outcomes.push(outcome));
    clock.advanceUntil(() => outcomes.length > 0, 1000);
    return outcomes[0];
  };
  return {
    clock,
    media,
    /** The RTP ports of a session opened now; the code where it could not be. */
    open: (sessionId: string, streams?: number) => {
      const outcome = ask(open(sessionId, streams));
      if (outcome?.ok !== true) return outcome?.error.code;
      return 'streams' in outcome.result ? outcome.result.streams.map(({ rtpPort }) => rtpPort).sort() : [];
    },
    close: (sessionId: string) => ask({ verb: 'closeSession', sessionId }),
    hears: (port: number) =>
      media.receive({
        from: { address: '192.0.2.9', port: 4000 },
        to: { address: '10.0.0.1', port },
        bytes: new Uint8Array(12),
      }),
  };
}

test('the ports of a session that has ended serve the next one, at once where no others are left', () => {
  const { open, close, clock } = scene();
  assert.deepEqual(open('s1'), [30_000, 30_002]);
  assert.equal(open('s2', 1), 'ports-exhausted');
  close('s1');
  assert.deepEqual(open('s3'), [30_000, 30_002], 'though they have not rested');
  close('s3');
  clock.advance(5000);
  assert.deepEqual(open('s4'), [30_000, 30_002]);
  assert.equal(open('s5', 1), 'ports-exhausted');
});

test('sockets stay open for a while after their stream, and are closed when nobody needs them', () => {
  const { open, close, hears, clock } = scene();
  open('s1');
  close('s1');
  clock.advance(20_000);
  assert.deepEqual([hears(30_000), hears(30_002)], [true, true]);
  clock.advance(30_000);
  assert.deepEqual([hears(30_000), hears(30_002)], [false, false]);
});
