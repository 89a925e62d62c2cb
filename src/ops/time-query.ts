import { Transform } from 'class-transformer';

export const TIME = 'epoch ms, or a time such as 2026-12-31T23:59:59Z';

/** Epoch ms of a time in a query; what is neither stays, for the check to refuse. */
export const AsTime = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    const ms = /^\d{1,15}$/.test(value) ? Number(value) : Date.parse(value);
    return Number.isNaN(ms) ? value : ms;
  });
