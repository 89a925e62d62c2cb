import { type Command, InvalidArgumentError } from 'commander';
import { readDotenv } from '../../config/dotenv.js';
import { CommandFailure, EXIT } from '../exit.js';

interface PaperOptions {
  readonly port: number;
  readonly host: string;
  readonly exchangeInfo?: string;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly position: Readonly<Record<string, string>>;
  readonly mark: Readonly<Record<string, string>>;
  readonly markWalk?: boolean;
  readonly hedgeMode?: boolean;
  readonly unlimited?: boolean;
}

const UNLIMITED = { weightPerMinute: 1_000_000_000, ordersPer10s: 1_000_000_000, ordersPerMinute: 1_000_000_000 };
const NUMBER = /^-?\d{1,30}(\.\d{1,30})?$/;

export function addPaperExchange(program: Command): void {
  program
    .command('paper-exchange')
    .description('run the simulated exchange: Binance USD-M futures over the wire, with paper money')
    .option('--port <port>', 'where to listen; 0 picks a free port', portNumber, 9001)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--exchange-info <file>', 'list the symbols of a stored answer of GET /fapi/v1/exchangeInfo')
    .option('--api-key <key>', 'the key it accepts (BINANCE_TESTNET_API_KEY, else paper-api-key)')
    .option('--api-secret <secret>', 'its secret (BINANCE_TESTNET_API_SECRET, else paper-api-secret)')
    .option('--position <symbol=amount>', 'a position at the start, signed; repeatable', perSymbol, {})
    .option('--mark <symbol=price>', 'a mark price at the start; repeatable', perSymbol, {})
    .option('--mark-walk', 'move every mark price a little once a second')
    .option('--hedge-mode', 'start the account in hedge mode')
    .option('--unlimited', 'no limits on requests and orders: only for measurements, as Binance has limits')
    .addHelpText(
      'after',
      `
One JSON line on stdout holds its address; SIGINT or SIGTERM ends it.

Examples:
  $ permit-gate paper-exchange --position BTCUSDT=0.010 --position ETHUSDT=-0.5
  $ APPLY_MODE=testnet BINANCE_TESTNET_API_KEY=paper-api-key BINANCE_TESTNET_API_SECRET=paper-api-secret \\
      EXCHANGE_REST_URL=http://127.0.0.1:9001 permit-gate serve`,
    )
    .action(runPaper);
}

async function runPaper(options: PaperOptions): Promise<void> {
  const given = { ...readDotenv('.env'), ...process.env };
  const apiKey = options.apiKey ?? given['BINANCE_TESTNET_API_KEY'];
  const apiSecret = options.apiSecret ?? given['BINANCE_TESTNET_API_SECRET'];
  const { runPaperExchange } = await import('../../paper-exchange/index.js');
  try {
    await runPaperExchange({
      host: options.host,
      port: options.port,
      positions: { ...options.position },
      marks: { ...options.mark },
      markWalk: options.markWalk ?? false,
      hedgeMode: options.hedgeMode ?? false,
      ...(options.unlimited === true ? { limits: UNLIMITED } : {}),
      ...(options.exchangeInfo === undefined ? {} : { exchangeInfoFile: options.exchangeInfo }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(apiSecret === undefined ? {} : { apiSecret }),
    });
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    const detail = error instanceof Error ? error.message : String(error);
    const advice = code === 'EADDRINUSE' ? ' Choose another port with --port; 0 picks a free one.' : '';
    throw new CommandFailure(EXIT.configuration, `The paper exchange cannot start: ${detail}.${advice}`, {
      cause: error,
    });
  }
}

function portNumber(given: string): number {
  const port = Number(given);
  if (/^\d{1,5}$/.test(given) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port from 0 to 65535 is needed.');
}

function perSymbol(given: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [symbol = '', value = '', ...rest] = given.split('=');
  if (symbol !== '' && rest.length === 0 && NUMBER.test(value)) return { ...before, [symbol]: value };
  throw new InvalidArgumentError('SYMBOL=NUMBER is needed, such as BTCUSDT=0.010.');
}
