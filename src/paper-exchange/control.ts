import type { RulesChange } from './exchange-info.js';
import type { Autoclose } from './exchange.js';
import { readFault } from './fault-reader.js';
import type { Fault } from './faults.js';
import { FieldError, FieldReader } from './field-reader.js';
import { WireError } from './wire-error.js';

interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The actions of the control interface. */
interface Steered {
  records(): unknown;
  setPosition(symbol: string, amount: string, entryPrice?: string, options?: { silent?: boolean }): void;
  setMark(symbol: string, price: string): void;
  setRules(symbol: string, change: RulesChange): void;
  autoclose(symbol: string, kind: Autoclose, quantity?: string): number;
  addFault(fault: Fault): number;
  faults(): unknown;
  clearFaults(): void;
  setHedgeMode(hedgeMode: boolean): void;
  setCanTrade(canTrade: boolean): void;
  setClockOffset(offsetMs: number): void;
  dropUserStreams(): void;
  expireListenKeys(): void;
  silenceUserStreams(silent: boolean): void;
}

type Handler = (paper: Steered, body: () => unknown) => unknown;

const RULES: readonly (keyof RulesChange)[] = [
  'stepSize',
  'minQty',
  'maxQty',
  'marketStepSize',
  'marketMinQty',
  'marketMaxQty',
  'tickSize',
];

const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /paper/records': (paper) => paper.records(),
  'POST /paper/positions': (paper, body) => {
    const fields = FieldReader.of(body());
    const symbol = fields.text('symbol');
    const amount = fields.decimal('amount');
    const entryPrice = fields.optionalDecimal('entryPrice');
    const silent = fields.optionalFlag('silent') ?? false;
    fields.end();
    paper.setPosition(symbol, amount, entryPrice, { silent });
    return { symbol, amount };
  },
  'POST /paper/marks': (paper, body) => {
    const fields = FieldReader.of(body());
    const symbol = fields.text('symbol');
    const price = fields.decimal('price');
    fields.end();
    paper.setMark(symbol, price);
    return { symbol, price };
  },
  'POST /paper/rules': (paper, body) => {
    const fields = FieldReader.of(body());
    const symbol = fields.text('symbol');
    const given = RULES.map((name) => [name, fields.optionalDecimal(name)]).filter(([, value]) => value !== undefined);
    fields.end();
    const change = Object.fromEntries(given) as RulesChange;
    paper.setRules(symbol, change);
    return { symbol, ...change };
  },
  'POST /paper/autoclose': (paper, body) => {
    const fields = FieldReader.of(body());
    const symbol = fields.text('symbol');
    const kind = fields.oneOf('kind', ['adl', 'liquidation', 'settlement']);
    const quantity = fields.optionalDecimal('quantity');
    fields.end();
    return { symbol, kind, orderId: paper.autoclose(symbol, kind, quantity) };
  },
  'POST /paper/faults': (paper, body) => ({ id: paper.addFault(readFault(body())) }),
  'GET /paper/faults': (paper) => paper.faults(),
  'DELETE /paper/faults': (paper) => {
    paper.clearFaults();
    return {};
  },
  'POST /paper/account': (paper, body) => {
    const fields = FieldReader.of(body());
    const dualSidePosition = fields.optionalFlag('dualSidePosition');
    const canTrade = fields.optionalFlag('canTrade');
    fields.end();
    if (dualSidePosition !== undefined) paper.setHedgeMode(dualSidePosition);
    if (canTrade !== undefined) paper.setCanTrade(canTrade);
    return {};
  },
  'POST /paper/clock': (paper, body) => {
    const fields = FieldReader.of(body());
    const offsetMs = fields.integer('offsetMs', -Number.MAX_SAFE_INTEGER);
    fields.end();
    paper.setClockOffset(offsetMs);
    return { offsetMs };
  },
  'POST /paper/streams': (paper, body) => {
    const fields = FieldReader.of(body());
    const action = fields.oneOf('action', ['drop', 'silence', 'resume', 'expire']);
    fields.end();
    if (action === 'drop') paper.dropUserStreams();
    else if (action === 'expire') paper.expireListenKeys();
    else paper.silenceUserStreams(action === 'silence');
    return { action };
  },
};

/** Answers the control interface, everything under `/paper`. */
export function answerControl(paper: Steered, method: string, path: string, body: string): ControlAnswer {
  const handler = HANDLERS[`${method} ${path}`];
  if (!handler) {
    const error = `${method} ${path} is not part of the control interface; it has: ${Object.keys(HANDLERS).join(', ')}`;
    return { status: 404, body: { error } };
  }
  try {
    return { status: 200, body: handler(paper, () => parseBody(body)) };
  } catch (error) {
    if (error instanceof FieldError) return { status: 400, body: { error: error.message, field: error.field } };
    if (error instanceof WireError) return { status: 400, body: { error: error.message, field: 'symbol' } };
    throw error;
  }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw new FieldError('body', `the body must be JSON: ${error.message}`);
    throw error;
  }
}
