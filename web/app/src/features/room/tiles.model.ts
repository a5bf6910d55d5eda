import { type CallState, type RemotePerson, type Source, type Still, stillCounts } from '@/call';

/** Which pictures stand where: pure. */

export interface TilePlan {
  key: string;
  /** Absent for oneself. */
  person?: RemotePerson;
  /** Own or theirs; "camera" for the face. */
  source: Source;
}

export type Mode = 'duo' | 'grid' | 'speaker';

/** Everybody's face, and each further picture as a tile of its own. Oneself comes last. */
export function tilesOf(call: Pick<CallState, 'people' | 'canSend' | 'local'>): TilePlan[] {
  const tiles: TilePlan[] = [];
  const people = [...call.people].sort((a, b) => a.joined.localeCompare(b.joined) || a.id.localeCompare(b.id));
  for (const person of people) {
    for (const source of extrasOf(person)) tiles.push({ key: `${person.id} ${source}`, person, source });
  }
  for (const person of people) if (person.canSend) tiles.push({ key: `${person.id} camera`, person, source: 'camera' });
  if (call.canSend) tiles.push({ key: 'self', source: 'camera' });
  return tiles;
}

/** Pictures of a person beside the face: a screen that is shown, instruments. */
export function extrasOf(person: RemotePerson): Source[] {
  return Object.keys(person.streams)
    .filter((source) => source !== 'mic' && source !== 'camera')
    .filter((source) => source !== 'screen' || person.state.screen)
    .sort();
}

/** Two people and nothing else to see need no grid. */
export function modeOf(tiles: readonly TilePlan[], wish: 'grid' | 'speaker' | undefined): Mode {
  const others = tiles.filter((tile) => tile.person);
  if (others.length <= 1) return 'duo';
  if (wish) return wish;
  return others.some((tile) => tile.source !== 'camera') || others.length === 2 ? 'speaker' : 'grid';
}

/** Who stands large: what was pinned, else a shared picture, else who speaks, else who came first. */
export function mainTile(
  tiles: readonly TilePlan[],
  speaker: string,
  pinned: string | undefined,
): TilePlan | undefined {
  const others = tiles.filter((tile) => tile.person);
  return (
    tiles.find((tile) => tile.key === pinned) ??
    others.find((tile) => tile.source !== 'camera') ??
    others.find((tile) => tile.person?.id === speaker) ??
    others[0]
  );
}

const gap = 8;

/** Columns that make the tiles largest; a tile is between 3:4 (a phone upright) and 16:9. */
export function columnsFor(count: number, width: number, height: number): number {
  let best = { columns: 1, area: -1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const w = (width - gap * (columns - 1)) / columns;
    const h = (height - gap * (rows - 1)) / rows;
    if (w <= 0 || h <= 0) continue;
    const usedW = Math.min(w, (h * 16) / 9);
    const usedH = Math.min(h, (w * 4) / 3);
    // An empty place at the end is worth a little.
    const area = usedW * usedH * (1 - 0.04 * (columns * rows - count));
    if (area > best.area) best = { columns, area };
  }
  return best.columns;
}

export type Picture =
  | { is: 'video'; stream: MediaStream }
  | { is: 'still'; still: Still }
  | { is: 'none'; why: 'off' | 'weak' | 'hidden' };

/** What a tile of another person shows. `now` is the server's time in ms. */
export function pictureFor(person: RemotePerson, source: Source, now: number): Picture {
  const off = source === 'camera' ? !person.state.camera : source === 'screen' && !person.state.screen;
  const still = person.stills[source];
  const stream = person.streams[source];
  const slot = person.slots[source];
  const held = person.paused.includes(source) && slot?.reason !== 'hidden';
  if (off) return { is: 'none', why: person.state.hidden ? 'hidden' : 'off' };
  if (still && stillCounts(still, now) && (held || !stream || !still.wished)) return { is: 'still', still };
  if (held) return { is: 'none', why: slot?.reason === 'muted' ? 'off' : 'weak' };
  if (!stream) return { is: 'none', why: person.link === 'degraded' ? 'weak' : 'off' };
  return { is: 'video', stream };
}
