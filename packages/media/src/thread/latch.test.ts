import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressWords, formatAddress, parseAddress, portOf } from '../io/address.ts';
import { field, Region } from '../region/layout.ts';
import { admitMuxedRtcp, admitRtcp, admitRtp, reopen, signalRemote, verdict } from './latch.ts';
import { createPacketFacts } from './packet-facts.ts';

/** A stream whose peer's SDP says 10.0.0.9:4000, and a way to let packets arrive. */
function stream(signalled: string | null = '10.0.0.9:4000') {
  const region = Region.create(2);
  const base = region.begin(1);
  const words = (text: string) => {
    const [host = '', port] = text.split(':');
    const parsed = new Int32Array(addressWords);
    parseAddress(host, Number(port), parsed, 0);
    return parsed;
  };
  const signal = (text: string, relock = true) => {
    const both = new Int32Array(10);
    both.set(words(text));
    both.set(words(text.replace(/\d+$/, (port) => String(Number(port) + 1))), 5);
    signalRemote(region, base, both, relock);
  };
  if (signalled !== null) signal(signalled);
  let nowMs = 1000;
  return {
    region,
    base,
    signal,
    reopen: () => reopen(region, base, false),
    wait: (ms: number) => {
      nowMs += ms;
    },
    /** One packet, 20 ms after the one before; accepted ones are counted as the receive path does. */
    rtp(from: string, ssrc: number, sequence: number) {
      nowMs += 20;
      const admitted = admitRtp(region, base, words(from), { ...createPacketFacts(), ssrc, sequence, nowMs });
      if (admitted >= verdict.ACCEPT) {
        region.words[base + field.RX_SSRC] = ssrc;
        region.words[base + field.RX_STATE + 2] = sequence;
        region.setDouble(base, field.RX_LAST_MS, nowMs);
      }
      return admitted;
    },
    rtcp: (from: string, ssrc: number) => admitRtcp(region, base, words(from), ssrc),
    muxed: (from: string) => admitMuxedRtcp(region, base, words(from)),
    sendsTo: (at: number = field.RTP_TO) =>
      `${formatAddress(region.words, base + at)}:${portOf(region.words, base + at)}`,
  };
}

const { REFUSE, WAIT, ACCEPT, NEW_SSRC, FIRST, RELOCKED, MOVED } = verdict;
const signalled = '10.0.0.9:4000';
const nat = '198.51.100.7:61000';
const attacker = '203.0.113.66:6666';

type Packet = [from: string, ssrc: number, sequence: number, verdict: number];
const rows: [title: string, packets: Packet[], sendsTo: string][] = [
  [
    'the signalled address is believed at once',
    [
      [signalled, 1, 10, FIRST],
      [signalled, 1, 11, ACCEPT],
    ],
    signalled,
  ],
  [
    'another address is believed after three packets in a row',
    [
      [nat, 1, 10, WAIT],
      [nat, 1, 11, WAIT],
      [nat, 1, 12, FIRST],
      [nat, 1, 13, ACCEPT],
    ],
    nat,
  ],
  [
    'small gaps are in a row; jumps, repeats and other SSRCs are not',
    [
      [nat, 1, 10, WAIT],
      [nat, 1, 13, WAIT],
      [nat, 1, 500, WAIT],
      [nat, 1, 500, WAIT],
      [nat, 2, 501, WAIT],
      [nat, 2, 502, WAIT],
      [nat, 2, 503, FIRST],
    ],
    nat,
  ],
  [
    'sequence numbers wrap',
    [
      [nat, 1, 65_534, WAIT],
      [nat, 1, 65_535, WAIT],
      [nat, 1, 0, FIRST],
    ],
    nat,
  ],
  [
    'two sources that take turns: neither is believed, until the signalled one speaks',
    [
      [nat, 1, 10, WAIT],
      [attacker, 2, 10, WAIT],
      [nat, 1, 11, WAIT],
      [attacker, 2, 11, WAIT],
      [signalled, 1, 12, FIRST],
    ],
    signalled,
  ],
  [
    'a second live source is refused whatever it claims: own SSRC, stolen SSRC, right sequence',
    [
      [nat, 1, 10, WAIT],
      [nat, 1, 11, WAIT],
      [nat, 1, 12, FIRST],
      [attacker, 9, 13, REFUSE],
      [attacker, 1, 13, REFUSE],
      [nat, 1, 13, ACCEPT],
      [attacker, 1, 14, REFUSE],
      [attacker, 1, 15, REFUSE],
      [signalled, 5, 1, REFUSE],
      [nat, 1, 14, ACCEPT],
    ],
    nat,
  ],
  [
    'a new SSRC from the locked address is believed after two packets in a row',
    [
      [signalled, 1, 10, FIRST],
      [signalled, 2, 700, WAIT],
      [signalled, 2, 701, NEW_SSRC],
      [signalled, 2, 702, ACCEPT],
    ],
    signalled,
  ],
  [
    'two sources on one address, both alive: the first one stays',
    [
      [signalled, 1, 10, FIRST],
      [signalled, 2, 700, WAIT],
      [signalled, 1, 11, ACCEPT],
      [signalled, 2, 701, WAIT],
      [signalled, 1, 12, ACCEPT],
      [signalled, 2, 702, WAIT],
    ],
    signalled,
  ],
];
for (const [title, packets, sendsTo] of rows) {
  test(`latching: ${title}`, () => {
    const { rtp, sendsTo: to } = stream();
    for (const [from, ssrc, sequence, expected] of packets)
      assert.equal(rtp(from, ssrc, sequence), expected, `${from} ${ssrc} ${sequence}`);
    assert.equal(to(), sendsTo);
  });
}

