import type { CallState } from '@/call';

/** What is wrong with the line, in the order in which it matters to a doctor: pure. */

export type Finding =
  | { is: 'upThin'; kbps: number }
  | { is: 'upLoss' | 'downLoss' | 'concealed'; share: number }
  | { is: 'freezes'; seconds: number }
  | { is: 'slow'; ms: number }
  | { is: 'cpu' | 'tcp' | 'relay' | 'fine' }
  | { is: 'they'; name: string };

type Known = Pick<CallState, 'figures' | 'line' | 'path' | 'people' | 'lineState'>;

export function findings(call: Known): Finding[] {
  const all = [...up(call), ...down(call), ...around(call)];
  return all.some((f) => f.is !== 'relay') ? all : [{ is: 'fine' }, ...all];
}

function up({ figures, line, lineState }: Known): Finding[] {
  const all: Finding[] = [];
  const kbps = figures?.availableKbps;
  if (lineState === 'thin' || (kbps !== undefined && kbps < 250))
    all.push({ is: 'upThin', kbps: Math.round(kbps ?? 150) });
  const share = line?.upLoss ?? figures?.lossOut ?? 0;
  if (share > 0.03) all.push({ is: 'upLoss', share });
  return all;
}

function down({ figures, line }: Known): Finding[] {
  const all: Finding[] = [];
  const share = Math.max(line?.downLoss ?? 0, figures?.lossIn ?? 0);
  if (share > 0.03) all.push({ is: 'downLoss', share });
  if (figures && figures.concealed > 0.02) all.push({ is: 'concealed', share: figures.concealed });
  if (figures && figures.frozen > 0.3) all.push({ is: 'freezes', seconds: Math.round(figures.frozen * 10) / 10 });
  return all;
}

function around({ figures, line, path, people }: Known): Finding[] {
  const all: Finding[] = [];
  const rtt = line?.rttMs || figures?.rttMs || 0;
  if (rtt > 300) all.push({ is: 'slow', ms: Math.round(rtt) });
  if (figures?.sending.some((e) => e.limit === 'cpu')) all.push({ is: 'cpu' });
  for (const p of people) if (p.grade === 'poor' || p.grade === 'bad') all.push({ is: 'they', name: p.name });
  if (path === 'tcp' || path === 'relay-tcp') all.push({ is: 'tcp' });
  else if (path === 'relay-udp') all.push({ is: 'relay' });
  return all;
}

export const percentText = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const kbpsText = (v: number | undefined): string => (v === undefined ? '–' : `${Math.round(v)} kbit/s`);
const msText = (v: number | undefined): string => (v === undefined ? '–' : `${Math.round(v)} ms`);

export type NumberRow =
  | 'rtt'
  | 'jitter'
  | 'lossUp'
  | 'lossDown'
  | 'rateUp'
  | 'rateDown'
  | 'available'
  | 'sending'
  | 'receiving'
  | 'freezes'
  | 'concealed'
  | 'mos'
  | 'path';

/** The figures a technician asks for. */
export function numbers({ figures, line, path, people }: Known): [NumberRow, string][] {
  const layers = figures?.sending.map(
    (e) => `${e.rid || '–'} ${e.height}p ${Math.round(e.fps)} fps ${Math.round(e.kbps)}k`,
  );
  const received = people.flatMap((p) =>
    Object.values(p.slots).flatMap((s) =>
      s && s.source !== 'mic'
        ? [`${p.name} ${s.source}: ${s.paused ? `paused (${s.reason ?? '?'})` : s.layer || '1'}`]
        : [],
    ),
  );
  return [
    ['path', path || '–'],
    ['rtt', msText(line?.rttMs || figures?.rttMs)],
    ['jitter', msText(line?.jitterMs || figures?.jitterMs)],
    ['lossUp', line ? percentText(line.upLoss) : '–'],
    ['lossDown', figures ? percentText(figures.lossIn) : '–'],
    ['rateUp', kbpsText(line?.upKbps ?? figures?.kbpsOut)],
    ['rateDown', kbpsText(line?.downKbps ?? figures?.kbpsIn)],
    ['available', kbpsText(figures?.availableKbps)],
    ['sending', layers?.join(' · ') || '–'],
    ['receiving', received.join(' · ') || '–'],
    ['freezes', figures ? `${figures.freezes} / ${figures.frozen.toFixed(1)} s` : '–'],
    ['concealed', figures ? percentText(figures.concealed) : '–'],
    ['mos', line?.mos ? line.mos.toFixed(1) : '–'],
  ];
}
