import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import './menu.css';

interface MenuProps {
  label: string;
  button: ReactNode;
  className?: string;
  children: (close: () => void) => ReactNode;
}

/** A button that opens a small panel below it. Esc or a press elsewhere closes it. */
export function Menu({ label, button, className = '', children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const press = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // it closes the menu, and leaves no page
      setOpen(false);
      box.current?.querySelector('button')?.focus();
    };
    document.addEventListener('pointerdown', press);
    document.addEventListener('keydown', key);
    return () => {
      document.removeEventListener('pointerdown', press);
      document.removeEventListener('keydown', key);
    };
  }, [open]);
  /** Who chose by the keyboard is at the button again, also when a dialog that was chosen is left. */
  const chosen = () => {
    const byKeys = box.current?.querySelector('.y-menu-panel :focus-visible');
    setOpen(false);
    if (byKeys) box.current?.querySelector('button')?.focus();
  };
  return (
    <div className="y-menu" ref={box}>
      <button
        type="button"
        className={`y-menu-button ${className}`}
        aria-label={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div id={id} className="y-menu-panel">
          {children(chosen)}
        </div>
      )}
    </div>
  );
}

interface MenuItemProps {
  onClick: () => void;
  checked?: boolean;
  children: ReactNode;
}

export function MenuItem({ onClick, checked, children }: MenuItemProps) {
  return (
    <button type="button" className="y-menu-item" aria-pressed={checked} onClick={onClick}>
      {children}
    </button>
  );
}
