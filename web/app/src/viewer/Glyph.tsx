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
  film: 'M5 5V2.5h6V5M5 11H2.5V5h11v6H11M5 9.5h6v4H5z',
  more: 'M5 7l3 3 3-3',
  auto: 'M8 2.5v2M8 11.500v2M2.500 8h2M11.500 8h2M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  regionWindow: 'M2.5 4h11v8h-11zM5 10l6-4',
  regionZoom: 'M2.5 3h8v7h-8zM11 11l3 3M6.5 5v3M5 6.500h3',
  bidirectional: 'M3 13 13 3M5 5l6 6',
  cobb: 'M2 5l9-2M2 11l10 2.500M13.500 5v5',
  ratio: 'M2 12.500h12M4.500 8h6M2 11v3M14 11v3M4.500 6.500v3M10.500 6.500v3M7 2.500h2',
  calibrate: 'M2 10h12v3.500H2zM5 10v2M8 10v2M11 10v2M3 5h10M3 3.500v3M13 3.500v3',
  freehand: 'M4 11c-3-3 1-8 4-6s2-2 4 0 1 7-2 7-3-2-6-1z',
  text: 'M3 4V3h10v1M8 3v10M6 13h4',
  undo: 'M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H7',
  redo: 'M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h2',
  delete: 'M9 3l4 4-6 6H4l-1.5-1.5zM6 6l4 4M7 13h7',
  deleteAll: 'M3 4.500h10M6.500 4.500V3h3v1.500M4.500 4.500l.7 9h5.600l.7-9M7 7v4M9 7v4',
  mark: 'M3 8h9M9 5l3 3-3 3',
  hide: 'M2 8c2-3 4-4 6-4s4 1 6 4c-2 3-4 4-6 4s-4-1-6-4zM3 13 13 3',
  keyImage: 'M8 2.200l1.800 3.700 4 .6-2.900 2.800.7 4L8 11.400l-3.600 1.900.7-4L2.200 6.500l4-.6z',
  flipUpDown: 'M2 8h12M4 6l8-4v4zM4 10l8 4v-4z',
  keep: 'M8 3v10M3 8h10',
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
