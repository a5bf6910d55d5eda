/** Maps of colours for pictures of one value a pixel. Pure. */

export type ColourMap = 'hot' | 'rainbow';

/** Places from 0 to 1 with their red, green and blue. hot: the Hot Iron palette of PS3.6 B.1.1 by its corners. */
export const colourMaps: Readonly<Record<ColourMap, readonly number[]>> = {
  hot: [0, 0, 0, 0, 0.5, 1, 0, 0, 0.75, 1, 0.5, 0, 1, 1, 1, 1],
  rainbow: [0, 0, 0, 0, 0.2, 0, 0, 1, 0.4, 0, 1, 1, 0.6, 0, 1, 0, 0.8, 1, 1, 0, 1, 1, 0, 0],
};

const order = [undefined, 'hot', 'rainbow'] as const;

export function nextMap(now: ColourMap | undefined): ColourMap | undefined {
  return order[(order.indexOf(now) + 1) % order.length];
}
