// A table of any length: of its rows only those in view are in the document.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from './icon';

export interface Column<T> {
  id: string;
  title: string;
  cell: (row: T) => ComponentChildren;
  width: string; // of a grid column
  sort?: (a: T, b: T) => number;
  number?: boolean;
  from?: number; // shown where the table is at least so wide, in pixels
}
export interface Order {
  by: string;
  down: boolean;
}
interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  order?: Order;
  onOrder?: (next: Order) => void;
  chosen?: (row: T) => boolean;
  empty: ComponentChildren;
  foot?: ComponentChildren;
}

const row_height = 40;
const beyond = 6; // rows above and below what is seen

export function sorted<T>(rows: readonly T[], columns: Column<T>[], order: Order): T[] {
  const by = columns.find((column) => column.id === order.by)?.sort;
  if (!by) return [...rows];
  const made = [...rows].sort(by);
  return order.down ? made.reverse() : made;
}

export function VirtualTable<T>({ label, columns, rows, keyOf, order, onOrder, chosen, empty, foot }: Props<T>) {
  const scroll = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [size, setSize] = useState({ width: 1200, height: 600 });

  useLayoutEffect(() => {
    const element = scroll.current!;
    const seen = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    seen.observe(element);
    setSize({ width: element.clientWidth, height: element.clientHeight });
    return () => seen.disconnect();
  }, []);

  useEffect(() => {
    const element = scroll.current!;
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setFirst(Math.floor(element.scrollTop / row_height)));
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('scroll', onScroll);
    };
  }, []);

  const shown = useMemo(() => columns.filter((column) => (column.from ?? 0) <= size.width), [columns, size.width]);
  const grid = { gridTemplateColumns: shown.map((column) => column.width).join(' ') };
  const start = Math.max(0, Math.min(first, rows.length - 1) - beyond);
  const end = Math.min(rows.length, first + Math.ceil(size.height / row_height) + beyond);

  return (
    <div class="table">
      <div
        class="scroll" ref={scroll} role="table" tabIndex={0}
        aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={shown.length}
      >
        <div role="rowgroup" class="head">
          <div role="row" aria-rowindex={1} style={{ ...grid, minHeight: '36px' }}>
            {shown.map((column) => (
              <Head key={column.id} column={column} order={order} onOrder={onOrder} />
            ))}
          </div>
        </div>
        <div role="rowgroup" class="body" style={{ height: `${rows.length * row_height}px` }}>
          {rows.slice(start, end).map((row, n) => (
            <div
              key={keyOf(row)} role="row" aria-rowindex={start + n + 2} class={chosen?.(row) ? 'chosen' : ''}
              style={{ ...grid, transform: `translateY(${(start + n) * row_height}px)` }}
            >
              {shown.map((column) => (
                <div key={column.id} role="cell" class={column.number ? 'number' : 'clip'}>
                  {column.cell(row)}
                </div>
              ))}
            </div>
          ))}
        </div>
        {rows.length === 0 && <div role="row"><div role="cell">{empty}</div></div>}
      </div>
      {foot && <div class="foot">{foot}</div>}
    </div>
  );
}

function Head<T>({ column, order, onOrder }: {
  column: Column<T>;
  order: Order | undefined;
  onOrder: ((next: Order) => void) | undefined;
}) {
  const mine = order?.by === column.id;
  const style = column.number ? 'number' : '';
  if (!column.sort || !onOrder) return <div role="columnheader" class={style}>{column.title}</div>;
  return (
    <div role="columnheader" class={style} aria-sort={mine ? (order.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={() => onOrder({ by: column.id, down: mine ? !order.down : false })}>
        {column.title}
        {mine && <Icon name={order.down ? 'down' : 'up'} />}
      </button>
    </div>
  );
}
