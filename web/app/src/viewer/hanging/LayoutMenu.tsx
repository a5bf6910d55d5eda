import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuItem } from '@/ui/menu';
import { type Layout, layoutText, sameLayout } from './layout.model';
import type { HangingMode } from './use-hanging';
import './hanging.css';

interface Props {
  hanging: HangingMode;
  linked: boolean;
  synced: boolean;
  lines: boolean;
  onSynced: () => void;
  onLines: () => void;
  onLayout: (l: Layout) => void;
  /** Opens the second screen; undefined where there is none to open. */
  onScreen: (() => void) | undefined;
}

/** Panes, what they do together, and what is kept of it for this kind of study. */
export function LayoutMenu(p: Props) {
  const { t } = useTranslation();
  const { hanging, onScreen } = p;
  const kind = t(`hanging.protocol.${hanging.protocol}`);
  return (
    <div className="hanging-menu">
      <Menu label={t('hanging.menu')} className="viewer-tool" button={<Now layout={hanging.layout} />}>
        {(close) => {
          const then = (act: () => void) => () => {
            act();
            close();
          };
          return (
            <>
              <Cells now={hanging.layout} onChoose={(l) => then(() => p.onLayout(l))()} />
              <MenuItem checked={p.synced} onClick={p.onSynced}>
                {t('hanging.synced')}
              </MenuItem>
              <MenuItem checked={p.lines} onClick={p.onLines}>
                {t('hanging.lines')}
              </MenuItem>
              <hr />
              <MenuItem onClick={then(() => hanging.keep(p.linked))}>{t('hanging.keep', { kind })}</MenuItem>
              <MenuItem onClick={then(hanging.rehang)}>{t('hanging.again')}</MenuItem>
              {hanging.isKept && <MenuItem onClick={then(hanging.forget)}>{t('hanging.forget', { kind })}</MenuItem>}
              {onScreen && (
                <>
                  <hr />
                  <MenuItem onClick={then(onScreen)}>{t('hanging.screen')}</MenuItem>
                </>
              )}
            </>
          );
        }}
      </Menu>
    </div>
  );
}

function Now({ layout }: { layout: Layout }) {
  return (
    <span data-testid="layout" className="num">
      {layoutText(layout)} ▾
    </span>
  );
}

const sides = [1, 2, 3, 4];

/** Four by four cells; as many panes as are pointed at. */
function Cells({ now, onChoose }: { now: Layout; onChoose: (l: Layout) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState<Layout>();
  const marked = over ?? now;
  return (
    <fieldset className="hanging-grid" aria-label={t('viewer.layout')} onPointerLeave={() => setOver(undefined)}>
      {sides.flatMap((rows) =>
        sides.map((columns) => (
          <button
            type="button"
            key={`${rows}${columns}`}
            aria-label={layoutText({ rows, columns })}
            aria-pressed={sameLayout({ rows, columns }, now)}
            className={rows <= marked.rows && columns <= marked.columns ? 'hanging-cell hanging-in' : 'hanging-cell'}
            onPointerEnter={() => setOver({ rows, columns })}
            onClick={() => onChoose({ rows, columns })}
          />
        )),
      )}
      <b className="num">{layoutText(marked)}</b>
    </fieldset>
  );
}
