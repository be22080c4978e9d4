import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { bootstrapSchema } from '#base/config';
import { checkPorts } from './check-ports.ts';
import type { Finding } from './finding.ts';

const verdicts = (findings: readonly Finding[]) => findings.map(({ verdict }) => verdict);
const settings = (more: object) => bootstrapSchema.parse(more);

test('ports: free, taken by whom, and not taken by a server that runs', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const tcpPort = typeof address === 'object' && address !== null ? address.port : 0;
  const config = settings({ sip: { listen: ['127.0.0.1'], udpPort: 0, tcpPort, tlsPort: 0 }, http: { port: 0 } });
  try {
    const [taken] = await checkPorts(config, false);
    assert.equal(taken?.verdict, 'failure');
    assert.match(taken?.what ?? '', new RegExp(`port ${tcpPort}: taken by .*pid ${process.pid}`));
    assert.deepEqual(verdicts(await checkPorts(config, true)), ['ok'], 'a node process, and Ringdown runs');
  } finally {
    server.close();
  }
  assert.deepEqual(verdicts(await checkPorts(config, false)), ['ok']);
  assert.deepEqual(verdicts(await checkPorts(config, true)), ['failure']);
  const elsewhere = settings({ sip: { listen: ['192.0.2.77'], udpPort: 0, tcpPort, tlsPort: 0 }, http: { port: 0 } });
  assert.match((await checkPorts(elsewhere, false))[0]?.what ?? '', /no interface has this address/);
});
