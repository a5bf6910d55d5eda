// Who speaks: loudness into one name that does not flap. Pure, with time as an argument.

export interface Speaking {
  /** Who is shown as the speaker; stays when nobody speaks. */
  id: string;
  /** Smoothed loudness of everybody. */
  loud: Readonly<Record<string, number>>;
  /** Who would take over, and since when, ms. */
  rival: { id: string; since: number } | undefined;
  at: number;
}

export const silence: Speaking = { id: '', loud: {}, rival: undefined, at: 0 };

const audible = 0.02;
const takesMs = 700; // a cough is shorter
const overMs = 1800; // who talks into another's words must keep it up

/** Folds one look at the levels in (a few a second). People who left are dropped. */
export function nextSpeaker(s: Speaking, levels: Readonly<Record<string, number>>, at: number): Speaking {
  const loud: Record<string, number> = {};
  for (const [id, level] of Object.entries(levels)) {
    const before = s.loud[id] ?? 0;
    loud[id] = level > before ? before * 0.4 + level * 0.6 : before * 0.8 + level * 0.2;
  }
  const here = s.id in levels ? s.id : '';
  const [loudest, level] = Object.entries(loud).reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0] as [string, number]);
  if (loudest === '' || level < audible || loudest === here) return { id: here, loud, rival: undefined, at };
  const since = s.rival?.id === loudest ? s.rival.since : at;
  const wait = here === '' ? 0 : (loud[here] ?? 0) < audible ? takesMs : overMs;
  if (at - since >= wait) return { id: loudest, loud, rival: undefined, at };
  return { id: here, loud, rival: { id: loudest, since }, at };
}

/** Whether somebody is heard at this moment: for the frame around a tile. */
export function isHeard(s: Speaking, id: string): boolean {
  return (s.loud[id] ?? 0) >= audible;
}
