import type { InputHTMLAttributes, ReactNode, TextareaHTMLAttributes } from 'react';
import { useId } from 'react';
import './field.css';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string;
  optional?: string;
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ReactNode;
}

export function Field({ label, hint, error, optional, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={`y-field ${error ? 'y-field-bad' : ''}`}>
      <label htmlFor={id}>
        {label}
        {optional && <span className="muted small"> {optional}</span>}
      </label>
      {children({ id, 'aria-describedby': note ? `${id}-note` : undefined, 'aria-invalid': error ? true : undefined })}
      {note && (
        <p id={`${id}-note`} className="y-field-note">
          {note}
        </p>
      )}
    </div>
  );
}

type TextProps = Omit<FieldProps, 'children'> & InputHTMLAttributes<HTMLInputElement>;

export function TextField({ label, hint, error, optional, ...input }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(ids) => <input {...input} {...ids} className="y-input" />}
    </Field>
  );
}

type AreaProps = Omit<FieldProps, 'children'> & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function TextArea({ label, hint, error, optional, ...input }: AreaProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(ids) => <textarea {...input} {...ids} className="y-input" />}
    </Field>
  );
}

interface TickProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
  disabled?: boolean;
}

export function Tick({ checked, onChange, children, disabled }: TickProps) {
  return (
    <label className="y-tick">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(e) => onChange(e.target.checked)} />
      <span>{children}</span>
    </label>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T | undefined;
  options: { value: T; text: ReactNode; count?: number }[];
  onChange: (value: T) => void;
  hidden?: boolean;
}

/** A row of choices of which one holds: filters, sex, adoption. */
export function Choice<T extends string>({ label, value, options, onChange, hidden }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div className="y-field">
      <span id={id} className={hidden ? 'sr' : 'y-field-label'}>
        {label}
      </span>
      <div className="y-choice" role="radiogroup" aria-labelledby={id}>
        {options.map((option) => (
          // biome-ignore lint/a11y/useSemanticElements: a row of toggle buttons with the radio pattern
          <button
            key={option.value}
            type="button"
            role="radio"
            aria-checked={option.value === value}
            onClick={() => onChange(option.value)}
          >
            {option.text}
            {option.count !== undefined && <span className="num y-choice-count">{option.count}</span>}
          </button>
        ))}
      </div>
    </div>
  );
}
