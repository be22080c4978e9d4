import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapSchema } from '#base/config';
import { handConfiguration, takeConfiguration } from './handed-configuration.ts';

const config = bootstrapSchema.parse({ dataFolder: '/srv/ringdown', sip: { advertisedAddress: '192.0.2.1' } });

test('what is handed over is taken as it is', async () => {
  assert.deepEqual(await takeConfiguration(handConfiguration(config)), config);
});

test('what another version wrote is checked, and what it did not know is filled in', async () => {
  const [[name = '', text = ''] = []] = Object.entries(handConfiguration(config));
  const older = JSON.parse(text);
  older.version = '0.0.1';
  delete older.config.shutdown;
  assert.deepEqual(await takeConfiguration({ [name]: JSON.stringify(older) }), config);
  older.config.sip.udpPort = 'x';
  await assert.rejects(takeConfiguration({ [name]: JSON.stringify(older) }));
});

test('a control process that nobody has told anything has the defaults', async () => {
  assert.deepEqual(await takeConfiguration({}), bootstrapSchema.parse({}));
});
