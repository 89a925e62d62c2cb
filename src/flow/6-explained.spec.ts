import { describe, expect, it } from 'vitest';
import { explanationOf, isTakenPrefix } from './6-explained.js';

describe('a fill of an order that this system did not send [S20] [S21]', () => {
  it.each([
    ['adl_autoclose', 'adl'],
    ['autoclose-1700000000000123', 'liquidation'],
    ['settlement_autoclose-17', 'settlement'],
  ])('%s is explained by the exchange: it only reduces', (id, source) => {
    expect(explanationOf(id, [])).toEqual({ source, event: 'AUTO_CLOSE', onlyReduces: true });
  });

  it('is explained by a prefix that the configuration names: it may open too', () => {
    const explained = { source: 'declared:grid-', event: 'DECLARED_FILL', onlyReduces: false };
    expect(explanationOf('grid-7', ['dca-', 'grid-'])).toEqual(explained);
  });

  it.each(['web_abc', 'x-autoclose-1', 'gri', 'ADL_AUTOCLOSE', '', 'pg-0123456789abcdef-0-1', 'pg-anything'])(
    '%j explains nothing',
    (id) => expect(explanationOf(id, ['grid-'])).toBeUndefined(),
  );

  it.each([
    ['pg-', true],
    ['p', true],
    ['pg-other', true],
    ['autoclose-x', true],
    ['adl', true],
    ['grid-', false],
    ['pgx', false],
  ])('the prefix %j is taken: %s', (prefix, taken) => expect(isTakenPrefix(prefix)).toBe(taken));
});
