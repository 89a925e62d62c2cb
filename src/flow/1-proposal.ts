import { type Decimal, parseDecimal } from './0-decimal.js';
import { type Fields, type MarketSymbol, parseMarketSymbol } from './0-primitives.js';

export const CLOSE_ACTIONS = ['FULL_CLOSE_PROPOSED', 'PARTIAL_75', 'PARTIAL_50', 'PARTIAL_25', 'CLOSE_PCT'] as const;
export type CloseAction = (typeof CLOSE_ACTIONS)[number];
export const ACTIONS = [...CLOSE_ACTIONS, 'UPDATE_SL', 'HOLD'] as const;
export type Action = (typeof ACTIONS)[number];

/** Per cent of the position that the fixed close actions ask for; `CLOSE_PCT` states its own. */
const FIXED_SHARES = { FULL_CLOSE_PROPOSED: 100, PARTIAL_75: 75, PARTIAL_50: 50, PARTIAL_25: 25 } as const;

export const KILL_COMPONENTS = ['k_regime_flip', 'k_sigma_spike', 'k_ts_drop', 'k_age_penalty'] as const;
export type KillComponent = (typeof KILL_COMPONENTS)[number];

/** A proposal with every field checked; later stages do not check shapes again. */
export interface Proposal {
  readonly symbol: MarketSymbol;
  readonly action: Action;
  readonly killScore: Decimal;
  readonly killComponents: Readonly<Record<KillComponent, string>>;
  /** As the strategy wrote it, `""` when absent: its text is part of the plan's identity. */
  readonly newSl: string;
  /** Per cent to close, as the strategy wrote it; `""` for every action but `CLOSE_PCT`. */
  readonly closePct: string;
  readonly rNet: string;
  /** Decides freshness; epoch seconds. */
  readonly lastUpdateEpochSec: number;
  /** ISO 8601, as written: its text is part of the plan's identity. */
  readonly computedAtUtc: string;
  readonly reasonCodes: string;
  /** Chosen by the strategy; a new one makes a new plan of an otherwise equal proposal. `""` when absent. */
  readonly proposalId: string;
}

export type ProposalFault = {
  readonly reason: 'proposal_invalid' | 'unknown_action';
  /** One sentence: field, given value, what is allowed. */
  readonly detail: string;
};

export type ProposalReading =
  { readonly ok: true; readonly proposal: Proposal } | ({ readonly ok: false } & ProposalFault);

export const MAX_FIELD_LENGTH = 512;
const ISO_8601 = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;
const ABSENT = new Set(['', 'none', 'null']);

const REQUIRED = ['harvest_action', 'kill_score', 'computed_at_utc', 'last_update_epoch'] as const;
/** The fields of a proposal; all others are ignored, and kept nowhere. */
export const PROPOSAL_FIELDS = [
  ...REQUIRED,
  ...KILL_COMPONENTS,
  'new_sl_proposed',
  'close_pct',
  'R_net',
  'reason_codes',
  'proposal_id',
] as const;

/** What is kept of a proposal: its known fields that are not empty. */
export function knownFields(fields: Fields): Fields {
  const known = PROPOSAL_FIELDS.flatMap((field) => {
    const text = fields[field] ?? '';
    return text === '' ? [] : [[field, text] as const];
  });
  return Object.fromEntries(known);
}

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

class Fault extends Error {
  constructor(
    readonly reason: ProposalFault['reason'],
    detail: string,
  ) {
    super(detail);
  }
}

const invalid = (detail: string): Fault => new Fault('proposal_invalid', detail);

function finite(field: string, text: string): Decimal {
  const value = parseDecimal(text);
  if (value === undefined) throw invalid(`${field} is ${shown(text)}; a finite number is needed`);
  return value;
}

/** An optional number: checked when present, kept as written, `"0"` when absent. */
function optionalNumber(fields: Fields, field: string): string {
  const text = (fields[field] ?? '').trim();
  if (ABSENT.has(text.toLowerCase())) return '0';
  finite(field, text);
  return text;
}

function readAction(text: string): Action {
  const action = ACTIONS.find((known) => known === text);
  if (action === undefined) {
    throw new Fault('unknown_action', `harvest_action is ${shown(text)}; known actions are ${ACTIONS.join(', ')}`);
  }
  return action;
}

