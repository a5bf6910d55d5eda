import { useTranslation } from 'react-i18next';
import type { Template } from '@/api/readings';
import { Menu, MenuItem } from '@/ui/menu';
import { placesOf, withLine } from './template.model';

interface Props {
  template: Template;
  findings: string;
  onFindings: (findings: string, line: number) => void;
}

/** The organs of the template: what is written of each, normal by a key, abnormal by choice. */
export function LinesBar({ template, findings, onFindings }: Props) {
  const { t } = useTranslation();
  const places = placesOf(findings, template.lines);
  const put = (i: number, words: string) => onFindings(withLine(findings, template.lines, i, words), i);
  return (
    <div className="lines-bar" role="toolbar" aria-label={t('reading.lines.title')} data-testid="lines">
      {template.lines.map((line, i) => {
        const place = places[i];
        const state = !place ? 'open' : place.is === 'normal' ? 'normal' : 'other';
        return (
          <Menu
            key={line.organ}
            label={`${line.organ} ${t(`reading.lines.${state}`)}`}
            className={`line-chip line-chip-${state}`}
            button={
              <>
                {i < 9 && <kbd>{i + 1}</kbd>}
                {line.organ}
                <span aria-hidden="true">{state === 'normal' ? '✓' : state === 'other' ? '●' : ''}</span>
              </>
            }
          >
            {(close) => {
              const item = (name: string, words: string, chosen: boolean) => (
                <MenuItem
                  key={name}
                  checked={chosen}
                  onClick={() => {
                    close();
                    put(i, words);
                  }}
                >
                  {name}
                </MenuItem>
              );
              return (
                <>
                  {line.normal && item(t('reading.lines.asNormal'), line.normal, place?.is === 'normal')}
                  {line.variants?.map((v, n) => item(v.name, v.text, place?.is === 'variant' && place.variant === n))}
                </>
              );
            }}
          </Menu>
        );
      })}
    </div>
  );
}
