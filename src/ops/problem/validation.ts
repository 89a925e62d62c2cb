import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { problem } from './problem.js';

const SHOWN_CHARACTERS = 60;
const MAX_ERRORS = 20;

/** Checks every body and query against its class; unknown fields are refused. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => {
      const found = errors.flatMap((error) => fieldErrors(error)).slice(0, MAX_ERRORS);
      const detail = found.map(({ field, detail: what }) => `${field}: ${what}`).join('; ');
      return problem(400, 'invalid-request', 'The request is not valid', detail.slice(0, 1_000), { errors: found });
    },
  });
}

function fieldErrors(error: ValidationError): { field: string; detail: string }[] {
  const field = error.property.slice(0, SHOWN_CHARACTERS);
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    detail:
      rule === 'whitelistValidation'
        ? 'is not a known field'
        : `${withoutName(message, error.property)}; given: ${shown(error.value)}`,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child))];
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** Messages of the library begin with the name of the field, and with `each value in` for a list. */
const withoutName = (message: string, name: string): string =>
  message.startsWith(`${name} `)
    ? message.slice(name.length + 1)
    : message.replace(`each value in ${name} `, 'each value ');
