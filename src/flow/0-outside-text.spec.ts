import { assert, constantFrom, jsonValue, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksSecret, printable, printableJson, Redaction } from './0-outside-text.js';

const ACTED_ON = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('printable', () => {
  it.each([
    ['a terminal escape', '\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a title escape', '\u001b]0;x\u0007', '\\u001b]0;x\\u0007'],
    ['a newline and a return', 'a\nb\r', 'a\\nb\\r'],
    ['a C1 control', 'a\u009b2J', 'a\\u009b2J'],
    ['delete', 'a\u007f', 'a\\u007f'],
    ['a direction override', 'abc\u202edef', 'abc\\u202edef'],
    ['a direction isolate', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['a zero-width space', 'a\u200bb', 'a\\u200bb'],
    ['a byte order mark', '\ufeffa', '\\ufeffa'],
    ['a line separator', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['half a pair', 'a\ud800', 'a\\ud800'],
    ['a tag character', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['other scripts and a face', '币安人生USDT ü 🙂 – ✓', '币安人生USDT ü 🙂 – ✓'],
  ])('%s [C19]', (_, text, wanted) => expect(printable(text)).toBe(wanted));

  it('leaves nothing that is acted on, whatever the text [C19]', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(ACTED_ON);
      }),
    );
  });
});

describe('printableJson', () => {
  it('keeps the value, and leaves nothing that is acted on but its own line ends [C19]', () => {
    assert(
      property(jsonValue({ stringUnit: 'binary' }), constantFrom(0, 2), (value, indent) => {
        const text = printableJson(JSON.stringify(value, null, indent));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll('\n', '')).not.toMatch(ACTED_ON);
      }),
    );
  });
});

describe('a redaction', () => {
  const KEY = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A';
  const redaction = new Redaction([KEY, 'p"a ss\\w/ord+1', undefined, 'short']);
  const PEM = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n';

  it.each([
    ['as it is', `<html>key ${KEY}</html>`, '<html>key [redacted]</html>'],
    ['in hex', Buffer.from(KEY).toString('hex'), '[redacted]'],
    ['in a URL', `?a=${encodeURIComponent('p"a ss\\w/ord+1')}`, '?a=[redacted]'],
    ['in JSON', JSON.stringify({ a: 'p"a ss\\w/ord+1' }), '{"a":"[redacted]"}'],
    ['in base64', `x ${Buffer.from('p"a ss\\w/ord+1').toString('base64')}`, 'x [redacted]='],
    ['twice', `${KEY}${KEY}`, '[redacted][redacted]'],
  ])('hides a secret of the process %s [C19]', (_, text, wanted) => expect(redaction.hide(text)).toBe(wanted));

  it.each([
    [
      'a signed query',
      'GET /x?symbol=A&signature=0123abcd&listenKey=pqia91',
      'GET /x?symbol=A&signature=[redacted]&listenKey=[redacted]',
    ],
    ['a header', 'authorization: Bearer abc.DEF-12345', 'authorization: Bearer [redacted]'],
    ['an echoed header', '{"X-MBX-APIKEY":"abcdefgh123"}', '{"X-MBX-APIKEY":"[redacted]"}'],
    ['the login of a URL', 'redis://me:hunter2@host:1/0', 'redis://[redacted]@host:1/0'],
    ['a private key', `x ${PEM}-----END PRIVATE KEY----- y`, 'x [redacted] y'],
    ['half a private key', PEM.slice(0, 60), '[redacted]'],
    ['a private key in JSON', JSON.stringify({ a: PEM, b: 1 }), '{"a":"[redacted]","b":1}'],
  ])('hides what is a secret by its form: %s [C19]', (_, text, wanted) => expect(redaction.hide(text)).toBe(wanted));

  it.each([
    'short words stay: token, password, secret',
    'Set REDIS_PASSWORD=… and BINANCE_API_SECRET=… of the mode',
    'https://fapi.binance.com/fapi/v1/order?symbol=BTCUSDT',
    'signature: unknown kid',
    'a basic rule',
    '{"plan_hash":"3f786850e387550fdab836ed7e6dc881de23001b"}',
  ])('leaves ordinary text alone: %s', (text) => expect(redaction.hide(text)).toBe(text));
});

describe('looksSecret', () => {
  it.each([
    '-----BEGIN PRIVATE KEY----- MC4C',
    'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A',
    'MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF',
  ])('%s', (text) => expect(looksSecret(text)).toBe(true));

  it.each([
    '/var/run/secrets/permit-gate/production/governor-signing-key',
    '/etc/permit-gate/governor.key',
    'governor=/run/a/governor.key,p33=/run/b/p33.key',
    'https://demo-fapi.binance.com',
    'BTCUSDT,ETHUSDT',
  ])('not %s', (text) => expect(looksSecret(text)).toBe(false));
});
