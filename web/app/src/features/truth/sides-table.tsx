import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { institutionsQuery } from '@/api/consults';
import type { Side } from '@/api/truth';
import { compare, type Row, splitName } from './truth.model';
import './truth.css';

/** What each source says, side by side; what disagrees is marked. */
export function SidesTable({ sides }: { sides: readonly Side[] }) {
  const { t } = useTranslation();
  const institutions = useQuery(institutionsQuery);
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
                  {shown(row, values[i] ?? '')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

  function shown(row: Row, value: string): string {
    switch (row) {
      case 'patientName':
        return named(value);
      case 'sex':
        return value && t(`truth.sex.${value}` as 'truth.sex.M', { defaultValue: value });
      case 'birthDate':
      case 'studyDate':
        return value.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
      case 'patientIssuer':
      case 'accessionIssuer':
        return institutions.data?.find((one) => one.id === value)?.short ?? value;
      default:
        return value;
    }
  }
}

function named(name: string): string {
  const { latin, chinese } = splitName(name);
  return [chinese, latin].filter(Boolean).join(' ');
}
