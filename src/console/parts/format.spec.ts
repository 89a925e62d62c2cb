import { expect, it } from 'vitest';
import { amount, countdown, lasting, shareOf } from './format.js';

it.each([
  ['0.1', '0.1'],
  ['-0.0075', '−0.0075'],
  ['1234567.890', '1\u202f234\u202f567.890'],
  [
    '123456789012345678901234567890.12',
    '123\u202f456\u202f789\u202f012\u202f345\u202f678\u202f901\u202f234\u202f567\u202f890.12',
  ],
  ['', '–'],
  [null, '–'],
  ['<b>1</b>', '<b>1</b>'],
])('shows the amount %s as %s, digit by digit', (text, shown) => {
  expect(amount(text)).toBe(shown);
});

it.each([
  ['1', '2', 0.5],
  ['3', '2', 1],
  ['-1', '2', 0],
  ['1', '0', 0],
  ['1', null, 0],
  ['–', '–', 0],
])('draws %s of %s as %s', (used, limit, share) => {
  expect(shareOf(used, limit)).toBe(share);
});

it('counts down to 0:00 and not below', () => {
  expect([65_000, 1, 0, -5_000].map(countdown)).toEqual(['1:05', '0:01', '0:00', '0:00']);
});

it('says how long in one unit', () => {
  expect([4_400, 150_000, 3 * 3_600_000, 5 * 86_400_000].map(lasting)).toEqual(['4 s', '2 min', '3 h', '5 d']);
});
