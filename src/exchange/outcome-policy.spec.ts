import { describe, expect, it } from 'vitest';
import { banOf, classifyOrderAnswer, classifyReadAnswer } from './outcome-policy.js';
import type { ExchangeAnswer } from './exchange-answer.js';

const answer = (httpStatus: number, body: unknown, headers: Record<string, string> = {}): ExchangeAnswer => ({
  httpStatus,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const error = (httpStatus: number, code: number, msg = 'text'): ExchangeAnswer => answer(httpStatus, { code, msg });

describe('the outcome of an order [O1] [O4] [O5] [O6] part of [E5]', () => {
  const rows: [title: string, given: ExchangeAnswer, kind: string, more?: object][] = [
    ['200 with an order id', answer(200, { orderId: 7, status: 'NEW' }), 'known'],
    ['200 with an order id beyond 2^53', answer(200, '{"orderId":8389765989742346123}'), 'known'],
    ['200 with an order id beside a code', answer(200, { orderId: 7, code: 200 }), 'known'],
    ['200 with order id 0', answer(200, { orderId: 0 }), 'unknown'],
    ['200 with {}', answer(200, {}), 'unknown'],
    ['200 with an array', answer(200, []), 'unknown'],
    ['200 with an empty body', answer(200, ''), 'unknown'],
    ['200 with HTML', answer(200, '<html></html>'), 'unknown'],
    ['200 with truncated JSON', answer(200, '{"orderId":7'), 'unknown'],
    ['200 with a refusal code', error(200, -2022), 'unknown'],
    ['200 with a rate code', error(200, -1003), 'unknown'],
    ['201 with an order id', answer(201, { orderId: 7 }), 'unknown'],
    ['301', answer(301, ''), 'unknown'],
    ['302 with a code', error(302, -2022), 'unknown'],
    ['408', error(408, -1007), 'unknown'],
    ['408 with a code that would be a refusal', error(408, -2022), 'unknown'],
    ['-1007 with 400', error(400, -1007), 'unknown'],
    ['-1006 with 400', error(400, -1006), 'unknown'],
    ['-1000 with 400', error(400, -1000), 'unknown'],
    ['-1000 with 500', error(500, -1000), 'unknown'],
    [
      '503 "Unknown error…"',
      answer(503, { msg: 'Unknown error, please check your request or try again later.' }),
      'unknown',
    ],
    ['503 "Unknown error…" with a code', error(503, -1001, 'Unknown error, please try again.'), 'unknown'],
    ['503 with HTML', answer(503, '<html>Service Unavailable.</html>'), 'unknown'],
    ['503 with {}', answer(503, {}), 'unknown'],
    ['503 with another message', error(503, -9999), 'unknown'],
    ['429 with HTML', answer(429, '<html></html>'), 'unknown'],
    ['-4116', error(400, -4116), 'duplicate', { message: 'text' }],
    ['429 -1003', error(429, -1003), 'not_accepted', { cause: 'rate_limit', code: '-1003', again: 'later' }],
    ['429 without a code', answer(429, { msg: 'slow down' }), 'not_accepted', { code: 'HTTP 429', again: 'later' }],
    ['429 -1008', error(429, -1008), 'not_accepted', { cause: 'rate_limit', again: 'later' }],
    ['418 -1003', error(418, -1003), 'not_accepted', { cause: 'rate_limit', again: 'later' }],
    ['400 -1015', error(400, -1015), 'not_accepted', { cause: 'rate_limit', again: 'later' }],
    ['400 -1003', error(400, -1003), 'not_accepted', { cause: 'rate_limit', again: 'later' }],
    ['503 "Service Unavailable."', answer(503, { msg: 'Service Unavailable.' }), 'unknown'],
    ['503 -1008', error(503, -1008), 'unknown'],
    ['400 -1008', error(400, -1008), 'unknown'],
    [
      '503 -1001 "please try again"',
      error(503, -1001, 'Internal error; unable to process your request. Please try again.'),
      'unknown',
    ],
    ['503 with a code that would be a ban', error(503, -1003), 'unknown'],
    ['503 with the order limit code', error(503, -1015), 'unknown'],
    ['503 with a code that would be a duplicate', error(503, -4116), 'unknown'],
    ['503 with the clock code', error(503, -1021), 'unknown'],
    ['408 -1021', error(408, -1021), 'unknown'],
    ['500 without a code', answer(500, { msg: 'Service Unavailable.' }), 'unknown'],
    ['503 -1001 with another text', error(503, -1001, 'Disconnected.'), 'unknown'],
    ['500 -1001 "please try again"', error(500, -1001, 'Please try again.'), 'unknown'],
    ['-1021', error(400, -1021), 'not_accepted', { cause: 'clock', code: '-1021', again: 'newly_signed' }],
    ['-2022', error(400, -2022), 'rejected', { code: '-2022', message: 'text' }],
    ['-4118', error(400, -4118), 'rejected', { code: '-4118' }],
    ...[-1111, -4003, -4004, -4005, -4014, -4023].map((code): [string, ExchangeAnswer, string, object] => [
      `${code} [Q11]`,
      error(400, code),
      'not_accepted',
      { cause: 'rules', code: String(code), again: 'by_new_rules' },
    ]),
    ...[-4131, -2020, -1112, -5022, -2023, -4210].map((code): [string, ExchangeAnswer, string, object] => [
      `${code} [L7]`,
      error(400, code),
      'not_accepted',
      { cause: 'passing', code: String(code), message: 'text', again: 'later' },
    ]),
    ['-5028', error(400, -5028), 'not_accepted', { cause: 'clock', again: 'newly_signed' }],
    ['-4192', error(400, -4192), 'rejected', { code: '-4192' }],
    ['a code that no table lists', error(400, -9876), 'rejected', { code: '-9876' }],
    ['-2019', error(400, -2019), 'rejected', { code: '-2019' }],
    ['-1121', error(400, -1121), 'rejected', { code: '-1121' }],
    ['400 -1001', error(400, -1001, 'Please try again.'), 'unknown'],
    ['401 -2015', error(401, -2015), 'rejected', { code: '-2015' }],
    ['a code as text', answer(400, { code: '-2022', msg: 'text' }), 'rejected', { code: '-2022' }],
    ['403 of a firewall', answer(403, '<html></html>'), 'unknown'],
    ['403 JSON without a code', answer(403, { msg: 'forbidden' }), 'unknown'],
    ['404 with a positive code', error(404, 404), 'unknown'],
    ['400 with code 0', error(400, 0), 'unknown'],
    ['500', error(500, -2022), 'unknown'],
    ['502 with HTML', answer(502, '<html></html>'), 'unknown'],
    ['504', answer(504, { msg: 'timeout' }), 'unknown'],
    ['599 with a refusal code', error(599, -4118), 'unknown'],
  ];
  it.each(rows)('%s', (_, given, kind, more = {}) => {
    expect(classifyOrderAnswer(given)).toMatchObject({ kind, ...more });
  });

  it('a request that left and got no answer is unknown; one that never left was not accepted', () => {
    const transportError = 'ECONNRESET';
    expect(classifyOrderAnswer({ transportError, written: true })).toEqual({ kind: 'unknown', detail: transportError });
    expect(classifyOrderAnswer({ transportError, written: false })).toEqual({
      kind: 'not_accepted',
      cause: 'not_sent',
      code: 'not_sent',
      message: transportError,
      again: 'later',
    });
  });

  it.each([500, 502, 503, 504, 520, 599])(
    'HTTP %i says nothing of an order that was written, whatever code it carries part of [E5]',
    (httpStatus) => {
      const codes = [
        -1000, -1001, -1003, -1006, -1007, -1008, -1015, -1021, -1111, -2013, -2022, -4116, -4118, -4130, 0, 1,
      ];
      const kinds = codes.map((code) => classifyOrderAnswer(error(httpStatus, code, 'Service Unavailable.')).kind);
      expect(new Set(kinds)).toEqual(new Set(['unknown']));
    },
  );

  it('a conditional order is known by its algoId, not by an orderId', () => {
    expect(classifyOrderAnswer(answer(200, { algoId: 3 }), 'algoId').kind).toBe('known');
    expect(classifyOrderAnswer(answer(200, { orderId: 3 }), 'algoId').kind).toBe('unknown');
  });

  it('an unknown outcome quotes the answer', () => {
    expect(classifyOrderAnswer(answer(502, '<html>\n bad   gateway'))).toEqual({
      kind: 'unknown',
      detail: 'HTTP 502: <html> bad gateway',
    });
  });
});

describe('for how long an answer forbids all calls [O5]', () => {
  const nowMs = 1_591_702_600_000;
  const until = 'Way too many requests; IP(1.2.3.4) banned until 1591702613943. Please use the websocket.';
  const rows: [title: string, given: ExchangeAnswer, forMs: number | undefined][] = [
    ['429 with Retry-After', answer(429, { code: -1003 }, { 'retry-after': '7' }), 7_000],
    ['418 with the time in the message', error(418, -1003, until), 13_943],
    ['the longer of both', answer(418, { code: -1003, msg: until }, { 'retry-after': '60' }), 60_000],
    [
      'the longer of both, the other way round',
      answer(418, { code: -1003, msg: until }, { 'retry-after': '2' }),
      13_943,
    ],
    ['429 with HTML', answer(429, '<html>', { 'retry-after': '7' }), 7_000],
    ['429 that names no time', error(429, -1003), 60_000],
    ['418 that names no time', error(418, -1003), 120_000],
    ['-1015 that names no time', error(400, -1015), 10_000],
    ['Retry-After 0', answer(429, { code: -1003 }, { 'retry-after': '0' }), 60_000],
    ['Retry-After that is no number', answer(429, { code: -1003 }, { 'retry-after': 'soon' }), 60_000],
    ['a time long past', error(418, -1003, 'banned until 1500000000000'), 120_000],
    ['a time of another century', error(418, -1003, 'banned until 9999999999999'), 3 * 24 * 3_600_000],
    ['200', answer(200, { orderId: 1 }, { 'retry-after': '7' }), undefined],
    ['503 with Retry-After', answer(503, { msg: 'Service Unavailable.' }, { 'retry-after': '7' }), undefined],
    ['503 with a rate code that names no time: its outcome is unknown, and it is no ban', error(503, -1003), undefined],
    ['502 with the code for too many orders', error(502, -1015), undefined],
    ['408 with a rate code that names no time', error(408, -1003), undefined],
    ['503 with a rate code and Retry-After', answer(503, { code: -1003 }, { 'retry-after': '7' }), 7_000],
    ['503 with a rate code and the time in the message', error(503, -1003, until), 13_943],
    ['-2022', error(400, -2022, 'banned until 1591702613943'), undefined],
  ];
  it.each(rows)('%s', (_, given, forMs) => {
    expect(banOf(given, nowMs)).toBe(forMs);
  });
});

describe('the class of an answer to a reading call [S5] [O3]', () => {
  const rows: [title: string, given: ExchangeAnswer, kind: string][] = [
    ['200 with JSON', answer(200, []), 'ok'],
    ['200 with success code 200', answer(200, { code: '200', msg: 'success' }), 'ok'],
    ['200 with an error code', error(200, -1000), 'unavailable'],
    ['200 with HTML', answer(200, '<html>'), 'unavailable'],
    ['204', answer(204, ''), 'unavailable'],
    ['302', answer(302, '[]'), 'unavailable'],
    ['-2013', error(400, -2013), 'absent'],
    ['-2011', error(400, -2011), 'absent'],
    ['-1125', error(400, -1125), 'absent'],
    ['-2013 with 500', error(500, -2013), 'unavailable'],
    ['-1021', error(400, -1021), 'clock'],
    ['401 -2015', error(401, -2015), 'credentials'],
    ['400 -2014', error(400, -2014), 'credentials'],
    ['400 -1022', error(400, -1022), 'credentials'],
    ['401 with HTML', answer(401, '<html>'), 'credentials'],
    ['403', answer(403, '<html>'), 'unavailable'],
    ['429', error(429, -1003), 'unavailable'],
    ['503', error(503, -1008), 'unavailable'],
  ];
  it.each(rows)('%s', (_, given, kind) => {
    expect(classifyReadAnswer(given).kind).toBe(kind);
  });

  it('no answer is unavailable', () => {
    const verdict = classifyReadAnswer({ transportError: 'ECONNREFUSED', written: false });
    expect(verdict).toEqual({ kind: 'unavailable', message: 'ECONNREFUSED' });
  });
});
