import { hostname } from 'node:os';
import { BINANCE_BASES, exchangeAccount, isLoopbackBase, webSocketBase } from './exchange-base.js';
import { parseRedisUrl } from './redis-url.js';
import type { ApplyMode } from './roles.js';
import { defaultConfigDirectory } from './symbols/directory.js';

/** A default that is computed from other values. A derived default sees the rows above its own. */
export class DerivedDefault<T> {
  constructor(
    /** For the documentation page. */
    readonly description: string,
    readonly from: (values: DefaultInputs) => T,
  ) {}
}

/** What derived defaults look at. */
interface DefaultInputs {
  readonly applyMode: ApplyMode;
  readonly applyAllowlist: string[];
  readonly redisUrl: string | undefined;
  readonly redisTls: boolean;
  readonly binanceApiKey: string | undefined;
  readonly exchangeRestUrl: string;
}

/** One default in production, another one in every other mode. */
export function inProduction<const P extends string, const O extends string>(
  production: P,
  otherwise: O,
): DerivedDefault<P | O> {
  return new DerivedDefault(`\`${otherwise}\`; \`${production}\` in production`, ({ applyMode }) =>
    applyMode === 'production' ? production : otherwise,
  );
}

export const HOST_NAME = new DerivedDefault('the host name', () => hostname());

export const CONFIG_DIRECTORY = new DerivedDefault(
  '`config/` in the working directory if it holds YAML files, otherwise that of the package',
  defaultConfigDirectory,
);

export const APPLY_ALLOWLIST = new DerivedDefault('`APPLY_ALLOWLIST`', ({ applyAllowlist }) => applyAllowlist);

export const TLS_OF_REDIS_URL = new DerivedDefault(
  '`true` with a `rediss://` URL, otherwise `false`',
  ({ redisUrl }) => {
    const endpoint = parseRedisUrl(redisUrl)?.endpoint;
    return endpoint?.kind === 'tcp' && endpoint.tls;
  },
);

export const TLS_OF_REDIS = new DerivedDefault('`REDIS_TLS`', ({ redisTls }) => redisTls);

export const BINANCE_REST_BASE = new DerivedDefault<string>(
  'Binance’s own for the account',
  (values) => BINANCE_BASES[exchangeAccount(values)].rest,
);

export const STREAM_BASE = new DerivedDefault<string>(
  'that of `EXCHANGE_REST_URL` on loopback, otherwise Binance’s own for the account',
  (values) =>
    isLoopbackBase(values.exchangeRestUrl)
      ? webSocketBase(values.exchangeRestUrl)
      : BINANCE_BASES[exchangeAccount(values)].ws,
);
