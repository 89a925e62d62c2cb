import { parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { colour, notedTable, shortened, wrapped } from '../terminal.js';
import { number, objects, type Schema, text } from './reading.js';
import { instant } from './times.js';

const LONGEST_SYMBOL = 12;
const LONGEST_AMOUNT = 10;
/** `--json` has all digits, and so have the sums. */
const SHOWN_DIGITS = 9;

/** `GET /reports/day` as text. */
export function dayReportText(answer: Schema<'DayReportAnswer'>): string {
  const closed = objects(answer.closed);
  const rows = closed.map((each) => ({
    cells: [
      instant(each.at_ms).slice(11, 19),
      shortened(text(each.symbol), LONGEST_SYMBOL),
      text(each.side),
      ...[each.quantity, each.entry_price, each.exit_price].map(amount),
      profit(each.realized_pnl),
    ],
    notes: [
      colour.dim(
        `profit ${text(each.realized_pnl)} ${text(each.pnl_asset)}, fee ${text(each.fee)} ${text(each.fee_asset)}${by(each.plan_id)}`,
      ),
    ],
  }));
  const head = `${colour.bold(text(answer.day))} UTC${answer.is_over === true ? '' : colour.yellow(', not over yet')}`;
  const listed =
    rows.length === 0
      ? 'Nothing was closed.'
      : notedTable(['time', 'symbol', 'side', 'quantity', 'entry', 'exit', 'profit'], rows);
  const sums = objects(answer.sums).flatMap((sum) =>
    wrapped(
      `${text(sum.asset)}: profit ${signed(sum.realized_pnl)}, fees ${text(sum.fees)}, net ${signed(sum.net)}${opening(sum, answer)}`,
    ),
  );
  return [head, listed, sums.join('\n'), deniedText(answer)].filter((part) => part !== '').join('\n\n');
}

function deniedText(answer: Schema<'DayReportAnswer'>): string {
  const rows = objects(answer.denied).map((each) => ({
    cells: [shortened(text(each.symbol), LONGEST_SYMBOL), text(each.count), shortened(text(each.error), 24)],
    notes: [reasonBeyond(each)],
  }));
  const listed = rows.length === 0 ? 'Nothing was denied.' : notedTable(['symbol', 'times', 'denied by'], rows);
  const since =
    number(answer.denied_since_ms) === undefined
      ? []
      : wrapped(colour.yellow(`Results before ${instant(answer.denied_since_ms)} are not in Redis any more.`));
  const fault =
    typeof answer.archive_fault === 'string' ? wrapped(colour.red(`The archive: ${text(answer.archive_fault)}.`)) : [];
  return [listed, ...since, ...fault].join('\n');
}

/** A refusal's reason already begins with its error. */
function reasonBeyond({ error, reason }: Schema<'DeniedAnswer'>): string {
  return reason === '' || reason === error ? '' : colour.dim(text(reason));
}

function opening(sum: Schema<'AssetSumAnswer'>, { opening_trades: count }: Schema<'DayReportAnswer'>): string {
  return sum.opening_fees === '0' ? '' : `; fees of ${text(count)} trades that opened: ${text(sum.opening_fees)}`;
}

const by = (planId: unknown): string => (typeof planId === 'string' ? `, plan ${text(planId)}` : ', not by a plan');

function amount(value: unknown): string {
  const exact = parseDecimal(typeof value === 'string' ? value : '');
  const shown = exact === undefined ? text(value) : toPlainString(exact.toSignificantDigits(SHOWN_DIGITS));
  return shortened(shown, LONGEST_AMOUNT);
}

const profit = (value: unknown): string => (text(value).startsWith('-') ? colour.red : colour.green)(amount(value));

function signed(value: unknown): string {
  const said = text(value);
  return said.startsWith('-') ? colour.red(said) : colour.green(said);
}
