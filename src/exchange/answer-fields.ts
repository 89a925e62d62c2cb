import { type Decimal, parseDecimal } from '../flow/0-decimal.js';
import { printable } from '../flow/0-outside-text.js';
import { type MarketSymbol, parseMarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable } from './exchange.port.js';
import { isRecord, type JsonRecord } from './exchange-answer.js';

/**
 * Readers of single fields of an answer. Each throws {@link ExchangeUnavailable} naming the place and what was found:
 * an unreadable answer proves nothing.
 */
export function readRecord(value: unknown, where: string): JsonRecord {
  if (!isRecord(value)) throw malformed(where, 'an object', value);
  return value;
}

export function readList(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(where, 'an array', value);
  return value;
}

export function readText(record: JsonRecord, name: string, where: string): string {
  const value = record[name];
  if (typeof value !== 'string' || value === '') throw malformed(`${where}.${name}`, 'text', value);
  return value;
}

/** A finite decimal, from text or from a JSON number. */
export function readDecimal(record: JsonRecord, name: string, where: string): Decimal {
  const value = record[name];
  const text = typeof value === 'number' ? String(value) : value;
  const decimal = typeof text === 'string' ? parseDecimal(text) : undefined;
  if (decimal === undefined) throw malformed(`${where}.${name}`, 'a finite decimal', value);
  return decimal;
}

/** An id that may exceed 2^53, as text. */
export function readId(record: JsonRecord, name: string, where: string): string {
  const value = record[name];
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d+$/.test(text)) throw malformed(`${where}.${name}`, 'an id', value);
  return text;
}

/** Epoch ms of the exchange's clock; 0 when the field is absent. */
export function readTime(record: JsonRecord, name: string, where: string): number {
  const value = record[name] ?? 0;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed(`${where}.${name}`, 'a time in ms', value);
  return value;
}

export function readBoolean(record: JsonRecord, name: string, where: string): boolean {
  const value = record[name];
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw malformed(`${where}.${name}`, 'true or false', value);
}

export function readSide(record: JsonRecord, where: string): 'BUY' | 'SELL' {
  const { side } = record;
  if (side !== 'BUY' && side !== 'SELL') throw malformed(`${where}.side`, 'BUY or SELL', side);
  return side;
}

export function readPositionSide(record: JsonRecord, where: string): 'BOTH' | 'LONG' | 'SHORT' {
  const { positionSide } = record;
  if (positionSide !== 'BOTH' && positionSide !== 'LONG' && positionSide !== 'SHORT')
    throw malformed(`${where}.positionSide`, 'BOTH, LONG or SHORT', positionSide);
  return positionSide;
}

export function readSymbol(record: JsonRecord, where: string): MarketSymbol {
  const symbol = typeof record.symbol === 'string' ? parseMarketSymbol(record.symbol) : undefined;
  if (symbol === undefined) throw malformed(`${where}.symbol`, 'a symbol', record.symbol);
  return symbol;
}

export function malformed(where: string, wanted: string, found: unknown): ExchangeUnavailable {
  const shown = found === undefined ? 'nothing' : printable(JSON.stringify(found).slice(0, 80));
  return new ExchangeUnavailable(`the exchange's answer cannot be read: ${where} must be ${wanted}, found ${shown}`);
}
