import { type ApiSchema, type GateApi, gateApi, unansweredReason } from '../client/api.js';
import { cellTokenIn, NoTokenInFile } from '../config/token-in-file.js';
import { isJsonObject, jsonOrText } from '../flow/0-json.js';
import type { Cell } from './cells-file.js';

/** An answer that is longer is none of permit-gate's. */
const LONGEST_ANSWER = 8 * 1024 * 1024;

/** A cell gave no answer that counts. The message says why. */
export class CellUnanswered extends Error {
  override readonly name = 'CellUnanswered';

  constructor(
    message: string,
    /** The refusal, where the cell answered with one. */
    readonly problem?: Partial<ApiSchema<'ProblemAnswer'>>,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the generated client gives for one call. */
interface Called<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
}
type Call<T> = (api: GateApi) => Promise<Called<T>>;

export interface Patience {
  /** How long the answer may take. */
  readonly withinMs: number;
  /** Within this time a process must show that it lives, where its answer may take longer. */
  readonly aliveWithinMs?: number;
}

/**
 * Asks every address of the cell at once, and returns the first answer that `counts`. Throws {@link CellUnanswered} when there is none
 * in time, whatever the others do.
 */
export async function askCell<T extends object>(
  cell: Cell,
  patience: Patience,
  call: Call<T>,
  counts: (answer: T) => boolean = () => true,
): Promise<T> {
  const token = tokenOf(cell);
  const all = new AbortController();
  try {
    return await Promise.any(cell.urls.map((url) => askAt(url, token, patience, all.signal, call, counts)));
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const found = (error.errors as unknown[]).map((each) =>
      each instanceof CellUnanswered ? each : new CellUnanswered(String(each), undefined, { cause: each }),
    );
    const message = [...new Set(found.map((each) => each.message))].join('; ');
    throw new CellUnanswered(message, found.find(({ problem }) => problem !== undefined)?.problem, { cause: error });
  } finally {
    all.abort();
  }
}

async function askAt<T extends object>(
  url: string,
  token: string,
  { withinMs, aliveWithinMs }: Patience,
  all: AbortSignal,
  call: Call<T>,
  counts: (answer: T) => boolean,
): Promise<T> {
  const own = new AbortController();
  const giveUp = (afterMs: number): void =>
    own.abort(new DOMException(`no answer within ${afterMs / 1_000} s`, 'TimeoutError'));
  const timers = [setTimeout(giveUp, withinMs, withinMs)];
  all.addEventListener('abort', () => own.abort(all.reason));
  const api = gateApi({ url, token, fetch: (request) => whole(request, own.signal) });
  if (aliveWithinMs !== undefined) {
    const timer = setTimeout(giveUp, aliveWithinMs, aliveWithinMs);
    timers.push(timer);
    const isAlive = (): void => clearTimeout(timer);
    // Any answer shows that it lives; without one the call that matters fails by itself.
    api.GET('/health/live').then(isAlive, isAlive);
  }
  try {
    const { data, error, response } = await call(api);
    if (isJsonObject(data) && counts(data)) return data;
    if (!isJsonObject(error))
      throw new CellUnanswered(`${url}: status ${response.status}, and not as permit-gate answers`);
    const problem = error as Partial<ApiSchema<'ProblemAnswer'>>;
    const { title = '', detail = '' } = problem;
    throw new CellUnanswered(`${url}: ${title} (${response.status}): ${detail}`, problem);
  } catch (error) {
    if (error instanceof CellUnanswered) throw error;
    throw new CellUnanswered(`${url}: ${unansweredReason(error)}`, undefined, { cause: error });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Read when it is needed: a token that was replaced counts from the next call on. */
function tokenOf({ tokenFile }: Cell): string {
  try {
    return cellTokenIn(tokenFile);
  } catch (error) {
    if (!(error instanceof NoTokenInFile)) throw error;
    throw new CellUnanswered(`token_file ${error.message}`, undefined, { cause: error });
  }
}

/** The answer with its body, which may be cut off or endless. What is no JSON object comes back empty. */
async function whole(request: Request, signal: AbortSignal): Promise<Response> {
  const response = await fetch(request, { redirect: 'error', signal });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new Error('its answer has no end');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return new Response(isJsonObject(jsonOrText(text)) ? text : 'null', { status: response.status });
}
