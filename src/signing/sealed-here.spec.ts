import { expect, it } from 'vitest';
import { SealedHere } from './sealed-here.js';

it('knows what an issuer of this process has sealed, as that issuer alone, and forgets the oldest', () => {
  const sealed = new SealedHere();
  sealed.add('p33', 'first');
  expect([sealed.has('p33', 'first'), sealed.has('governor', 'first'), sealed.has('p33', 'other')]).toEqual([
    true,
    false,
    false,
  ]);
  for (let count = 0; count < 1_023; count += 1) sealed.add('p33', `later ${count}`);
  expect(sealed.has('p33', 'first')).toBe(true);
  sealed.add('p33', 'one more');
  expect([sealed.has('p33', 'first'), sealed.has('p33', 'later 0')]).toEqual([false, true]);
});
