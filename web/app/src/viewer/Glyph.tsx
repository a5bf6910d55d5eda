/** Small line drawings for the tools, 16 × 16, in the colour of the text. The name stands on the button. */
const paths: Readonly<Record<string, string>> = {
  link: 'M6.5 9.5l3-3M7 4.5l1.4-1.4a2.8 2.8 0 0 1 4 4L11 8.5M9 11.5l-1.4 1.4a2.8 2.8 0 0 1-4-4L5 7.5',
  window: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  scroll: 'M8 2v12M5 5l3-3 3 3M5 11l3 3 3-3',
  zoom: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l4 4M7 5.5v3M5.5 7h3',
  pan: 'M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6 2 8l2 2M12 6l2 2-2 2',
  magnify: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zM11 11l3 3',
  length: 'M3 13 13 3M2 11l3 3M11 2l3 3',
  angle: 'M13 13H3L11 4M8 13a5 5 0 0 0-1.6-3.7',
  ellipse: 'M8 4c3.3 0 6 1.8 6 4s-2.7 4-6 4-6-1.8-6-4 2.7-4 6-4z',
  rectangle: 'M2.5 4h11v8h-11z',
  probe: 'M8 2v4M8 10v4M2 8h4M10 8h4M8 7.5v1',
  arrow: 'M3 13 12 4M7 4h5v5',
  invert: 'M3 3h10v10H3zM3 13 13 3',
  rotate: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  flip: 'M8 2v12M6 4 2 12h4zM10 4l4 8h-4z',
  reset: 'M3 8a5 5 0 1 0 1.5-3.5M3 2v3h3M8 6v2.5L10 10',
  play: 'M5 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
  planes: 'M2.5 2.5h11v11h-11zM8 2.5v11M2.5 8h11',
  erase: 'M9 3l4 4-6 6H4l-1.5-1.5zM6 6l4 4M7 13h7',
};

export function Glyph({ name }: { name: string }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      aria-hidden="true"
    >
      <path d={paths[name]} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
