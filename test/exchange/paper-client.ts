import { createHmac } from 'node:crypto';
import { DEFAULT_API_KEY, DEFAULT_API_SECRET, type PaperExchange } from '../../src/paper-exchange/index.js';

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON; an empty object when it is none. */
  readonly json: Record<string, unknown>;
  readonly list: Record<string, unknown>[];
}

export interface SendOptions {
  /** Where the parameters of a POST travel; `split` puts the order's into the query and the rest into the body. */
  readonly place?: 'query' | 'body' | 'split';
  readonly contentType?: string;
  readonly key?: string;
  readonly secret?: string;
  readonly timestampMs?: number;
  readonly unsigned?: boolean;
}

type Fields = Readonly<Record<string, string | number | boolean>>;

const encode = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');

/** Signs and sends one request by hand, independent of any client library. */
export async function call(
  paper: PaperExchange,
  method: string,
  path: string,
  fields: Fields = {},
  options: SendOptions = {},
): Promise<WireAnswer> {
  const { query, body } = arrange(method, fields, options);
  const response = await fetch(`${paper.restUrl}${path}${query === '' ? '' : `?${query}`}`, {
    method,
    headers: {
      'X-MBX-APIKEY': options.key ?? DEFAULT_API_KEY,
      'Content-Type': options.contentType ?? 'application/x-www-form-urlencoded',
    },
    ...(body === '' ? {} : { body }),
  });
  const text = await response.text();
  const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {};
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: Array.isArray(parsed) ? {} : (parsed as Record<string, unknown>),
    list: Array.isArray(parsed) ? parsed : [],
  };
}

function arrange(method: string, fields: Fields, options: SendOptions): { query: string; body: string } {
  if (options.unsigned === true) return { query: encode(fields), body: '' };
  const sign = (payload: string): string =>
    createHmac('sha256', options.secret ?? DEFAULT_API_SECRET)
      .update(payload)
      .digest('hex');
  const timestamp = { timestamp: options.timestampMs ?? Date.now() };
  if (options.place === 'split') {
    const query = encode(fields);
    const body = encode(timestamp);
    return { query, body: `${body}&signature=${sign(query + body)}` };
  }
  const payload = encode({ ...fields, ...timestamp });
  const signed = `${payload}&signature=${sign(payload)}`;
  const inBody = options.place === 'body' || (options.place === undefined && method === 'POST');
  return inBody ? { query: '', body: signed } : { query: signed, body: '' };
}

/** A MARKET order by hand; answers with the final state. */
export function market(
  paper: PaperExchange,
  side: 'BUY' | 'SELL',
  quantity: string,
  more: Fields = {},
  options: SendOptions = {},
): Promise<WireAnswer> {
  const order = { symbol: 'BTCUSDT', side, type: 'MARKET', quantity, newOrderRespType: 'RESULT', ...more };
  return call(paper, 'POST', '/fapi/v1/order', order, options);
}

/** The signed amount the exchange truly holds, "0" when flat. */
export function held(paper: PaperExchange, symbol = 'BTCUSDT'): string {
  return paper.records().positions.find((position) => position.symbol === symbol)?.amount ?? '0';
}
