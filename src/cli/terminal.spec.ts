import { describe, expect, it } from 'vitest';
import { age, wantsColour } from './terminal.js';

describe('colours', () => {
  it.each([
    ['a terminal', true, {}, true],
    ['no terminal', false, {}, false],
    ['a terminal that has none', true, { TERM: 'dumb' }, false],
    ['NO_COLOR on a terminal', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR without a terminal', false, { FORCE_COLOR: '1' }, true],
    ['NO_COLOR and FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['FORCE_COLOR=0 on a terminal', true, { FORCE_COLOR: '0' }, false],
  ])('%s', (_, isTTY, env, wanted) => {
    expect(wantsColour({ isTTY }, env)).toBe(wanted);
  });
});

describe('age', () => {
  it.each([
    [-5, '0 ms'],
    [999, '999 ms'],
    [1_500, '2 s'],
    [600_000, '10 min'],
    [10_800_000, '3 h'],
    [259_200_000, '3 d'],
    [Number.NaN, '–'],
  ])('%d ms is %s', (ms, shown) => {
    expect(age(ms)).toBe(shown);
  });
});
