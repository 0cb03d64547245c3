// Drawn in the colour of the text beside them; decoration only.
const paths = {
  overview: 'M2 13h12M4 13V8m4 5V3m4 10V6',
  keys: 'M10 9.5a3.5 3.5 0 1 0-3.3-2.4L2 11.8V14h2.4l.6-.6v-1.2h1.2l1-1 .1-1.5h1.2l.4-.4c.3.1.7.2 1.1.2zM11 5.2h0',
  requests: 'M2 4h9M2 8h12M2 12h7M12 2l2 2-2 2',
  usage: 'M2 12l4-5 3 3 5-7M2 14h12',
  clients: 'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 14c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4M11 8a2 2 0 1 0-.6-3.9M12 10.2c1.6.4 2.4 1.7 2.5 3.8',
  limits: 'M8 13a5.5 5.5 0 1 1 5.5-5.5M8 7.5L11.5 5M8 7.5h.01M13.5 11v3',
  alerts: 'M3.5 11.5h9c-1-1-1.3-2-1.3-4.5a3.2 3.2 0 0 0-6.4 0c0 2.5-.3 3.5-1.3 4.5zM7 14h2',
  prices: 'M8 2v12M11 4.5C10.500 3.500 9.500 3 8 3c-2 0-3 1-3 2.300 0 3.200 6.200 1.700 6.200 5C11.200 12 10 13 8 13c-1.800 0-3-.7-3.500-2',
  settings: 'M2 4.500h7M13 4.500h1M2 11.500h1M7 11.500h7M11 6.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM5 13.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  connect: 'M6 10l4-4M7 4.500l1-1a3.200 3.200 0 0 1 4.500 4.500l-1 1M9 11.500l-1 1a3.200 3.200 0 0 1-4.500-4.500l1-1',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M4 4l8 8M12 4l-8 8',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  copy: 'M5.500 5.500h8v8h-8zM3 10.500H2.500v-8h8V3',
  back: 'M10 3L5 8l5 5',
  audit: 'M4 2h6l3 3v9H4zM6.500 7h4M6.500 10h4',
} as const;
export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
