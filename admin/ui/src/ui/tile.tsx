import type { ComponentChildren } from 'preact';

export function Tile({ title, figure, unit, note, children }: {
  title: string;
  figure: ComponentChildren;
  unit?: string;
  note?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <div class="card tile">
      <dt>{title}</dt>
      <dd class="figure">{figure}{unit && <small> {unit}</small>}</dd>
      {note && <dd class="muted small">{note}</dd>}
      {children && <dd>{children}</dd>}
    </div>
  );
}
