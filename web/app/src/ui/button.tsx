import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon';
import './button.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** primary: the one thing to do here; plain: a choice; quiet: a tool; danger: ends or refuses something. */
  look?: 'primary' | 'plain' | 'quiet' | 'danger' | 'rescue' | 'urgent';
  size?: 'small' | 'normal' | 'large';
  icon?: IconName;
  busy?: boolean;
  shortcut?: string;
  block?: boolean;
  children?: ReactNode;
}

export function Button(props: ButtonProps) {
  const {
    look = 'plain',
    size = 'normal',
    icon,
    busy,
    shortcut,
    block,
    children,
    className = '',
    disabled,
    ...rest
  } = props;
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy}
      className={`y-btn y-btn-${look} y-btn-${size} ${block ? 'y-btn-block' : ''} ${className}`}
    >
      {busy ? <span className="y-spin" aria-hidden /> : icon && <Icon name={icon} size={size === 'large' ? 20 : 16} />}
      {children}
      {shortcut && <kbd className="y-btn-key">{shortcut}</kbd>}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  label: string;
  size?: number;
}

export function IconButton({ icon, label, size = 18, className = '', ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} className={`y-iconbtn ${className}`} aria-label={label} title={label}>
      <Icon name={icon} size={size} />
    </button>
  );
}
