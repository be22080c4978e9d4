import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlaces, placesIn } from './places.ts';

test('a data folder whose sockets would have too long a path is refused with the length', () => {
  checkPlaces(placesIn('/srv/ringdown'));
  const socketPart = '/run/control.sock'.length;
  checkPlaces(placesIn(`/${'d'.repeat(103 - socketPart - 1)}`));
  const longest = process.platform === 'linux' ? 107 : 103;
  assert.throws(() => checkPlaces(placesIn(`/${'d'.repeat(longest - socketPart + 4)}`)), {
    code: 'config.data-folder-too-long',
    message: /is 5 bytes too long/,
  });
});
