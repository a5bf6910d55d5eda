import { Link } from 'react-router';

interface FigureProps {
  to: string;
  value: number | undefined;
  text: string;
  /** Turns red when it is not zero. */
  alarm?: boolean;
}

/** A large number with a small label that leads to what it counts. */
export function Figure({ to, value, text, alarm }: FigureProps) {
  return (
    <li>
      <Link to={to} className={`figure ${alarm && value ? 'figure-alarm' : ''}`}>
        <b className="num">{value ?? '–'}</b>
        <span>{text}</span>
      </Link>
    </li>
  );
}
