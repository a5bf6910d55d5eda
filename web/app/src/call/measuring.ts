// Looks at the statistics of the transport every two seconds.

import type { Report } from './protocol';
import { between, type Figures, type Totals, totals } from './stats.model';

const reportEveryMs = 6000;

export class Measuring {
  figures: Figures | null = null;
  path = '';
  private last: Totals | null = null;
  private reportFrom: Totals | null = null;

  constructor(private readonly tell: (r: Report) => void) {}

  /** Another transport: its totals start anew. */
  restart(): void {
    this.last = null;
    this.reportFrom = null;
  }

  /** One look; false if the transport was replaced while looking. */
  async look(connection: () => RTCPeerConnection | null): Promise<boolean> {
    const pc = connection();
    if (!pc) return false;
    const stats: (Record<string, unknown> & { type: string; id: string })[] = [];
    (await pc.getStats()).forEach((s) => void stats.push(s));
    if (pc !== connection()) return false;
    const now = totals(stats, performance.now());
    if (this.last) this.figures = between(this.last, now) ?? null;
    this.last = now;
    this.path = now.path;
    this.report(now);
    return true;
  }

  private report(now: Totals): void {
    if (this.reportFrom && now.at - this.reportFrom.at < reportEveryMs) return;
    const figures = this.reportFrom ? between(this.reportFrom, now) : undefined;
    this.reportFrom = now;
    if (!figures) return;
    const { seconds, concealed, frozen, freezes, frames, path } = figures;
    this.tell({ seconds, concealed, frozen, freezes, frames, ...(path ? { path } : {}) });
  }
}
