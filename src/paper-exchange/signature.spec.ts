import { describe, expect, it } from 'vitest';
import { signatureMatches, signPayload, splitSigned } from './signature.js';

/** The example of Binance's own documentation, "SIGNED Endpoint Examples for POST /fapi/v1/order". */
const SECRET = '2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9';
const PAYLOAD =
  'symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943';
const SIGNATURE = '3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9';

describe('signature', () => {
  it('is the one of the official example', () => {
    expect(signPayload(SECRET, PAYLOAD)).toBe(SIGNATURE);
  });

  const cut = PAYLOAD.indexOf('&quantity');
  const placements: [string, string, string][] = [
    ['all in the query', `${PAYLOAD}&signature=${SIGNATURE}`, ''],
    ['all in the body', '', `${PAYLOAD}&signature=${SIGNATURE}`],
    ['signature in the query, nothing else', `signature=${SIGNATURE}`, PAYLOAD],
    [
      'some in the query, the rest and the signature in the body',
      PAYLOAD.slice(0, cut),
      `${PAYLOAD.slice(cut)}&signature=${SIGNATURE}`,
    ],
  ];
  it.each(placements)('covers query and body joined without a separator: %s', (_name, query, body) => {
    const { payload, signature } = splitSigned(query, body);
    expect({ payload, signature }).toEqual({ payload: PAYLOAD, signature: SIGNATURE });
    expect(signatureMatches(SECRET, payload, SIGNATURE)).toBe(true);
  });

  it('does not cover a payload that was joined with &', () => {
    const { payload } = splitSigned(`${PAYLOAD.slice(0, cut)}&`, `${PAYLOAD.slice(cut)}&signature=${SIGNATURE}`);
    expect(signatureMatches(SECRET, payload, SIGNATURE)).toBe(false);
  });

  it('must come last', () => {
    expect(splitSigned(`signature=${SIGNATURE}&${PAYLOAD}`, '').signature).toBeUndefined();
  });

  it.each(['', 'x', SIGNATURE.slice(1), `${SIGNATURE}0`])('"%s" is wrong', (signature) => {
    expect(signatureMatches(SECRET, PAYLOAD, signature)).toBe(false);
  });
});
