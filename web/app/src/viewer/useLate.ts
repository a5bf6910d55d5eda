import { useEffect, useState } from 'react';

/** Whether something has been so for a while: what passes at once is not shown, and costs the display nothing. */
export function useLate(is: boolean, ms: number): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!is) return;
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [is, ms]);
  return is && isLate;
}
