import type { ReactNode } from 'react';
import './panel.css';

interface PanelProps {
  title?: ReactNode;
  count?: number;
  actions?: ReactNode;
  children: ReactNode;
  pad?: boolean;
  tone?: 'rescue' | 'urgent';
  className?: string;
}

/** One titled box of a page. */
export function Panel({ title, count, actions, children, pad, tone, className = '' }: PanelProps) {
  return (
    <section className={`y-panel ${tone ? `y-panel-${tone}` : ''} ${className}`}>
      {title && (
        <header>
          <h2>
            {title}
            {count !== undefined && <span className="num y-panel-count">{count}</span>}
          </h2>
          {actions}
        </header>
      )}
      {pad ? <div className="y-panel-pad">{children}</div> : children}
    </section>
  );
}

/** Label and value pairs. */
export function Facts({ items }: { items: [label: string, value: ReactNode][] }) {
  return (
    <dl className="y-facts">
      {items
        .filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

interface PageProps {
  title: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  width?: 'text' | 'normal' | 'full';
}

export function Page({ title, note, actions, children, width = 'normal' }: PageProps) {
  return (
    <div className={`y-page y-page-${width}`}>
      <header className="y-page-head">
        <div>
          <h1>{title}</h1>
          {note && <p className="muted">{note}</p>}
        </div>
        {actions && <div className="y-page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
