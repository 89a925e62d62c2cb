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

export type Attention = ApiSchema<'AttentionAnswer'>;
export type Fleet = ApiSchema<'FleetAnswer'>;
export type FleetInstance = ApiSchema<'InstanceAnswer'>;

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
