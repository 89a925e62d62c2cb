import { causeOf, Undelivered } from './channel.js';

const MOST_BYTES = 2_048;
const LONGEST_WAIT_MS = 3_600_000;

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** Its beginning. */
  readonly text: string;
}

/** One call. Redirects are not followed: what is sent is for this address alone. Throws {@link Undelivered} without an answer. */
export async function call(
  url: string,
  request: { readonly headers?: Record<string, string>; readonly body?: string },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  try {
    const { body, headers = {} } = request;
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'permit-gate', ...headers },
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    });
    const text = await beginningOf(response);
    return { status: response.status, retryAfterMs: retryAfter(response.headers.get('retry-after')), text };
  } catch (error) {
    throw new Undelivered(causeOf(error), undefined, { cause: error });
  }
}

export async function postJson(
  url: string,
  json: object | string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const body = typeof json === 'string' ? json : JSON.stringify(json);
  return call(url, { headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body }, signal);
}

/** Throws {@link Undelivered} unless the answer is a success. */
export function demandSuccess({ status, text, retryAfterMs }: HttpAnswer): void {
  if (status >= 200 && status < 300) return;
  const said = text.trim().replaceAll(/\s+/g, ' ').slice(0, 120);
  throw new Undelivered(`status ${status}${said === '' ? '' : ` (${said})`}`, retryAfterMs);
}

/** Seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return secondsToWait(ms / 1000);
}

export const secondsToWait = (sec: number): number | undefined =>
  sec >= 0 ? Math.min(sec * 1000, LONGEST_WAIT_MS) : undefined;

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
    if (bytes < MOST_BYTES) continue;
    await reader.cancel();
    break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, MOST_BYTES);
}
