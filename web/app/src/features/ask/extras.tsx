import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Vitals } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { useToast } from '@/ui/toast';
import { acceptableFile } from './ask.model';
import './extras.css';

const measures = [
  { name: 'systolic', unit: 'mmHg' },
  { name: 'diastolic', unit: 'mmHg' },
  { name: 'pulse', unit: '/min' },
  { name: 'spo2', unit: '%' },
  { name: 'temperature', unit: '°C' },
  { name: 'respiration', unit: '/min' },
] as const;

export function VitalFields({ vitals, onChange }: { vitals: Vitals; onChange: (vitals: Vitals) => void }) {
  const { t } = useTranslation();
  return (
    <div className="vitals">
      {measures.map(({ name, unit }) => (
        <TextField
          key={name}
          label={`${t(`vital.${name}`)} ${unit}`}
          type="number"
          inputMode="decimal"
          step="any"
          value={vitals[name] ?? ''}
          onChange={(e) => onChange({ ...vitals, [name]: e.target.value === '' ? undefined : Number(e.target.value) })}
        />
      ))}
    </div>
  );
}

interface FilePickerProps {
  files: File[];
  onChange: (files: File[]) => void;
}

export function FilePicker({ files, onChange }: FilePickerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const toast = useToast();
  const id = useId();
  const add = (list: FileList | null) => {
    const chosen = [...(list ?? [])];
    for (const file of chosen.filter((f) => !acceptableFile(f))) {
      toast.say(t('newRequest.photoBad', { name: file.name }), { tone: 'bad' });
    }
    onChange([...files, ...chosen.filter(acceptableFile)]);
  };
  return (
    <div className="files">
      <label htmlFor={id} className="files-add">
        <Icon name="camera" size={22} />
        <span>
          <b>{t('newRequest.photo')}</b>
          <span className="muted small">{t('newRequest.photoHint')}</span>
        </span>
      </label>
      <input
        id={id}
        className="sr"
        type="file"
        multiple
        accept="image/jpeg,image/png,application/pdf"
        onChange={(event) => {
          add(event.target.files);
          event.target.value = '';
        }}
      />
      <ul>
        {files.map((file, i) => (
          <li key={`${file.name} ${file.lastModified}`}>
            <Icon name={file.type === 'application/pdf' ? 'file' : 'image'} />
            <span className="ellipsis grow">{file.name}</span>
            <span className="muted num">{format.size(file.size)}</span>
            <IconButton
              icon="close"
              size={14}
              label={t('common.cancel')}
              onClick={() => onChange(files.filter((_, n) => n !== i))}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