/** A share travels as a JSON number, so it must survive one: 15 digits do. */
const MAX_SHARE_DIGITS = 15;

/** The share of `CLOSE_PCT`, checked. A leftover `close_pct` beside another action says nothing. */
function readClosePct(action: Action, text: string): string {
  if (action !== 'CLOSE_PCT') return '';
  if (text === '') throw invalid('close_pct is missing; CLOSE_PCT needs it');
  if (parseShare(text) === undefined)
    throw invalid(
      `close_pct is ${shown(text)}; a per cent above 0, at most 100, with at most ${MAX_SHARE_DIGITS} digits is needed`,
    );
  return text;
}

/** Per cent above 0 and at most 100; `undefined` for anything else. */
export function parseShare(text: string): number | undefined {
  const share = parseDecimal(text);
  if (share === undefined || !share.gt(0) || !share.lte(100) || share.precision() > MAX_SHARE_DIGITS) return undefined;
  return share.toNumber();
}

function readProposal(symbolText: string, fields: Fields): Proposal {
  const symbol = parseMarketSymbol(symbolText);
  if (symbol === undefined)
    throw invalid(`symbol is ${shown(symbolText)}; letters, digits and _ are allowed, 40 at most`);
  for (const field of PROPOSAL_FIELDS) {
    const length = fields[field]?.length ?? 0;
    if (length > MAX_FIELD_LENGTH)
      throw invalid(`${field} is ${length} characters long; ${MAX_FIELD_LENGTH} are allowed`);
  }
  for (const field of REQUIRED) {
    if ((fields[field] ?? '').trim() === '') throw invalid(`${field} is missing; it is required`);
  }
  const text = (field: string): string => (fields[field] ?? '').trim();
  const action = readAction(text('harvest_action'));
  const killScore = finite('kill_score', text('kill_score'));
  if (killScore.isNegative() && !killScore.isZero())
    throw invalid(`kill_score is ${shown(text('kill_score'))}; zero or more is needed`);
  const computedAtUtc = text('computed_at_utc');
  if (!ISO_8601.test(computedAtUtc) || Number.isNaN(Date.parse(computedAtUtc))) {
    throw invalid(
      `computed_at_utc is ${shown(computedAtUtc)}; an ISO 8601 time is needed, such as 2026-01-31T12:00:00Z`,
    );
  }
  const lastUpdate = finite('last_update_epoch', text('last_update_epoch'));
  if (lastUpdate.lte(0))
    throw invalid(`last_update_epoch is ${shown(text('last_update_epoch'))}; epoch seconds are needed`);
  const newSl = text('new_sl_proposed');
  if (!ABSENT.has(newSl.toLowerCase())) finite('new_sl_proposed', newSl);
  return {
    symbol,
    action,
    killScore,
    killComponents: {
      k_regime_flip: optionalNumber(fields, 'k_regime_flip'),
      k_sigma_spike: optionalNumber(fields, 'k_sigma_spike'),
      k_ts_drop: optionalNumber(fields, 'k_ts_drop'),
      k_age_penalty: optionalNumber(fields, 'k_age_penalty'),
    },
    newSl: ABSENT.has(newSl.toLowerCase()) ? '' : newSl,
    closePct: readClosePct(action, text('close_pct')),
    rNet: optionalNumber(fields, 'R_net'),
    lastUpdateEpochSec: lastUpdate.toNumber(),
    computedAtUtc,
    reasonCodes: text('reason_codes'),
    proposalId: text('proposal_id'),
  };
}

/** Reads a proposal hash or stream entry. Never throws: what is wrong comes back as a fault that names the field. */
export function parseProposal(symbol: string, fields: Fields): ProposalReading {
  try {
    return { ok: true, proposal: readProposal(symbol, fields) };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, reason: error.reason, detail: error.message };
    throw error;
  }
}

/** A close takes risk away; `UPDATE_SL` and `HOLD` keep it on. */
export function isClose(action: string): action is CloseAction {
  return CLOSE_ACTIONS.some((close) => close === action);
}

/** Per cent of the position that a close asks for; `undefined` for an action that is no close, or a share that cannot be read. */
export function shareOf(action: string, closePct: string): number | undefined {
  if (!isClose(action)) return undefined;
  return action === 'CLOSE_PCT' ? parseShare(closePct) : FIXED_SHARES[action];
}
