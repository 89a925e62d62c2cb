import { type Command, Option } from 'commander';
import { readCells } from '../../cells/cells-file.js';
import { readDotenv } from '../../config/dotenv.js';
import { cellTokenIn, NoTokenInFile, tokenInFile } from '../../config/token-in-file.js';
import { type GateApi, gateApi, unansweredReason } from '../../client/api.js';
import type { paths } from '../../client/api.generated.js';
import { isJsonObject, jsonOrText } from '../../flow/0-json.js';
import { CommandFailure, EXIT, type ExitCode } from '../exit.js';
import type { Schema, Seen } from './reading.js';

const LOOPBACK = '127.0.0.1';
const DEFAULT_PORT = '8080';
const DEFAULT_URL = `http://${LOOPBACK}:${DEFAULT_PORT}`;
/** Addresses that a server listens at, and that nobody can call. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]', '*', '']);
/** Engaging the kill switch may take 10 s to be sure. */
const DEADLINE_MS = 20_000;

export interface ApiOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly cell?: string;
  readonly json?: boolean;
}

/** What the generated client gives for one call. */
interface Called<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/** What a call was answered: `answer`, or of a refusal `problem`. */
export interface RawAnswer<T> {
  readonly status: number;
  readonly answer: Seen<T> | undefined;
  readonly problem: Schema<'ProblemAnswer'> | undefined;
}

export type EventsQuery = NonNullable<paths['/api/v1/events']['get']['parameters']['query']>;

interface EveryAddress {
  readonly clients: readonly ApiClient[];
  /** Addresses that are no URL. */
  readonly faulty: readonly string[];
}

/** Adds the options of every command that calls a running deployment. */
export function withApiOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--url <url>',
        `where the deployment answers (PERMIT_GATE_URL, else HTTP_HOST and HTTP_PORT, else ${DEFAULT_URL})`,
      ),
    )
    .addOption(new Option('--token-file <file>', 'a file that holds the token (else PERMIT_GATE_TOKEN is the token)'))
    .option('--cell <name>', 'a cell of CELLS_FILE, in place of --url and --token-file')
    .option('--json', 'print the answer as JSON');
}

/** The HTTP interface of a running deployment. */
export class ApiClient {
  readonly #api: GateApi;

  private constructor(
    readonly url: string,
    token: string,
  ) {
    this.#api = gateApi({ url, token, fetch: (request) => this.#whole(request) });
  }

  static of(options: ApiOptions): ApiClient {
    const given = { ...readDotenv('.env'), ...process.env };
    const [ofCell] = cellClients(options, given);
    if (ofCell !== undefined) return ofCell;
    const named = options.url ?? (given['PERMIT_GATE_URL'] || undefined);
    return new ApiClient(baseOf(named ?? localUrl(given)), tokenOf(options, given));
  }

  /** One for every address that is known: `--url`, PERMIT_GATE_URL and each of PERMIT_GATE_URLS. */
  static everywhere(options: ApiOptions): EveryAddress {
    const given = { ...readDotenv('.env'), ...process.env };
    const ofCell = cellClients(options, given);
    if (ofCell.length > 0) return { clients: ofCell, faulty: [] };
    const token = tokenOf(options, given);
    const named = [options.url, given['PERMIT_GATE_URL'], ...(given['PERMIT_GATE_URLS'] ?? '').split(',')]
      .map((address) => address?.trim() ?? '')
      .filter((address) => address !== '');
    const clients: ApiClient[] = [];
    const faulty: string[] = [];
    for (const address of new Set(
      named.length === 0 ? [localUrl(given)] : named.map((each) => each.replace(/\/+$/, '')),
    )) {
      try {
        clients.push(new ApiClient(baseOf(address), token));
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        faulty.push(address);
      }
    }
    return { clients, faulty };
  }

  static at(url: string, token: string): ApiClient {
    return new ApiClient(baseOf(url), token);
  }

  /** The answer of one call. Throws for a refusal, or if nobody answers. */
  async ask<T>(call: (api: GateApi) => Promise<Called<T>>): Promise<Seen<T>> {
    const { status, answer, problem } = await this.raw(call);
    if (answer !== undefined) return answer;
    throw refused(status, problem, this.url);
  }

