/** Calls that the generated client does not have yet. */
import type { paths } from '../../client/api.generated.js';
import type { ApiSchema } from '../../client/api.js';

type Problem = { content: { 'application/problem+json': ApiSchema<'ProblemAnswer'> } };
type Answers<Answer> = {
  200: { headers: Record<string, unknown>; content: { 'application/json': Answer } };
  default: { headers: Record<string, unknown> } & Problem;
};
type Params<Path, Query> = { query?: Query; cookie?: never } & ([Path] extends [undefined]
  ? { path?: never }
  : { path: Path });
type Call<Answer, Path, Body> = {
  parameters: Params<Path, never> & { header?: { 'Idempotency-Key'?: string } };
  requestBody: { content: { 'application/json': Body } };
  responses: Answers<Answer>;
};
type Read<Answer, Path = undefined, Query = never> = {
  parameters: Params<Path, Query> & { header?: never };
  requestBody?: never;
  responses: Answers<Answer>;
};

export type Whoami = ApiSchema<'WhoamiAnswer'>;

export interface Attention {
  reason: string;
  symbol: string | null;
  text: string;
  since_ms: number | null;
  until_ms: number | null;
  by: string | null;
  remedy: string;
}

export interface FleetInstance {
  role: string;
  instance: string;
  state: string;
  text: string;
  ours: boolean;
  faults: string[];
  seen_ms: number;
  started_ms: number | null;
  version: string | null;
  commit: string | null;
  configuration: string | null;
  mode: string | null;
  host: string | null;
  pid: number | null;
  differs: string[];
  differs_in: string[];
}

export interface Fleet {
  at_ms: number;
  complete: boolean;
  instances: FleetInstance[];
  missing: { role: string; last_seen_ms: number | null; text: string; remedy: string }[];
}

/** What `GET /status` says of the whole deployment. */
export interface Deployment {
  attention?: Attention[];
  fleet?: Fleet | null;
  unknown_orders?: { plan_id: string; symbol: string; attempt: number; since_ms: number | null }[] | null;
  holds?: string[] | null;
  dead_letters?: { open: number; more: boolean } | null;
}

export interface WaitingPlan {
  plan_id: string;
  symbol: string;
  action: string;
  share_pct: string | null;
  stop_price: string | null;
  quantity: string;
  notional_usd: string;
  kill_score: string;
  mode: string;
  since_ms: number;
  until_ms: number;
  needed: number;
  approvals: { by: string; reason: string; at_ms: number }[];
}

export interface Ratio {
  first_ms: number | null;
  allowed: number;
  denied: number;
  rows: { symbol: string; issuer: string; verdict: string; reason: string; count: number }[];
}

export interface CloseAnswer {
  symbol: string;
  exchange_amt: string;
  pct: string;
  plan_id: string;
  decision: string;
  reason_codes: string[];
  detail: string;
  attempt: number;
  next: string;
}

type Reason = { reason: string };
interface Pending {
  '/api/v1/approvals': { parameters: Record<string, never>; get: Read<{ waiting: WaitingPlan[] }> };
  '/api/v1/approvals/{planId}': {
    parameters: Record<string, never>;
    post: Call<
      { plan_id: string; outcome: string; needed: number; approvals: { by: string }[] },
      { planId: string },
      Reason & { decision: 'approve' | 'reject' }
    >;
  };
  '/api/v1/positions/{symbol}/close': {
    parameters: Record<string, never>;
    post: Call<CloseAnswer, { symbol: string }, Reason & { pct: string; expected_exchange_amt: string }>;
  };
  '/api/v1/plans/{planId}/retry': {
    parameters: Record<string, never>;
    post: Call<
      { plan_id: string; symbol: string; outcome: string; attempt: number; state: string },
      { planId: string },
      Reason
    >;
  };
  '/api/v1/allowlist/{symbol}': {
    parameters: Record<string, never>;
    delete: Call<{ symbol: string; allowed: boolean; changed: boolean }, { symbol: string }, Reason>;
    put: Call<{ symbol: string; allowed: boolean; changed: boolean }, { symbol: string }, Reason>;
  };
  '/api/v1/ratio': {
    parameters: Record<string, never>;
    get: Read<Ratio, undefined, { symbol?: string; since?: string }>;
  };
}

export type AllPaths = paths & Omit<Pending, keyof paths>;
