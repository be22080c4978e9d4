import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawGraph, stepFor } from './draw-graph.ts';

test('levels stand at 1, 2 or 5 times a power of ten', () => {
  assert.deepEqual([4, 9, 18, 1_900, 0.7].map(stepFor), [1, 2, 5, 500, 0.2]);
});

test('a graph has a line, a point and a whisker for each server, and no text that breaks out', () => {
  const points = [50, 1_000].map((at) => ({ at, values: [2, 1, 3] }));
  const lines = [
    { name: 'ours <1>', points },
    { name: 'peer & co', points },
  ];
  const svg = drawGraph({ title: 'A "title"', across: 'calls', up: 'us', lines });
  const count = (pattern: RegExp) => [...svg.matchAll(pattern)].length;
  assert.deepEqual([count(/<polyline/g), count(/<circle/g), count(/whisker s/g)], [2, 4, 4]);
  assert.match(svg, /ours &lt;1>/);
  assert.match(svg, /peer &amp; co/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});
