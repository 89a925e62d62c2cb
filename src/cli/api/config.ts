import { colour, indented, WIDTH } from '../terminal.js';
import { objects, type Schema, text } from './reading.js';

/** A value that does not fit beside its name is below it. */
const BELOW = 6;

/** `GET /config` by group. A star marks what is not the default. */
export function configText(answer: Schema<'ConfigurationAnswer'>): string {
  const settings = objects(answer.settings);
  const width = Math.max(0, ...settings.map(({ name }) => text(name).length));
  const lines: string[] = [];
  let group = '';
  for (const setting of settings) {
    if (text(setting.group) !== group) {
      group = text(setting.group);
      lines.push(...(lines.length === 0 ? [] : ['']), colour.bold(group));
    }
    const mark =
      setting.is_default === true ? (line: string) => `  ${line}` : (line: string) => colour.yellow(`* ${line}`);
    const beside = `${text(setting.name).padEnd(width)}  ${shown(setting.value)}`;
    if (beside.length <= WIDTH - 2) lines.push(mark(beside));
    else lines.push(mark(text(setting.name)), ...indented(shown(setting.value), BELOW));
  }
  return [...lines, '', '* differs from the default'].join('\n');
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.map(text).join(', ') || '–' : text(value));
