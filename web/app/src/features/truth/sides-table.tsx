import { useTranslation } from 'react-i18next';
import type { Side } from '@/api/truth';
import { compare, splitName } from './truth.model';
import './truth.css';

/** What each source says, side by side; what disagrees is marked. */
export function SidesTable({ sides }: { sides: readonly Side[] }) {
  const { t } = useTranslation();
  return (
    <div className="y-scroll">
      <table className="sides">
        <thead>
          <tr>
            <td />
            {sides.map((side) => (
              <th key={side.source} scope="col">
                {t(`truth.source.${side.source}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {compare(sides).map(({ row, values, differs }) => (
            <tr key={row} data-differs={differs}>
              <th scope="row">{t(`truth.row.${row}`)}</th>
              {sides.map((side, i) => (
                <td key={side.source} className={row === 'patientName' || row === 'description' ? undefined : 'num'}>
                  {row === 'patientName' ? named(values[i] ?? '') : row === 'sex' ? sex(values[i] ?? '') : values[i]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

  function sex(value: string): string {
    return value && t(`truth.sex.${value}` as 'truth.sex.M', { defaultValue: value });
  }
}

function named(name: string): string {
  const { latin, chinese } = splitName(name);
  return [chinese, latin].filter(Boolean).join(' ');
}
