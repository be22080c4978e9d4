import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFax, faxAttributes, faxDefaults, faxParameters, faxVendors, isFaxLine } from './index.ts';
import { lineOf } from './sdp-lines.test.ts';

/** [m-line, whether it is fax] */
const lines: readonly (readonly [string, boolean])[] = [
  ['m=image 4000 udptl t38', true],
  ['m=image 4000 UDPTL T38', true],
  ['m=image 9 TCP t38', true],
  ['m=image 0 udptl t38', true],
  ['m=audio 4000 udptl t38', false],
  ['m=image 4000 udptl x', false],
  ['m=image 4000 RTP/AVP t38', false],
];

for (const [line, isFax] of lines) {
  test(`RFC 3362, RFC 6466: ${line} is ${isFax ? '' : 'no '}fax`, () => {
    assert.equal(isFaxLine(lineOf(line)), isFax);
    assert.equal(faxParameters(lineOf(line)) !== null, isFax);
  });
}

test('T.38 table D.1: what holds where nothing is said', () => {
  assert.deepEqual(faxParameters(lineOf('m=image 4000 udptl t38')), faxDefaults);
  assert.deepEqual(faxDefaults, {
    version: 0,
    maxBitRate: 14_400,
    rateManagement: 'transferredTCF',
    maxBufferBytes: 1800,
    maxDatagramBytes: 150,
    errorCorrection: 't38UDPRedundancy',
    fillBitRemoval: false,
    transcodingMmr: false,
    transcodingJbig: false,
  });
});

const said = [
  'T38FaxVersion:3',
  'T38MaxBitRate:33600',
  'T38FaxTranscodingMMR',
  'T38FaxRateManagement:localTCF',
  'T38FaxMaxBuffer:2000',
  'T38FaxMaxDatagram:238',
  'T38FaxUdpEC:t38UDPFEC',
];

test('RFC 3362: what a fax line asks for, read and written', () => {
  const fax = faxParameters(
    lineOf('m=image 4000 udptl t38', ...said.map((value) => `a=${value}`), 'a=T38VendorInfo:0 0 37'),
  );
  assert.ok(fax);
  assert.deepEqual(
    [fax.version, fax.maxDatagramBytes, fax.errorCorrection, fax.transcodingMmr],
    [3, 238, 't38UDPFEC', true],
  );
  assert.deepEqual(faxAttributes(fax), said);
  assert.deepEqual(faxVendors(lineOf('a=T38VendorInfo:0 0 37')), ['0 0 37']);
});

test('T.38 table D.1: names in other cases, flags with 0 and 1, values that are none', () => {
  const fax = faxParameters(
    lineOf(
      'm=image 4000 udptl t38',
      'a=T38MaxBitrate:9600',
      'a=T38FaxUdpEc:t38UDPNoEC',
      'a=T38FaxFillBitRemoval:0',
      'a=T38FaxTranscodingMMR:1',
      'a=T38FaxTranscodingJBig',
      'a=T38FaxMaxBuffer:many',
      'a=T38FaxVersion:-1',
    ),
  );
  assert.deepEqual(fax, {
    ...faxDefaults,
    maxBitRate: 9600,
    errorCorrection: 't38UDPNoEC',
    transcodingMmr: true,
    transcodingJbig: true,
  });
});

test('T.38 §D.2.3: the answer takes the lower of what both have', () => {
  const ours = { ...faxDefaults, maxDatagramBytes: 400, fillBitRemoval: true };
  const offered = {
    ...faxDefaults,
    version: 3,
    maxBitRate: 33_600,
    errorCorrection: 't38UDPFEC',
    transcodingMmr: true,
  };
  assert.deepEqual(answerFax(offered, ours), { ...faxDefaults, maxDatagramBytes: 400 });
  assert.equal(answerFax({ ...faxDefaults, maxBitRate: 9600 }, ours).maxBitRate, 9600);
});