  /** The answer as it came, also a refusal. Throws if nobody answers; both are `undefined` if it is no JSON object. */
  async raw<T>(call: (api: GateApi) => Promise<Called<T>>): Promise<RawAnswer<T>> {
    const { data, error, response } = await call(this.#api);
    return {
      status: response.status,
      answer: isJsonObject(data) ? (data as Seen<T>) : undefined,
      problem: isJsonObject(error) ? error : undefined,
    };
  }

  /** The events, once the head of the answer is there; they come until `signal`. Throws for a refusal, or if nobody answers. */
  async events(
    query: EventsQuery,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | null> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException('no answer', 'TimeoutError')), DEADLINE_MS);
    try {
      const { data, error, response } = await this.#api.GET('/api/v1/events', {
        params: { query },
        headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
        parseAs: 'stream',
        fetch: (request) => fetch(request, { redirect: 'error', signal: AbortSignal.any([signal, late.signal]) }),
      });
      if (data !== undefined) return data;
      throw refused(response.status, isJsonObject(error) ? error : undefined, this.url);
    } catch (error) {
      throw error instanceof CommandFailure ? error : unanswered(this.url, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** With a deadline that includes the body. What is no JSON object comes back empty: the client cannot read it. */
  async #whole(request: Request): Promise<Response> {
    try {
      const response = await fetch(request, { redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS) });
      const text = await response.text();
      return new Response(isJsonObject(jsonOrText(text)) ? text : 'null', { status: response.status });
    } catch (error) {
      throw unanswered(this.url, error);
    }
  }
}

/** One for each address of the cell that `--cell` names; none without it. */
function cellClients({ cell: name, url, tokenFile }: ApiOptions, given: NodeJS.ProcessEnv): ApiClient[] {
  if (name === undefined) return [];
  if (url !== undefined || tokenFile !== undefined)
    throw new CommandFailure(EXIT.usage, '--cell says address and token: leave out --url and --token-file.');
  const { cells } = readCells(cellsFileIn(given));
  const cell = cells.find((each) => each.name === name);
  if (cell === undefined) {
    const names = cells.map((each) => each.name).join(', ');
    throw new CommandFailure(EXIT.usage, `CELLS_FILE has no cell ${JSON.stringify(name)}; it has ${names}.`);
  }
  const token = tokenFrom('token_file', () => cellTokenIn(cell.tokenFile));
  return cell.urls.map((each) => ApiClient.at(each, token));
}

/** The path in CELLS_FILE. */
export function cellsFileIn(given: NodeJS.ProcessEnv = { ...readDotenv('.env'), ...process.env }): string {
  const file = given['CELLS_FILE']?.trim() ?? '';
  if (file !== '') return file;
  throw new CommandFailure(
    EXIT.configuration,
    'CELLS_FILE is not set: set it to the file that names the cells, in the environment or in .env.',
  );
}

/** Where a deployment with these variables answers on this machine. */
function localUrl(given: NodeJS.ProcessEnv): string {
  const host = given['HTTP_HOST']?.trim() ?? '';
  const port = given['HTTP_PORT']?.trim() || DEFAULT_PORT;
  if (ANY_ADDRESS.has(host)) return `http://${host === '::' || host === '[::]' ? '[::1]' : LOOPBACK}:${port}`;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CommandFailure(
      EXIT.usage,
      `The address is ${JSON.stringify(text)}; a URL such as ${DEFAULT_URL} is needed.`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

function tokenOf(options: ApiOptions, given: NodeJS.ProcessEnv): string {
  const { tokenFile } = options;
  if (tokenFile !== undefined) return tokenFrom('--token-file', () => tokenInFile(tokenFile));
  const token = given['PERMIT_GATE_TOKEN']?.trim() ?? '';
  if (token !== '') return token;
  throw new CommandFailure(
    EXIT.configuration,
    'This command needs a token: name its file with --token-file, or set PERMIT_GATE_TOKEN. "permit-gate token create" makes one.',
  );
}

/** Throws a fault of the configuration where the file gives no token. */
function tokenFrom(what: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NoTokenInFile)) throw error;
    throw new CommandFailure(EXIT.configuration, `${what} ${error.message}`, { cause: error });
  }
}

function unanswered(url: string, error: unknown): CommandFailure {
  return new CommandFailure(
    EXIT.unreachable,
    `No permit-gate answers at ${url} (${reasonOf(error)}). Start one with "permit-gate serve", or give its address with --url or PERMIT_GATE_URL.`,
    { cause: error },
  );
}

export function reasonOf(error: unknown): string {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  return isLate ? `no answer within ${DEADLINE_MS / 1_000} s` : unansweredReason(error);
}

/** The one place where an answer that is none becomes the end of a command. */
function refused(status: number, problem: Schema<'ProblemAnswer'> | undefined, url: string): CommandFailure {
  if (typeof problem?.detail !== 'string') {
    return new CommandFailure(
      EXIT.unreachable,
      `${url} answered ${status}, and not as permit-gate does. Is this the address of a permit-gate?`,
    );
  }
  return new CommandFailure(codeOf(status), `${String(problem.title)} (${status}): ${problem.detail}`);
}

/** What an error answer means for the caller of the command. */
function codeOf(status: number): ExitCode {
  if (status === 400 || status === 413 || status === 415 || status === 422) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.configuration;
  if (status === 429 || status >= 500) return EXIT.unreachable;
  return EXIT.notHolding;
}
