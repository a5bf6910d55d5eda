import { useNow } from './server-clock';
import { clockText, pressure, secondsBetween, secondsUntil, usedShare } from './time.model';
import './urgency.css';

interface WaitingProps {
  since: string | undefined;
  /** When the next escalation or the deadline comes; the figure turns as it nears. */
  due?: string;
  className?: string;
}

/** Counts up. */
export function Waiting({ since, due, className = '' }: WaitingProps) {
  const now = useNow();
  const turn = pressure(usedShare(since, due, now));
  return (
    <time className={`num y-wait y-wait-${turn} ${className}`} dateTime={since}>
      {clockText(secondsBetween(since, now))}
    </time>
  );
}

/** Counts down. */
export function Countdown({ until, className = '' }: { until: string | undefined; className?: string }) {
  const now = useNow();
  return (
    <time className={`num ${className}`} dateTime={until}>
      {clockText(secondsUntil(until, now))}
    </time>
  );
}

/** A thin bar that fills towards the deadline. */
export function WaitingMeter({ since, due }: WaitingProps) {
  const now = useNow();
  const share = usedShare(since, due, now);
  return (
    <div className={`y-meter y-meter-${pressure(share)}`} aria-hidden>
      <i style={{ width: `${Math.min(1, share ?? 0) * 100}%` }} />
    </div>
  );
}
