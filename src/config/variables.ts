import { ARCHIVE_SECTION } from './archive-section.js';
import * as fallback from './derived-defaults.js';
import { REDIS_DEFAULT_PORT, REDIS_HIGHEST_DB, SENTINEL_DEFAULT_PORT } from './redis-url.js';
import { APPLY_MODES, ROLES } from './roles.js';
import { GOVERNOR_SECTION } from './governor-section.js';
import { NOTIFY_SECTION } from './notify-section.js';
import { DAY_SEC, KILL_SCORE, METRICS, PERMIT_TTL } from './of-several-sections.js';
import { exchangeUrl, host, nodes, redisUrl } from './value-parsers/addresses.js';
import { fractional, milliseconds, port, seconds, whole } from './value-parsers/numbers.js';
import { flag, oneOf, path, secret, setOf, symbols, text, prefixes } from './value-parsers/words.js';
import { NONE, section, variable } from './variable.js';

/** ACL user names have no blanks; the server decides whether the name exists. */
const USER_NAME = text(/^[^\s\p{C}]{1,128}$/u, 'a Redis ACL user name without blanks');
const PASSWORD = secret(/^[^\p{Cc}]{1,1024}$/u, '1 to 1024 characters without control characters');
const NAME = text(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters (A-Z, a-z), digits, dots, underscores or dashes');
const CREDENTIAL = secret(/^[\x21-\x7e]{1,256}$/, '1 to 256 visible ASCII characters without blanks');

/**
 * Every environment variable, once: type and range, default, meaning. Reading, checking, the type of the configuration, the
 * values per symbol, `.env.example` and `docs/configuration.md` all follow from this table.
 */
export const SECTIONS = [
  section('Process', 'What this process is and does.', {
    ROLES: variable(
      setOf(...ROLES),
      new Set(ROLES),
      'Which roles this process runs. `--roles=` on the command line takes precedence.',
    ),
    INSTANCE_ID: variable(
      NAME,
      fallback.HOST_NAME,
      'Part of the consumer names: stable over restarts, unique among the live processes of a role.',
    ),
    APPLY_MODE: variable(
      oneOf(...APPLY_MODES),
      'dry_run',
      '`dry_run` takes the whole path without sending; `testnet` and `production` send orders to that account.',
    ),
    CONFIG_DIR: variable(
      path('a directory with YAML files'),
      fallback.CONFIG_DIRECTORY,
      'Where the per-symbol values are read from: every `*.yaml` and `*.yml` in it.',
    ),
    CONTROL_STATE_DIR: variable(
      path('a directory that this process may write and that outlives it'),
      NONE,
      'Where a stop is kept until Redis has it, so that a restart does not lose it. One deployment, one directory; its processes may share it.',
    ),
    LOG_LEVEL: variable(
      oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      'info',
      'The least severe log lines that are written.',
    ),
    LOG_FORMAT: variable(
      oneOf('json', 'pretty'),
      'json',
      'One JSON object per line, or readable lines for a terminal.',
    ),
  }),
  section('Redis', 'Name Redis in one way: host and port, a URL, Sentinel, or Cluster. Redis 7.0 or newer.', {
    REDIS_HOST: variable(host(), 'localhost', 'Where a standalone Redis listens.'),
    REDIS_PORT: variable(whole(1, 65_535, 'a port'), REDIS_DEFAULT_PORT, 'The port of `REDIS_HOST`.'),
    REDIS_DB: variable(whole(0, REDIS_HIGHEST_DB), 0, 'The database number; a cluster has only 0.'),
    REDIS_URL: variable(redisUrl(), NONE, 'Address, user, password and database in one; in place of host and port.'),
    REDIS_USERNAME: variable(USER_NAME, NONE, 'The ACL user of this process; needs a password.'),
    REDIS_PASSWORD: variable(PASSWORD, NONE, 'The password of this process’ user, or of the default user.'),
    REDIS_TLS: variable(
      flag(),
      fallback.TLS_OF_REDIS_URL,
      'Whether connections to Redis are encrypted: to every server, and to the Sentinels.',
    ),
    REDIS_TLS_SERVERNAME: variable(
      host(),
      NONE,
      'The name that the certificates must contain, in place of the address. Sentinel and Cluster usually name servers by IP address.',
    ),
    REDIS_SENTINELS: variable(nodes(SENTINEL_DEFAULT_PORT), NONE, 'The Sentinels to ask for the master.'),
    REDIS_SENTINEL_NAME: variable(
      text(/^[A-Za-z0-9._-]{1,128}$/, '1 to 128 letters (A-Z, a-z), digits, dots, underscores or dashes'),
      NONE,
      'The name under which the Sentinels know the master.',
    ),
    REDIS_SENTINEL_USERNAME: variable(USER_NAME, NONE, 'The ACL user at the Sentinels; needs a password.'),
    REDIS_SENTINEL_PASSWORD: variable(
      PASSWORD,
      NONE,
      'The password at the Sentinels. Without it they are asked without a password; `REDIS_PASSWORD` is never sent to them.',
    ),
    REDIS_SENTINEL_TLS: variable(
      flag(),
      fallback.TLS_OF_REDIS,
      'Whether connections to the Sentinels are encrypted. Never `false` with `REDIS_TLS=true`.',
    ),
    REDIS_CLUSTER_NODES: variable(nodes(REDIS_DEFAULT_PORT), NONE, 'Nodes of a Redis Cluster to start from.'),
    REDIS_KEY_PREFIX: variable(
      text(/^[A-Za-z0-9:_{}-]{0,63}:$/, '1 to 64 letters (A-Z, a-z), digits or : _ - { }, with a colon at the end'),
      'quantum:',
      'Begins every key. On a cluster it carries a hash tag, such as `{quantum:0}:`, so that all keys share a slot.',
    ),
    REDIS_MIN_REPLICAS: variable(
      whole(0, 16),
      0,
      'How many replicas must acknowledge a claim before the order may leave.',
    ),
    REDIS_OPERATOR_USERNAME: variable(
      USER_NAME,
      NONE,
      'The ACL user for operator writes (kill switch, arming, holds); without it the process’ own user does them.',
    ),
    REDIS_OPERATOR_PASSWORD: variable(PASSWORD, NONE, 'The password of `REDIS_OPERATOR_USERNAME`.'),
  }),
  section('Apply', 'From proposal to order.', {
    APPLY_ALLOWLIST: variable(symbols(), ['BTCUSDT'], 'The symbols that may be traded.'),
    SYMBOLS: variable(
      symbols(),
      fallback.APPLY_ALLOWLIST,
      'Whose proposals Apply watches. One that no allowlist names ends as `SKIP`, `not_in_allowlist`.',
    ),
    APPLY_POLL_SEC: variable(seconds(0.05, 3600), 5, 'How often the proposal hashes are read.'),
    APPLY_PERMIT_WAIT_MS: variable(
      milliseconds(50, 60_000),
      1200,
      'The window: how long after its publication an attempt may still be claimed.',
    ),
    APPLY_PERMIT_STEP_MS: variable(
      milliseconds(10, 59_999),
      100,
      'How often waiting plans are checked for permits that came without an event.',
    ),
    APPLY_DEDUPE_TTL_SEC: variable(
      seconds(1, 30 * DAY_SEC),
      21_600,
      'How long a published plan is not published again.',
    ),
    APPLY_PROPOSAL_MAX_AGE_SEC: variable(seconds(0.1, DAY_SEC), 60, 'An older proposal is `proposal_stale`.'),
    APPLY_PROPOSALS_PER_MIN: variable(
      whole(1, 1_000_000),
      600,
      'How many proposals of one symbol and source (the proposal stream, the API) are taken up in a minute. Of more, the newest of a strategy waits; a call is refused (429).',
    ),
    APPLY_MAX_ATTEMPTS: variable(whole(1, 100), 5, 'How often a plan is tried while its proposal is fresh.'),
    APPLY_REPEAT_POLICY: variable(
      oneOf('once_per_episode', 'every_proposal'),
      'once_per_episode',
      'Whether a standing proposal that was carried out may run again before it changes.',
    ),
    APPLY_KILL_SWITCH: variable(
      flag(),
      false,
      'Engages the kill switch at start. The live switch is in Redis and latched.',
    ),
    K_BLOCK_CRITICAL: variable(KILL_SCORE, 0.8, 'At or above this kill score only closes pass.'),
    K_BLOCK_WARNING: variable(KILL_SCORE, 0.6, 'At or above this kill score no action passes that keeps risk on.'),
    APPLY_METRICS_PORT: variable(port('turns it off'), 0, METRICS),
  }),
  section('Position Brain', 'Snapshots of the exchange, the ledger of explained fills, and its permit.', {
    P33_ALLOWLIST: variable(symbols(), fallback.APPLY_ALLOWLIST, 'The symbols it issues permits for.'),
    P33_POLL_SEC: variable(seconds(0.05, 3600), 5, 'How often all positions are read afresh.'),
    P33_STALE_THRESHOLD_SEC: variable(
      seconds(0.1, 3600),
      10,
      'An older snapshot gives no permit: `stale_exchange_state`.',
    ),
    P33_COOLDOWN_SEC: variable(seconds(0, DAY_SEC), 15, 'How long after a fill a symbol gets no permit.', {
      perSymbol: 'cooldownSec',
    }),
    P33_QTY_TOLERANCE_PCT: variable(
      fractional(0, 100, 'percent'),
      1,
      'How far ledger and exchange may differ, of the exchange amount; never less than half a step.',
      { perSymbol: 'tolerancePct' },
    ),
    P33_PERMIT_TTL: variable(PERMIT_TTL, 60, 'How long its permit is kept.'),
    P33_LEDGER_BOOTSTRAP: variable(
      oneOf('adopt', 'hold'),
      fallback.inProduction('hold', 'adopt'),
      'Where no ledger exists yet: adopt the exchange amount, or hold the symbol until an operator reconciles it.',
    ),
    P33_EXPLAINED_PREFIXES: variable(
      prefixes(),
      [],
      'Client order id prefixes of other sources that trade this account on purpose: their fills move the ledger, openings too.',
    ),
    P33_METRICS_PORT: variable(port('turns it off'), 8045, METRICS),
  }),
  GOVERNOR_SECTION,
  section(
    'Exchange',
    'Binance USD-M futures. Apply and the Position Brain use its account; the Governor reads public mark prices, without a key.',
    {
      BINANCE_TESTNET_API_KEY: variable(CREDENTIAL, NONE, 'The key for `testnet`.'),
      BINANCE_TESTNET_API_SECRET: variable(CREDENTIAL, NONE, 'The secret of that key.'),
      BINANCE_API_KEY: variable(CREDENTIAL, NONE, 'The key for `production`.'),
      BINANCE_API_SECRET: variable(CREDENTIAL, NONE, 'The secret of that key.'),
      EXCHANGE_REST_URL: variable(exchangeUrl('http'), fallback.BINANCE_REST_BASE, 'The base of the REST interface.'),
      EXCHANGE_WS_URL: variable(exchangeUrl('ws'), fallback.STREAM_BASE, 'The base of the streams.'),
      EXCHANGE_RECV_WINDOW_MS: variable(
        milliseconds(100, 60_000),
        2000,
        'How long after its signature the exchange still accepts a request.',
      ),
      EXCHANGE_ORDER_TIMEOUT_MS: variable(
        milliseconds(100, 60_000),
        3000,
        'After this long without an answer an order’s outcome is unknown and is looked up.',
      ),
      EXCHANGE_UNKNOWN_PROOF_SEC: variable(
        seconds(0, 600),
        30,
        'How long an order must stay unfound before it counts as absent.',
      ),
      EXCHANGE_ADDRESS_GROUP: variable(NAME, NONE, 'Deployments of the same group share the limits of one address.'),
    },
  ),
  section('HTTP', 'Health, metrics, REST interface and console.', {
    HTTP_HOST: variable(host(), '127.0.0.1', 'The address to listen on.'),
    HTTP_PORT: variable(port('takes any free one'), 8080, 'The port to listen on.'),
    ADMIN_TOKENS_FILE: variable(
      path('a JSON file'),
      NONE,
      'The tokens that may call the API: `[{"name","role","sha256"}]`. Without it every `/api` call is refused.',
    ),
    CELLS_FILE: variable(
      path('a YAML or JSON file'),
      NONE,
      'The cells that the API and the command line show and stop together ([cells](cells.md)).',
    ),
  }),
  section('Audit', 'Each process keeps a chain of its own of who did what ([how to read it](operations.md#audit)).', {
    AUDIT_KEY: variable(
      secret(
        /^[\x21-\x7e]{32,256}(\s+[\x21-\x7e]{32,256}){0,99}$/,
        'one key of 32 to 256 visible ASCII characters; after blanks or line ends earlier keys, which only verify',
      ),
      NONE,
      'The key of this process’ audit chain. Without it the chain shows damage, but whoever may write to Redis can forge it.',
    ),
    AUDIT_RETENTION_DAYS: variable(fractional(1, 3650, 'days'), 90, 'How long audit entries are kept.'),
    AUDIT_COPY: variable(
      text(/^[^\p{Cc}]{1,4096}$/u, '`stdout`, or the path of a file that this process may append to'),
      NONE,
      'Where each stored entry is also written, as a line of JSON: what is deleted from Redis is still there.',
    ),
  }),
  section('Signed permits', 'Each issuer signs with a key of its own; Apply holds public keys only.', {
    PERMIT_SIGNING: variable(
      oneOf('off', 'ed25519'),
      fallback.inProduction('ed25519', 'off'),
      'Whether permits are signed, and unsigned ones refused.',
    ),
    PERMIT_SIGNING_KEY_FILE: variable(
      text(
        /^[^\p{Cc}]{1,8192}$/u,
        'the path of a private key; with several issuer roles in one process governor=/path,p33=/path',
      ),
      NONE,
      'The private key of the issuer that this process runs.',
    ),
    PERMIT_TRUSTED_KEYS_FILE: variable(path('a JSON file'), NONE, 'The public keys that Apply trusts, per issuer.'),
  }),
  NOTIFY_SECTION,
  ARCHIVE_SECTION,
] as const;
