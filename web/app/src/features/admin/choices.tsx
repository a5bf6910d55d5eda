import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { registerQuery } from '@/api/admin';
import { specialtiesQuery } from '@/api/consults';
import type { Role } from '@/api/types';

/** Selects of the registers' own entries; the form hands value and onChange in. */

interface ChoiceProps {
  value?: string;
  onChange?: (value: string) => void;
  allowClear?: boolean;
}

const search = { optionFilterProp: 'label' } as const;
const whole = { width: '100%' };

export function useInstitutionName(): (id: string | undefined) => string {
  const { data } = useQuery(registerQuery('institutions'));
  return (id) => data?.find((one) => one.id === id)?.name ?? id ?? '';
}

export function usePersonName(): (id: string | undefined) => string {
  const { data } = useQuery(registerQuery('people'));
  return (id) => data?.find((one) => one.id === id)?.name ?? id ?? '';
}

export function InstitutionSelect(props: ChoiceProps) {
  const { data } = useQuery(registerQuery('institutions'));
  return (
    <Select
      showSearch={search}
      style={whole}
      {...props}
      options={data?.map((one) => ({ value: one.id, label: one.name }))}
    />
  );
}

export function PersonSelect({ institution, ...props }: ChoiceProps & { institution?: string }) {
  const { data } = useQuery(registerQuery('people'));
  const here = data?.filter((one) => !institution || one.points?.some((point) => point.institution === institution));
  return (
    <Select
      showSearch={search}
      style={whole}
      {...props}
      options={here?.map((one) => ({ value: one.id, label: `${one.name} ${one.title ?? ''}` }))}
    />
  );
}

export function SpecialtySelect({
  multiple,
  ...props
}: Omit<ChoiceProps, 'value' | 'onChange'> & {
  multiple?: boolean;
  value?: string & string[];
  onChange?: (value: string & string[]) => void;
}) {
  const { i18n } = useTranslation();
  const { data } = useQuery(specialtiesQuery);
  const options = data?.map((one) => ({ value: one.code, label: i18n.language === 'en' ? one.nameEn : one.name }));
  return (
    <Select
      showSearch={search}
      style={whole}
      allowClear
      {...props}
      mode={multiple ? 'multiple' : undefined}
      options={options}
    />
  );
}

export const assignableRoles: Role[] = [
  'requester',
  'specialist',
  'radiologist',
  'reviewer',
  'technologist',
  'coordinator',
  'head',
  'admin',
  'auditor',
];

export function RolesSelect(props: { value?: Role[]; onChange?: (value: Role[]) => void }) {
  const { t } = useTranslation();
  return (
    <Select
      mode="multiple"
      {...props}
      options={assignableRoles.map((role) => ({ value: role, label: t(`role.${role}`) }))}
    />
  );
}
