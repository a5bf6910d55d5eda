import { useTranslation } from 'react-i18next';
import type { Series } from '../study.model';
import { type ContentDocument, type ContentNode, figureWords, readable, shownBy } from './content.model';
import type { PictureRef } from './drawing.model';
import type { Channel, Moments } from './moments.model';
import { useConceptName } from './use-concept-name';

interface Props {
  document: ContentDocument;
  all: readonly Series[];
  onGo: (p: PictureRef) => void;
}

/** A structured report as a document: headings, then what is said, with the way to its pictures. */
export function ContentTree({ document, all, onGo }: Props) {
  const nodes = document.nodes.filter(readable);
  return (
    <div className="objects-tree">
      {nodes.map((n) => (
        <Node key={n.id} node={n} all={all} onGo={onGo} />
      ))}
    </div>
  );
}

function Node({ node: n, all, onGo }: { node: ContentNode; all: readonly Series[]; onGo: (p: PictureRef) => void }) {
  const nameOf = useConceptName();
  const timeWords = useTimeWords();
  const children = n.children.filter((c) => readable(c) && !placed(c, n));
  const inside = children.map((c) => <Node key={c.id} node={c} all={all} onGo={onGo} />);
  if (n.type === 'CONTAINER') {
    return (
      <section>
        {n.concept && <h3>{nameOf(n.concept)}</h3>}
        {inside}
      </section>
    );
  }
  const words = n.code
    ? nameOf(n.code)
    : n.type === 'NUM'
      ? figureWords({ ...n, concept: undefined }, nameOf)
      : n.words || timeWords(n);
  return (
    <div className="objects-item">
      {n.concept && <span className="muted">{nameOf(n.concept)}</span>}
      <span className={n.type === 'NUM' ? 'num' : undefined}>{words}</span>
      {!repeats(n) && <Ways pictures={shownBy(n)} all={all} onGo={onGo} />}
      {inside.length > 0 && <div className="objects-inside">{inside}</div>}
    </div>
  );
}

/** Places and pictures stand as ways to go, not as lines of their own; the channels of a place in time stand on its line. */
function placed(n: ContentNode, of: ContentNode): boolean {
  if (n.channels) return of.type === 'TCOORD';
  return n.shape !== undefined || n.pictures.length > 0;
}

/** What a number was inferred from is where the number leads to already. */
function repeats(n: ContentNode): boolean {
  return n.relation === 'INFERRED FROM' && (n.type === 'TCOORD' || n.type === 'WAVEFORM');
}

/** Says in words what a place in time and a waveform mean. */
function useTimeWords() {
  const { t } = useTranslation();
  const listed = t('objects.listed');
  const moments = ({ reach, unit, words }: Moments) =>
    t(`objects.reach.${reach}`, { at: t(`objects.moments.${unit}`, { at: words.join(listed) }) });
  const channels = (all: readonly Channel[]) =>
    [
      t('objects.waveform'),
      all
        .map(([group, channel]) => t(channel > 0 ? 'objects.channel' : 'objects.channelGroup', { group, channel }))
        .join(listed),
    ]
      .filter(Boolean)
      .join(' ');
  return (n: ContentNode): string =>
    [n, ...(n.type === 'TCOORD' ? n.children : [])]
      .flatMap((c) => [c.moments && moments(c.moments), c.channels && channels(c.channels)])
      .filter(Boolean)
      .join(' · ');
}

function Ways({
  pictures,
  all,
  onGo,
}: {
  pictures: readonly PictureRef[];
  all: readonly Series[];
  onGo: Props['onGo'];
}) {
  const { t } = useTranslation();
  const here = pictures.filter((p) => all.some((s) => s.frames.some((f) => f.instanceUid === p.instance)));
  return here.slice(0, 3).map((p) => (
    <button key={`${p.instance}/${p.frame}`} type="button" className="y-link" onClick={() => onGo(p)}>
      {t('objects.go')}
    </button>
  ));
}
