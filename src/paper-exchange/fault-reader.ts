import type { Fault, FaultAction, FaultMatch } from './faults.js';
import { FieldReader } from './field-reader.js';

const ACTIONS: readonly FaultAction['type'][] = [
  'loseReply',
  'loseRequest',
  'delay',
  'hangBody',
  'status',
  'orderNotFoundFor',
  'tradesNotFoundFor',
  'respondAs',
  'silentStream',
  'silentMarketStream',
  'lateMarketStream',
];

/** A fault from a control request. @throws FieldError */
export function readFault(value: unknown): Fault {
  const fields = FieldReader.of(value);
  const matching = fields.optionalObject('match');
  const action = readAction(fields.object('action'));
  const times = fields.optionalInteger('times', -1);
  const untilMs = fields.optionalInteger('untilMs', 0);
  fields.end();
  return withoutUndefined({ action, match: matching && readMatch(matching), times, untilMs });
}

function readMatch(fields: FieldReader): FaultMatch {
  const match = {
    method: fields.optionalText('method'),
    path: fields.optionalText('path'),
    symbol: fields.optionalText('symbol'),
    nth: fields.optionalInteger('nth', 1),
  };
  fields.end();
  return withoutUndefined(match);
}

function readAction(fields: FieldReader): FaultAction {
  const action = actionOf(fields.oneOf('type', ACTIONS), fields);
  fields.end();
  return action;
}

function actionOf(type: FaultAction['type'], fields: FieldReader): FaultAction {
  switch (type) {
    case 'loseReply':
    case 'loseRequest':
    case 'hangBody':
    case 'silentStream':
    case 'silentMarketStream':
      return { type };
    case 'delay': {
      const when = fields.has('when') ? fields.oneOf('when', ['before', 'after']) : undefined;
      return withoutUndefined({ type, ms: fields.integer('ms', 0), when });
    }
    case 'orderNotFoundFor':
    case 'tradesNotFoundFor':
    case 'lateMarketStream':
      return { type, ms: fields.integer('ms', 0) };
    case 'respondAs':
      return withoutUndefined({
        type,
        status: fields.oneOf('status', ['NEW', 'PARTIALLY_FILLED', 'EXPIRED']),
        executedQty: fields.optionalDecimal('executedQty'),
        fillAfterMs: fields.optionalInteger('fillAfterMs', 0),
      });
    case 'status':
      return withoutUndefined({
        type,
        status: fields.integer('status', 100),
        code: fields.optionalInteger('code', -100_000),
        msg: fields.optionalText('msg'),
        body: fields.optionalText('body'),
        headers: fields.optionalStrings('headers'),
        process: fields.optionalFlag('process'),
      });
    default:
      return type satisfies never;
  }
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