test('latching: nobody is believed before three packets where no address is signalled; then SDP opens the lock anew', () => {
  const { rtp, signal, sendsTo } = stream(null);
  assert.deepEqual([rtp(nat, 1, 1), rtp(nat, 1, 2), rtp(nat, 1, 3)], [WAIT, WAIT, FIRST]);
  signal(signalled, false);
  assert.equal(sendsTo(), signalled, 'the answer says where to send');
  assert.equal(rtp(nat, 1, 4), ACCEPT, 'what was heard is still heard');
  assert.equal(rtp(signalled, 7, 1), RELOCKED);
  assert.equal(rtp(nat, 1, 5), REFUSE);
});

test('latching: after silence the same SSRC and sequence go on from a new address', () => {
  const { rtp, wait, sendsTo } = stream();
  rtp(signalled, 1, 10);
  assert.equal(rtp(nat, 1, 11), REFUSE, 'without silence it is a second live source');
  wait(500);
  assert.equal(rtp(nat, 2, 12), REFUSE, 'another SSRC');
  assert.equal(rtp(nat, 1, 9), REFUSE, 'a sequence number that goes back');
  assert.equal(rtp(nat, 1, 5000), REFUSE, 'a sequence number far ahead');
  assert.equal(rtp(nat, 1, 36), WAIT);
  assert.equal(rtp(nat, 1, 37), MOVED);
  assert.equal(sendsTo(), nat);
  assert.equal(rtp(signalled, 1, 38), REFUSE, 'the old address is now the second source');
});

test('latching: a new offer/answer with another address moves at its first packet; the old source is heard meanwhile', () => {
  const { rtp, signal, sendsTo } = stream();
  rtp(signalled, 1, 10);
  signal('10.0.0.50:7000');
  assert.equal(sendsTo(), '10.0.0.50:7000');
  assert.equal(rtp(signalled, 1, 11), ACCEPT);
  assert.equal(rtp('10.0.0.50:7000', 4, 900), RELOCKED);
  assert.equal(rtp(signalled, 1, 12), REFUSE);
});

test('latching: a new offer/answer behind a NAT: three packets from the new mapping while the old one has stopped', () => {
  const { rtp, signal, sendsTo } = stream();
  rtp(signalled, 1, 10);
  signal('192.168.1.5:7000');
  assert.deepEqual([rtp(nat, 2, 1), rtp(nat, 2, 2), rtp(nat, 2, 3)], [WAIT, WAIT, RELOCKED]);
  assert.equal(sendsTo(), nat);
});

test('latching: an offer/answer that changes nothing keeps the latched address and closes after five packets', () => {
  const { rtp, signal, sendsTo } = stream();
  for (const sequence of [1, 2, 3]) rtp(nat, 1, sequence);
  signal(signalled);
  assert.equal(sendsTo(), nat, 'we go on sending where the phone really is');
  for (const sequence of [4, 5, 6, 7, 8]) assert.equal(rtp(nat, 1, sequence), ACCEPT);
  assert.deepEqual(
    [1, 2, 3, 4].map((sequence) => rtp(attacker, 3, sequence)),
    [REFUSE, REFUSE, REFUSE, REFUSE],
  );
});

test('latching: RTCP latches apart from RTP: signalled address, the host of RTP, or the SSRC of RTP', () => {
  assert.equal(stream().rtcp('10.0.0.9:4001', 1), FIRST, 'signalled');
  assert.equal(stream().rtcp('198.51.100.7:61001', 1), WAIT, 'unknown host before RTP came');
  const one = stream();
  for (const sequence of [1, 2, 3]) one.rtp(nat, 1, sequence);
  assert.equal(one.rtcp(attacker, 77), REFUSE);
  assert.equal(one.rtcp('198.51.100.7:62222', 77), FIRST);
  assert.equal(one.sendsTo(field.RTCP_TO), '198.51.100.7:62222');
  assert.equal(one.sendsTo(), nat);
  assert.equal(one.rtcp(attacker, 1), REFUSE, 'the right SSRC from another host does not move a lock');
  assert.equal(one.rtcp('198.51.100.7:63333', 1), MOVED, 'the right SSRC from the host of RTP does');
});

test('RFC 5761: RTCP on the RTP port must come from where RTP comes from', () => {
  const one = stream();
  assert.equal(one.muxed(signalled), ACCEPT);
  for (const sequence of [1, 2, 3]) one.rtp(nat, 1, sequence);
  assert.equal(one.muxed(nat), ACCEPT);
  assert.equal(one.muxed(signalled), REFUSE);
});

test('latching: where the old source goes on for five seconds after an offer/answer with another address, it is sent to again', () => {
  const { rtp, signal, sendsTo } = stream();
  for (const sequence of [1, 2, 3]) rtp(nat, 1, sequence);
  signal('192.168.1.5:9000');
  assert.equal(sendsTo(), '192.168.1.5:9000');
  for (let sequence = 4; sequence < 4 + 250; sequence++) assert.equal(rtp(nat, 1, sequence), ACCEPT);
  assert.equal(sendsTo(), nat);
  assert.equal(rtp(attacker, 2, 1), REFUSE);
});
