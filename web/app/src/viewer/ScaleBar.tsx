import { barOf } from './scale.model';

/** A bar of a round length; nothing where the size of a pixel is not known. */
export function ScaleBar({ mmPerPixel, width }: { mmPerPixel: number; width: number }) {
  const bar = barOf(mmPerPixel, width);
  if (!bar) return null;
  return (
    <span className="viewer-scale" data-testid="scale-bar" style={{ width: bar.pixels }}>
      {bar.mm >= 10 ? `${bar.mm / 10} cm` : `${bar.mm} mm`}
    </span>
  );
}
