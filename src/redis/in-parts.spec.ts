import { expect, it } from 'vitest';
import { inParts } from './in-parts.js';

it('splits into parts, the last of which may be shorter, and nothing into none', () => {
  expect(inParts(['a', 'b', 'c', 'd', 'e'], 2)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(inParts(['a', 'b'], 2)).toEqual([['a', 'b']]);
  expect(inParts([], 2)).toEqual([]);
});
