import { Injectable } from '@nestjs/common';

/** Bounds of the event streams of one process; a test changes them. */
@Injectable()
export class EventSettings {
  mostClients = 32;
  /** Between two reads of the streams while somebody listens. */
  pollMs = 100;
  heartbeatMs = 15_000;
  /** How often the tokens of the clients are checked again. */
  checkMs = 2_000;
  fleetMs = 3_000;
  /** A connection that takes nothing for that long is closed. */
  stalledMs = 30_000;
}
