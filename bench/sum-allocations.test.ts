import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AllocationNode, sumAllocations } from './sum-allocations.ts';

function node(functionName: string, url: string, selfSize: number, children: AllocationNode[] = []): AllocationNode {
  return { callFrame: { functionName, url, lineNumber: 9 }, selfSize, children };
}

test('what the runtime and other packages allocate is counted for the function of ours that called them', () => {
  const map = node('map', '', 30, [node('', 'file:///r/packages/sdp/src/codecs.ts', 5)]);
  const log = node('write', 'file:///r/node_modules/pino/lib/proto.js', 20);
  const read = node('read', 'file:///r/packages/sdp/src/codecs.ts', 10, [map]);
  const { total, layers, functions } = sumAllocations(
    node('(root)', '', 1, [read, node('tell', 'file:///r/server/src/processes/control/telephony.ts', 2, [log])]),
  );
  assert.equal(total, 68);
  assert.deepEqual(
    [...layers],
    [
      ['(nobody of ours)', 1],
      ['packages/sdp', 45],
      ['server/processes/control', 22],
    ],
  );
  assert.equal(functions.get('read packages/sdp/codecs.ts:10'), 40);
  assert.equal(functions.get('tell server/processes/control/telephony.ts:10'), 22);
});
