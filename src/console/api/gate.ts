import { type ApiSchema, gateApi } from '../../client/api.js';
import { NoAnswer, refusalOf } from './problems.js';
import { clock } from './server-clock.js';

const READ_MS = 8_000;
/** The kill switch waits for orders on their way before it answers. */
const CHANGE_MS = 30_000;

let csrfToken = '';
let onSignedOut = (): void => undefined;

/** Called when the gate no longer knows the session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export function keepSession({ csrf_token: token }: ApiSchema<'WhoamiAnswer'>): void {
  csrfToken = token ?? '';
}

async function call(given: Request): Promise<Response> {
  const isRead = given.method === 'GET';
  const headers = new Headers(given.headers);
  if (!isRead && csrfToken !== '') headers.set('X-CSRF-Token', csrfToken);
  const sentMs = Date.now();
  const timeout = AbortSignal.timeout(isRead ? READ_MS : CHANGE_MS);
  try {
    const response = await fetch(
      new Request(given, { headers, credentials: 'same-origin', cache: 'no-store', signal: timeout }),
    );
    clock.note(response.headers.get('date'), sentMs, Date.now());
    if (response.status === 401 && !new URL(given.url).pathname.endsWith('/session')) onSignedOut();
    return response;
  } catch (error) {
    throw new NoAnswer(timeout.aborted ? 'timeout' : 'connection', { cause: error });
  }
}

export const gate = gateApi({ url: '', fetch: call });

interface Answered {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer itself; throws {@link Refused} or {@link NoAnswer}. */
export async function answer<A extends Answered>(calling: Promise<A>): Promise<NonNullable<A['data']>> {
  let given: A;
  try {
    given = await calling;
  } catch (error) {
    // The body broke off, or is not JSON.
    throw error instanceof NoAnswer ? error : new NoAnswer('connection', { cause: error });
  }
  const { data, error, response } = given;
  if (!response.ok) throw refusalOf(response, error);
  return data ?? {};
}
