/** Line icons on a 24 px grid, drawn for this application. They always stand beside a word or carry a label. */
const paths = {
  alert: 'M12 4 2.8 20h18.4L12 4Zm0 6v4.5m0 2.6v.2',
  arrow: 'M5 12h14m-6-6 6 6-6 6',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15L6 16Zm4 4.5h4',
  bellOff: 'M6 16v-5c0-1 .2-1.9.6-2.7M9 5.8A6 6 0 0 1 18 11v4m-3 3H4.500L6 16m4 4.500h4M4 4l16 16',
  building: 'M5 21V5l8-2v18M13 9l6 2v10M3 21h18M8 8h2m-2 4h2m-2 4h2',
  calendar: 'M4 6h16v14H4V6Zm0 4h16M8 3v4m8-4v4',
  camera: 'M3 7h11v10H3V7Zm11 4 6-3v8l-6-3',
  cameraOff: 'M14 14.500V17H3V7h3m4 0h4v4l6-3v8l-2-1M3 3l18 18',
  chat: 'M4 5h16v11H9l-5 4V5Zm4 4h8m-8 3h5',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm0 4v4.500l3 2',
  close: 'M6 6l12 12M18 6 6 18',
  device: 'M4 5h16v10H4V5Zm8 10v4m-4 0h8',
  down: 'm6 9 6 6 6-6',
  download: 'M12 4v11m-4.500-4.500L12 15l4.500-4.500M5 20h14',
  edit: 'M5 19h3L19 8l-3-3L5 16v3Z',
  expand: 'M9 4H4v5m11-5h5v5M9 20H4v-5m11 5h5v-5',
  file: 'M6 3h8l4 4v14H6V3Zm8 0v4h4M9 12h6m-6 4h6',
  flip: 'M4 8h11a5 5 0 0 1 5 5v1M4 8l3.500-3.500M4 8l3.500 3.500M20 16H9a5 5 0 0 1-5-5m16 5-3.500 3.500M20 16l-3.500-3.500',
  globe: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm-8 8h16M12 4c5 5 5 11 0 16-5-5-5-11 0-16Z',
  hand: 'M7 13V6.500a1.500 1.500 0 0 1 3 0V11m0-5.500V5a1.500 1.500 0 0 1 3 0v6m0-4.500a1.500 1.500 0 0 1 3 0V12m0-2.500a1.500 1.500 0 0 1 3 0V15a6 6 0 0 1-6 6h-1a6 6 0 0 1-5-2.700L4 14a1.500 1.500 0 0 1 2.500-1.600L7 13',
  hangup: 'M4 13c5-5 11-5 16 0l-2.200 2.800-3.600-1.600v-2.600a10 10 0 0 0-4.400 0v2.600l-3.600 1.600L4 13Z',
  help: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm-2.500 6a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1 .8-1 1.700m0 2.300v.2',
  home: 'm4 11 8-7 8 7v9h-5v-6H9v6H4v-9Z',
  image: 'M4 5h16v14H4V5Zm0 11 5-5 4 4 2.500-2.500L20 17M15.500 9v.1',
  inbox: 'M4 13 6.500 5h11L20 13v6H4v-6Zm0 0h4.500l1 2.500h5l1-2.500H20',
  key: 'M14 10a4 4 0 1 1-2.500-3.700L20 6v3h-3v3h-3.400',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1m2 3.700a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.1M4 12h.1M4 18h.1',
  lock: 'M6 11h12v9H6v-9Zm2.500 0V8a3.500 3.500 0 0 1 7 0v3',
  menu: 'M4 7h16M4 12h16M4 17h16',
  mic: 'M12 4a2.800 2.800 0 0 1 2.800 2.800v4.400a2.800 2.800 0 0 1-5.600 0V6.800A2.800 2.800 0 0 1 12 4Zm-6 7a6 6 0 0 0 12 0m-6 6v3',
  micOff:
    'M9.200 9v2.200a2.800 2.800 0 0 0 4 2.500M14.800 10V6.800a2.800 2.800 0 0 0-5.300-1.300M6 11a6 6 0 0 0 8.500 5.400M18 11a6 6 0 0 1-.7 2.800M12 17v3M4 4l16 16',
  moon: 'M19 14.500A7.500 7.500 0 0 1 9.500 5 7.500 7.500 0 1 0 19 14.500Z',
  more: 'M6 12h.1M12 12h.1M18 12h.1',
  next: 'm9 5 7 7-7 7',
  phone:
    'M6 4h3l1.500 4.500L8.500 10a12 12 0 0 0 5.500 5.500l1.500-2L20 15v3a2 2 0 0 1-2.200 2A15 15 0 0 1 4 6.200 2 2 0 0 1 6 4Z',
  plus: 'M12 5v14M5 12h14',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7v-6Z',
  refresh: 'M19 8a8 8 0 1 0 1 5m0-9v4.500h-4.500',
  screen: 'M3 5h18v11H3V5Zm9 8V8m-2.500 2.500L12 8l2.500 2.500M8 20h8',
  search: 'M10.500 5a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11Zm4 9.500L20 20',
  send: 'm4 12 16-7-5 15-3.500-6L4 12Zm7.500 2L20 5',
  settings:
    'M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6Zm0-5v2m0 12v2m8-8h-2M6 12H4m13.700-5.700-1.400 1.400M7.700 16.300l-1.400 1.400m11.400 0-1.400-1.400M7.700 7.700 6.300 6.300',
  shield: 'M12 3l7 3v6c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6l7-3Zm-3 9 2.200 2.200L15.500 10',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8Zm0-5v2m0 14v2m9-9h-2M5 12H3m15.400-6.400L17 7M7 17l-1.400 1.400m12.800 0L17 17M7 7 5.600 5.600',
  swap: 'M4 9h15m-4-4 4 4-4 4M20 15H5m4 4-4-4 4-4',
  upload: 'M12 20V9m-4.500 4.500L12 9l4.500 4.500M5 4h14',
  user: 'M12 5a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7Zm-7 15c.5-4 3-6 7-6s6.500 2 7 6',
  users:
    'M9 6a3 3 0 1 1 0 6 3 3 0 0 1 0-6Zm-6 13c.400-3.300 2.500-5 6-5s5.600 1.700 6 5M15.500 6.500a3 3 0 0 1 0 5.300M17.500 14.400c2 .7 3.200 2.200 3.500 4.600',
  volume: 'M4 10v4h3.500L12 18V6L7.500 10H4Zm11.500-1a4 4 0 0 1 0 6m2.500-8.500a8 8 0 0 1 0 11',
  wall: 'M3 5h18v13H3V5Zm9 0v13M3 9h18M9 21h6',
  wifiOff:
    'M4 9.500a12 12 0 0 1 4-2.300M20 9.500a12 12 0 0 0-8-3.200M7 13a8 8 0 0 1 3-1.800m7 1.800a8 8 0 0 0-2-1.400M10 16.500a3 3 0 0 1 4 0M12 19.500v.1M4 4l16 16',
} as const;

export type IconName = keyof typeof paths;

interface IconProps {
  name: IconName;
  size?: number;
  /** Given when no word stands beside the icon. */
  label?: string;
}

export function Icon({ name, size = 18, label }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: 'none' }}
      role={label ? 'img' : 'presentation'}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <path d={paths[name]} />
    </svg>
  );
}
