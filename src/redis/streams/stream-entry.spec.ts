import { describe, expect, it } from 'vitest';
import { isStreamId } from './stream-entry.js';

describe('a stream id', () => {
  it.each(['1-0', '0-1', '1796036563172-3', '18446744073709551615-18446744073709551615'])('is %s', (text) =>
    expect(isStreamId(text)).toBe(true),
  );

  it.each([
    '',
    '0-0',
    '1',
    '1-',
    '-1',
    '1-1-1',
    '+',
    '(1-1',
    '18446744073709551616-0',
    '0-18446744073709551616',
    '9e9-1',
    ' 1-1',
  ])('is not %j', (text) => expect(isStreamId(text)).toBe(false));
});
