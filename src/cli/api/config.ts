import { colour } from '../terminal.js';
import type { Answer } from './client.js';
import { objects, text } from './reading.js';

/** `GET /config` by group. A star marks what is not the default. */
export function configText(answer: Answer): string {
  const settings = objects(answer['settings']);
  const width = Math.max(0, ...settings.map(({ name }) => text(name).length));
  const lines: string[] = [];
  let group = '';
  for (const setting of settings) {
    if (text(setting['group']) !== group) {
      group = text(setting['group']);
      lines.push(...(lines.length === 0 ? [] : ['']), colour.bold(group));
    }
    const line = `${text(setting['name']).padEnd(width)}  ${shown(setting['value'])}`;
    lines.push(setting['is_default'] === true ? `  ${line}` : colour.yellow(`* ${line}`));
  }
  return [...lines, '', '* differs from the default'].join('\n');
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.map(text).join(',') || '–' : text(value));
