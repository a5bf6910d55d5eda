import type { ReactNode } from 'react';
import { createPortal } from 'react-dom';
import './printed.css';

interface Props {
  /** The sheet, mm. */
  width: number;
  height: number;
  children: ReactNode;
}

/** What alone goes on paper while it is there, on sheets of this size; on the screen it is not seen. */
export function Printed({ width, height, children }: Props) {
  return createPortal(
    <div className="printed" data-testid="printed">
      <style>{`@page { size: ${width}mm ${height}mm; margin: 0; }`}</style>
      {children}
    </div>,
    document.body,
  );
}
