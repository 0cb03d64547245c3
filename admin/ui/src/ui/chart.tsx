// Series over time by uPlot; the same numbers are in a table beside it for who cannot see it.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../lib/theme';

export interface Series {
  name: string;
  color: string; // a design token
  values: (number | null)[];
  dashed?: boolean;
}
interface Props {
  label: string;
  times: number[]; // seconds since 1970
  series: Series[];
  format: (value: number) => string;
  bars?: boolean;
  onZoom?: (from: number, to: number) => void;
}

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function Chart({ label, times, series, format, onZoom }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const look = theme.value;

  useEffect(() => {
    const box = element.current!;
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: color('--muted'), font, grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
    const plot = new uPlot(
      {
        width: Math.max(box.clientWidth, 100),
        height: 280,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false } },
        scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.05 : 1] } },
        axes: [axis, { ...axis, size: 72, values: (_plot, values) => values.map((value) => format(value)) }],
        series: [
          {},
          ...series.map((one) => ({
            label: one.name,
            stroke: color(one.color),
            width: 1.5,
            points: { show: times.length < 3 },
            ...(one.dashed ? { dash: [5, 4] } : {}),
          })),
        ],
        hooks: {
          setSelect: [
            (made) => {
              if (made.select.width < 4) return;
              const from = made.posToVal(made.select.left, 'x');
              const to = made.posToVal(made.select.left + made.select.width, 'x');
              made.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
              zoom.current?.(from, to);
            },
          ],
        },
      },
      [times, ...series.map((one) => one.values)],
      box,
    );
    const seen = new ResizeObserver(() => plot.setSize({ width: Math.max(box.clientWidth, 100), height: 280 }));
    seen.observe(box);
    return () => {
      seen.disconnect();
      plot.destroy();
    };
  }, [times, series, look]);

  return <div class="chart" ref={element} role="img" aria-label={label} />;
}
