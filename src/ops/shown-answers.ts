import type { NextFunction, Request, Response } from 'express';
import { printableJson, type Redaction } from '../flow/0-outside-text.js';

/** Text of an answer without the secrets of the process, and without characters that a terminal would act on. */
export function shownText(redaction: Redaction): (text: string) => string {
  return (text) => printableJson(redaction.hide(text));
}

/** Every answer in text leaves without the secrets of the process, and without characters that a terminal would act on. */
export function shownAnswers(redaction: Redaction) {
  const shown = shownText(redaction);
  return (_request: Request, response: Response, next: NextFunction): void => {
    const send = response.send.bind(response);
    // `json` answers by `send` as well.
    response.send = (body) => send(typeof body === 'string' ? shown(body) : body);
    next();
  };
}
